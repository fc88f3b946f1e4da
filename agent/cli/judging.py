"""What every command that judges documents shares: the roles asked for, and the exit status of a verdict."""

from collections.abc import Collection

from agent.errors import UsageError
from agent.exits import ExitStatus
from agent.policy.verdict import COUNTERSIGNED, SIGNED, FileVerdict
from agent.roles import Role
from agent.verdicts import Indication

_STATUS = {
    Indication.TOTAL_PASSED: ExitStatus.OK,
    Indication.INDETERMINATE: ExitStatus.INDETERMINATE,
    Indication.TOTAL_FAILED: ExitStatus.FAILED,
}


def required_roles(require: str | None) -> Collection[frozenset[Role]]:
    """Read `--require`.

    Raises:
        UsageError: `require-unknown`.

    """
    if require is None:
        return COUNTERSIGNED
    if require == Role.MANUFACTURER:
        return SIGNED
    raise UsageError(
        "require-unknown",
        f"--require {require}: only the manufacturer's signature can be asked for alone",
        hint="say --require manufacturer, or leave it out to ask for signature and countersignature",
    )


def status_of(verdict: FileVerdict) -> ExitStatus:
    """Find the exit status of a verdict; a document that cannot be opened has its own."""
    return ExitStatus.DOCUMENT if verdict.malformed else _STATUS[verdict.verdict.indication]

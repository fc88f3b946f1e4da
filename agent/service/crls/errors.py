"""What can be wrong with a source of CRLs, or with the store."""

from agent.errors import IkiError, UsageError
from agent.exits import ExitStatus


class CRLSourceError(IkiError):
    """A list could not be had from its source; the last good one is kept."""

    exit_status = ExitStatus.INDETERMINATE


class CRLRefusedError(IkiError):
    """A list was had, and is not let into the store; the last good one is kept."""

    exit_status = ExitStatus.REFUSED


def store_unusable(path: object, reason: object) -> UsageError:
    """Build the error of a store that cannot be used; without it an older list would go unnoticed."""
    return UsageError(
        "crl-store-unusable",
        f"{path}: the store of CRLs cannot be used: {' '.join(str(reason).split())}",
        hint="check its rights and space; a store that is moved away or deleted forgets revocations",
    )

"""What one check has to say, and what a check is."""

from collections.abc import Callable, Iterable
from enum import StrEnum

from agent.dataclass import dataclass
from agent.exits import ExitStatus
from agent.service.doctor.patient import Patient


class Health(StrEnum):
    """How it is."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    """Works now, and will not for ever."""
    FAIL = "fail"
    """Signing would be refused, or would not be safe."""


@dataclass(frozen=True, slots=True)
class Line:
    """One finding of one check."""

    health: Health
    subject: str
    """What was looked at: a file, a token, an issuer, a signer."""
    message: str
    code: str = ""
    """Stable, kebab-case; empty where it passed."""
    hint: str = ""
    """How to mend it; empty where it passed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at."""

    name: str
    status: ExitStatus
    """The exit status when it fails: that of the command that would fail for it."""
    look: Callable[[Patient], Iterable[Line]]
    """Looks; an error of ours that it raises is a failed line, and so is any other."""


def passed(subject: str, message: str) -> Line:
    """Build a line that passes."""
    return Line(Health.PASS, subject, message)


def warned(subject: str, code: str, message: str, hint: str) -> Line:
    """Build a line that warns."""
    return Line(Health.WARN, subject, message, code, hint)


def failed(subject: str, code: str, message: str, hint: str) -> Line:
    """Build a line that fails."""
    return Line(Health.FAIL, subject, message, code, hint)

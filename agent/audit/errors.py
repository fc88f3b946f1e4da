"""What can be wrong with an audit log."""

from pathlib import Path

from agent.errors import AuditError


class AuditDamagedError(AuditError):
    """The log is not what was written: changed, removed, re-ordered, truncated or torn."""

    def __init__(self, path: Path | str, line: int | None, problem: str) -> None:
        """Keep `line`, counted from 1; None when the head is wrong. `path` names a file, or a database."""
        place = f"{path}: line {line}" if line is not None else str(path)
        super().__init__(
            "audit-damaged",
            f"{place}: {problem}",
            hint="keep the log and its head file as evidence; moving both away starts a new log",
        )
        self.line = line


def unwritable(path: Path, error: OSError, *, in_doubt: bool = False) -> AuditError:
    """Build the error for a log that the operating system does not let us write."""
    reason = (
        "another process holds its lock" if isinstance(error, TimeoutError) else error.strerror or str(error)
    )
    return AuditError(
        "audit-unwritable",
        f"{path}: the audit record cannot be written: {reason}",
        hint="without its record nothing is signed; set audit.path to a file that this user may write",
        in_doubt=in_doubt,
    )


def unreadable(path: Path, error: OSError) -> AuditError:
    """Build the error for a log that the operating system does not let us read."""
    reason = (
        "another process holds its lock" if isinstance(error, TimeoutError) else error.strerror or str(error)
    )
    return AuditError(
        "audit-unreadable",
        f"{path}: the audit log cannot be read: {reason}",
        hint="give the log that audit.path names; its head file lies beside it",
    )

"""Where decisions are recorded: one door, and behind it the file or the database that is configured."""

from pathlib import Path

from agent.audit.door import AuditStore
from agent.audit.log import AuditLog
from agent.audit.segments import RotationSettings
from agent.config.configuration import Configuration
from agent.service.places import state_path


def open_audit(configuration: Configuration) -> AuditStore:
    """Open the record; nothing is touched before its first use, and no library of databases without one.

    Raises:
        UsageError: `state-driver-missing`.

    """
    settings = configuration.audit
    if settings.state is not None:
        from agent.state.audit import open_database  # noqa: PLC0415 - see above

        return open_database(settings.state)
    rotation = RotationSettings(settings.rotate_bytes, settings.rotate_age)
    return AuditLog(audit_file(configuration), rotation=rotation)


def audit_file(configuration: Configuration) -> Path:
    """Name the log file, which is used when no database is configured."""
    return configuration.audit.path or state_path("audit.jsonl")

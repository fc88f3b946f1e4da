"""The audit log is whole, and this user may write it."""

import os
from collections.abc import Iterator
from pathlib import Path

from agent.audit.verification import verify_audit
from agent.exits import ExitStatus
from agent.service.doctor.line import Check, Line, failed, passed
from agent.service.doctor.patient import Patient


def _look(patient: Patient) -> Iterator[Line]:
    path = patient.audit_path
    if path.exists() or path.with_name(path.name + ".head").exists():
        summary = verify_audit(path)
        yield passed(str(path), f"{summary.count} records, whole")
    else:
        yield passed(str(path), "nothing is recorded yet")
    place = path if path.exists() else _nearest(path)
    if not os.access(place, os.W_OK):
        yield failed(
            str(place),
            "audit-unwritable",
            "this user may not write it, and without its record nothing is signed",
            "give this user the right, or set [audit] path to another file",
        )


def _nearest(path: Path) -> Path:
    """Find the folder in which the log, or its folder, would be made."""
    return next(parent for parent in path.absolute().parents if parent.exists())


CHECK = Check("audit", ExitStatus.USAGE, _look)

"""The record is whole, and this user may write it."""

import os
from collections.abc import Iterator
from pathlib import Path

from agent.exits import ExitStatus
from agent.service.doctor.line import Check, Line, failed, passed
from agent.service.doctor.patient import Patient
from agent.service.recording import open_audit


def _look(patient: Patient) -> Iterator[Line]:
    store, path = open_audit(patient.configuration), patient.audit_path
    if path is None or path.exists() or path.with_name(path.name + ".head").exists():
        summary = store.verify()
        waiting = f", {len(summary.held)} not closed" if summary.held else ""
        yield passed(store.place, f"{summary.count} records, whole{waiting}")
    else:
        yield passed(store.place, "nothing is recorded yet")
    if path is None:
        return
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

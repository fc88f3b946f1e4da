"""A form with both Devices and Communications Hubs, parted: different parties countersign them."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

from agent.cpl.device_types import ModelKind
from agent.cpl.entries import Entry, SubmissionForm
from agent.cpl.fields import FormField
from agent.cpl.form import read_form
from agent.cpl.hand_over import part_entries
from agent.dataclass import dataclass
from agent.errors import DocumentError, UsageError
from agent.formats.package.package import Package, open_package
from agent.formats.package.verify import verify_package
from agent.formats.spreadsheet import Workbook, open_workbook
from agent.formats.spreadsheet.drop_rows import drop_rows
from agent.service.files import read_file
from agent.service.reading import ReadingSettings, name_file
from agent.service.release import PendingOutput

_SUFFIXES = {ModelKind.DEVICE: ".devices", ModelKind.COMMUNICATIONS_HUB: ".hubs"}


@dataclass(frozen=True, slots=True)
class FormHalf:
    """One of the two workbooks."""

    kind: ModelKind
    path: Path
    entries: int
    left: str = ""
    """What stayed at its cells while rows moved up, in words; empty when nothing did."""


_ATTACHED: Final = {"legacyDrawing": "notes", "drawing": "drawings", "hyperlinks": "links"}
"""Elements of a sheet that stand for what is attached to cells by their address (ECMA-376-1 18.3.1.99)."""


def split_form_file(
    path: Path, settings: ReadingSettings, written: datetime, *, force: bool
) -> tuple[FormHalf, ...]:
    """Write the two workbooks beside the form: `form.devices.xlsx` and `form.hubs.xlsx`.

    Each is the workbook as it is, without the rows of the other kind.

    Raises:
        UsageError: a file cannot be read or written; `split-signed`, `split-unknown`, `split-one-kind`.
        DocumentError: the workbook is malformed or over a limit, or no form mapping fits it.

    """
    data = read_file(path, what="workbook", limit=settings.limits.max_file_bytes)
    try:
        package = open_package(data, settings.limits)
        workbook = open_workbook(package)
        form = read_form(workbook, settings.mapping)
        parted = _part(path, form)
        _check_unsigned(path, package)
        part = _read_part(package, workbook, form)
        halves = {
            kind: _without(data, part, parted[other], written, settings)
            for kind, other in zip(ModelKind, reversed(ModelKind), strict=True)
        }
    except DocumentError as error:
        raise name_file(error, path) from error
    _check_halves(parted, {kind: half for kind, (_, half) in halves.items()})
    octets = {kind: octets for kind, (octets, _) in halves.items()}
    return _write(path, octets, parted, left=_list_attached(part[1]), force=force)


def _list_attached(sheet: bytes) -> str:
    """List what is attached to cells of the sheet: it may stand beside another entry afterwards."""
    tail = sheet[sheet.rfind(b"sheetData") :]  # all of it stands behind the rows (CT_Worksheet)
    return " and ".join(
        word
        for name, word in _ATTACHED.items()
        if re.search(rb"<(?:\w+:)?" + name.encode() + rb"[\s/>]", tail)
    )


def _part(path: Path, form: SubmissionForm | None) -> Mapping[ModelKind, list[Entry]]:
    if form is None:
        raise DocumentError(
            "form-missing",
            "no form mapping fits the workbook",
            hint="describe the form's columns in a mapping ([form] mapping)",
        )
    parted = part_entries(form.entries)
    unknown = parted.pop(None, [])
    if unknown:
        cells = ", ".join(form.reference(entry, FormField.DEVICE_TYPE) for entry in unknown[:20])
        raise UsageError(
            "split-unknown",
            f"{path}: the device type is not known in {cells}: in which file these belong cannot be told",
            hint="write the device types as the SEC does, then split",
        )
    if len(parted) < len(ModelKind):
        held = " and ".join(str(kind) for kind in parted) or "no entry"
        raise UsageError(
            "split-one-kind",
            f"{path}: holds {held} alone: there is nothing to split",
            hint="leave it whole; `iki cpl check FILE` says whether it can be signed",
        )
    return {kind: parted[kind] for kind in ModelKind}


def _check_unsigned(path: Path, package: Package) -> None:
    if verify_package(package).signatures:
        raise UsageError(
            "split-signed",
            f"{path}: is signed, and no part of it would be",
            hint="split the form before it is signed",
        )


def _read_part(package: Package, workbook: Workbook, form: SubmissionForm | None) -> tuple[str, bytes]:
    (sheet,) = (sheet for sheet in workbook.sheets if form and sheet.name == form.sheet)
    with package.open_part(sheet.part_name) as stream:
        return package.find_part(sheet.part_name) or sheet.part_name, stream.read()


def _without(
    data: bytes, part: tuple[str, bytes], others: list[Entry], written: datetime, settings: ReadingSettings
) -> tuple[bytes, SubmissionForm | None]:
    octets = drop_rows(data, part, {entry.row for entry in others}, written)
    return octets, read_form(open_workbook(open_package(octets, settings.limits)), settings.mapping)


def _check_halves(
    parted: Mapping[ModelKind, list[Entry]], halves: Mapping[ModelKind, SubmissionForm | None]
) -> None:
    """Compare what was written with what was read: no entry may be lost, or become another."""
    for kind, half in halves.items():
        found = [entry.values for entry in half.entries] if half else []
        if found != [entry.values for entry in parted[kind]]:
            raise DocumentError(
                "split-differs", f"the {kind} do not read as they did before: nothing is written"
            )


def _write(
    path: Path,
    halves: Mapping[ModelKind, bytes],
    parted: Mapping[ModelKind, list[Entry]],
    *,
    left: str,
    force: bool,
) -> tuple[FormHalf, ...]:
    with ExitStack() as stack:
        written: list[tuple[FormHalf, PendingOutput]] = []
        for kind, octets in halves.items():
            target = path.with_name(f"{path.stem}{_SUFFIXES[kind]}{path.suffix}")
            output = stack.enter_context(PendingOutput(target, inputs=(path,), force=force))
            output.write(octets)
            written.append((FormHalf(kind, target, len(parted[kind]), left), output))
        for _, output in written:
            output.release()
    return tuple(half for half, _ in written)

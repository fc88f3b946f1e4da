"""Inspection of a workbook: what its signatures cover, and what the cells say. Judges nobody."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agent.cpl.fields import FieldKind
from agent.cpl.form import FormHeader, list_form_headers
from agent.cpl.mapping import FormMapping
from agent.errors import DocumentError, UsageError
from agent.formats.inspection import Inspection, SheetView
from agent.formats.package.places import Place, list_faults, list_places
from agent.formats.spreadsheet import Row, Sheet, Workbook
from agent.service.reading import ReadingSettings, ReadWorkbook, name_file, read_workbook


def inspect_file(
    path: Path, settings: ReadingSettings, *, sheet: str | None = None, limit: int | None = None
) -> Inspection:
    """Inspect a workbook; `sheet` names the sheet to show, else the form's; `limit` bounds its rows.

    The sheet is read to its end before this returns, so that no half result is printed of a damaged one.

    Raises:
        UsageError: the file cannot be read; `sheet-unknown`.
        DocumentError: it is malformed, over a limit, or no workbook.

    """
    return inspect_workbook(read_workbook(path, settings), settings, sheet=sheet, limit=limit)


def inspect_workbook(
    read: ReadWorkbook, settings: ReadingSettings, *, sheet: str | None = None, limit: int | None = None
) -> Inspection:
    """Inspect a workbook that was read already.

    Raises:
        UsageError: `sheet-unknown`.
        DocumentError: it is malformed, or over a limit.

    """
    try:
        places = list_places(read.package, read.record.signatures)
        headers = list_form_headers(read.workbook, settings.mapping)
        chosen = _choose(read.workbook, headers, sheet)
        header = next((header for header in headers if header.sheet == chosen), None)
        view = _view(read, places, header, chosen, limit)
        view = replace(
            view,
            date_columns=frozenset(_columns(header, settings.mapping, FieldKind.DATE)),
            hash_column=next(_columns(header, settings.mapping, FieldKind.HASH), None),
        )
    except DocumentError as error:
        raise name_file(error, read.file) from error
    return Inspection(read.file, read.sha256, read.record, places, read.workbook.sheets, view)


def _choose(workbook: Workbook, headers: tuple[FormHeader, ...], name: str | None) -> Sheet:
    """The sheet asked for, else the form's, else the first that has rows at all."""
    worksheets = [sheet for sheet in workbook.sheets if sheet.is_worksheet]
    if name is not None:
        found = [sheet for sheet in worksheets if sheet.name.casefold() == name.casefold()]
        if not found:
            names = ", ".join(repr(sheet.name) for sheet in worksheets[:10])
            raise UsageError(
                "sheet-unknown", f"--sheet {name}: no such worksheet", hint=f"the worksheets are {names}"
            )
        return found[0]
    return headers[0].sheet if headers else (*worksheets, *workbook.sheets)[0]


def _view(
    read: ReadWorkbook,
    places: tuple[Place, ...],
    header: FormHeader | None,
    sheet: Sheet,
    limit: int | None,
) -> SheetView:
    header_row = header.row if header else None
    found = (read.workbook.part_name, sheet.part_name, read.workbook.strings_part)
    parts = {part for name in found if name and (part := read.package.find_part(name))}
    if limit is None:
        count = sum(1 for _ in _filled(sheet))
        rows, shown = _filled(sheet), count
    else:
        first, others = sheet.head(limit)
        rows, shown, count = iter(first), len(first), len(first) + others
    return SheetView(
        sheet,
        header_row,
        _headings(sheet, header_row),
        tuple(list_faults(places, parts, index) for index in range(len(read.record.signatures))),
        count,
        shown,
        rows,
    )


def _columns(header: FormHeader | None, mapping: FormMapping, kind: FieldKind) -> Iterator[int]:
    columns = header.columns.items() if header else ()
    return (column for column, field in columns if mapping.kinds[field] is kind)


def _filled(sheet: Sheet) -> Iterator[Row]:
    return (row for row in sheet.rows() if row.cells)


def _headings(sheet: Sheet, header_row: int | None) -> dict[int, str]:
    if header_row is None:
        return {}
    return {
        cell.column: cell.text
        for row in sheet.rows(header_row)
        if row.number == header_row
        for cell in row.cells
    }

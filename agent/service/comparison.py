"""Comparison of two workbooks: which parts and which cells differ. Judges nobody."""

from collections.abc import Collection, Iterator
from pathlib import Path

from agent.errors import DocumentError
from agent.formats.comparison import ComparedFile, Comparison, SheetChange, SignatureChange
from agent.formats.package.compare import Change, PackageChanges, compare_packages
from agent.formats.spreadsheet import CellChange, Row, Sheet, compare_rows
from agent.service.reading import ReadingSettings, ReadWorkbook, name_file, read_workbook


def compare_files(a: Path, b: Path, settings: ReadingSettings, *, limit: int | None = None) -> Comparison:
    """Compare two workbooks; `limit` bounds the cells that are listed, never those that are counted.

    All cells are compared before this returns, so that no half result is printed of a damaged sheet.

    Raises:
        UsageError: a file cannot be read.
        DocumentError: one is malformed, over a limit, or no workbook.

    """
    read_a, read_b = read_workbook(a, settings), read_workbook(b, settings)
    return _compare(read_a, read_b, limit)


def _compare(a: ReadWorkbook, b: ReadWorkbook, limit: int | None) -> Comparison:
    package = compare_packages(a.package, b.package)
    pairs = _pairs_to_compare(a, b, {item.part for item in package.parts})
    first: list[CellChange] = []
    count = restyled = 0
    touched: set[str] = set()
    for pair in pairs:
        for change in _changes(a, b, pair):
            if change.is_style_alone:
                restyled += 1
                continue
            count += 1
            touched.update(sheet.part_name for sheet in pair)
            if limit is not None and len(first) < limit:
                first.append(change)
    return Comparison(
        ComparedFile(a.file, a.sha256, a.record.signatures),
        ComparedFile(b.file, b.sha256, b.record.signatures),
        package,
        _signature_changes(a, b, package),
        _sheet_changes(a, b),
        _invisible(a, b, package, touched),
        restyled,
        count,
        count if limit is None else len(first),
        _value_changes(a, b, pairs) if limit is None else first,
    )


def _value_changes(
    a: ReadWorkbook, b: ReadWorkbook, pairs: Collection[tuple[Sheet, Sheet]]
) -> Iterator[CellChange]:
    """Compare again: to keep what was found would take memory without bound."""
    for pair in pairs:
        yield from (change for change in _changes(a, b, pair) if not change.is_style_alone)


def _changes(a: ReadWorkbook, b: ReadWorkbook, pair: tuple[Sheet, Sheet]) -> Iterator[CellChange]:
    return compare_rows(pair[0].name, _rows(a, pair[0]), _rows(b, pair[1]))


def _rows(read: ReadWorkbook, sheet: Sheet) -> Iterator[Row]:
    try:
        yield from sheet.rows()
    except DocumentError as error:
        raise name_file(error, read.file) from error


def _pairs_to_compare(
    a: ReadWorkbook, b: ReadWorkbook, changed: Collection[str]
) -> list[tuple[Sheet, Sheet]]:
    """Pair the worksheets by name; where neither sheet nor strings differ, no cell does."""
    in_b = {sheet.name.casefold(): sheet for sheet in b.workbook.sheets}
    pairs = []
    for sheet in a.workbook.sheets:
        other = in_b.get(sheet.name.casefold())
        if other is None or not (sheet.is_worksheet and other.is_worksheet):
            continue
        parts = {
            *_parts(a, sheet.part_name, a.workbook.strings_part),
            *_parts(b, other.part_name, b.workbook.strings_part),
        }
        moved = sheet.part_name != other.part_name or a.workbook.strings_part != b.workbook.strings_part
        if moved or not parts.isdisjoint(changed):
            pairs.append((sheet, other))
    return pairs


def _parts(read: ReadWorkbook, *names: str) -> Iterator[str]:
    """The parts as the package calls them: a relationship may write them in other letter case."""
    return (read.package.find_part(name) or name for name in names if name)


def _signature_changes(
    a: ReadWorkbook, b: ReadWorkbook, package: PackageChanges
) -> tuple[SignatureChange, ...]:
    in_a = {record.part: record for record in a.record.signatures}
    in_b = {record.part: record for record in b.record.signatures}
    changed = {item.part for item in package.parts}
    return tuple(
        SignatureChange(part, in_a.get(part), in_b.get(part))
        for part in sorted(in_a.keys() | in_b.keys())
        if part in changed or (part in in_a) != (part in in_b)
    )


def _sheet_changes(a: ReadWorkbook, b: ReadWorkbook) -> tuple[SheetChange, ...]:
    in_a, in_b = _positions(a), _positions(b)
    changes = []
    for name in dict.fromkeys((*in_a, *in_b)):
        position_a, sheet_a = in_a.get(name, (None, None))
        position_b, sheet_b = in_b.get(name, (None, None))
        if (position_a, _described(sheet_a)) != (position_b, _described(sheet_b)):
            changes.append(SheetChange(sheet_a, sheet_b, position_a, position_b))
    return tuple(changes)


def _positions(read: ReadWorkbook) -> dict[str, tuple[int, Sheet]]:
    return {sheet.name.casefold(): (number, sheet) for number, sheet in enumerate(read.workbook.sheets, 1)}


def _described(sheet: Sheet | None) -> tuple[str, str, str, bool] | None:
    return (sheet.name, sheet.state.value, sheet.part_name, sheet.is_worksheet) if sheet else None


def _invisible(
    a: ReadWorkbook, b: ReadWorkbook, package: PackageChanges, touched: Collection[str]
) -> frozenset[str]:
    """Strings may have made any of the cells that differ; a sheet only its own."""
    visible = {
        *(part for read in (a, b) for part in _parts(read, *touched)),
        *(part for read in (a, b) if touched for part in _parts(read, read.workbook.strings_part)),
    }
    return frozenset(
        item.part
        for item in package.parts
        if item.change is Change.CHANGED and not item.is_of_signatures and item.part not in visible
    )

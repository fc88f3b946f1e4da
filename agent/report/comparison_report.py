"""A comparison for programs and for people, the same facts in both."""

from collections.abc import Iterable, Iterator

from agent.formats.comparison import ComparedFile, Comparison, SheetChange, SignatureChange
from agent.formats.package.compare import Change, PartChange, RelationshipChange
from agent.formats.package.places import is_whole
from agent.formats.package.relationships import Relationship
from agent.formats.records import SignatureRecord
from agent.formats.spreadsheet import Cell, CellChange, Sheet, quote_sheet
from agent.report.inspection_report import (
    SCOPE,
    describe_cell,
    name_signer,
    word_cell,
    word_state,
)

_CHANGES = {Change.ONLY_IN_A: "only in A", Change.ONLY_IN_B: "only in B", Change.CHANGED: "changed"}
_COLUMN = 11


def describe_comparison(comparison: Comparison) -> dict[str, object]:
    """Build the JSON object of a comparison (docs/schemas/diff.schema.json), all but its cells."""
    package = comparison.package
    return {
        "a": _describe_file(comparison.a),
        "b": _describe_file(comparison.b),
        "same": comparison.same,
        "same_octets": comparison.same_octets,
        "same_but_signatures": comparison.same_content,
        "signatures": [_describe_signature(item) for item in comparison.signatures],
        "parts": [_describe_part(item, comparison) for item in package.parts],
        "relationships": [_describe_relationship(item) for item in package.relationships],
        "content_types": [{"part": item.part, "a": item.a, "b": item.b} for item in package.content_types],
        "unused_content_types": package.unused_content_types,
        "sheets": [_describe_sheet_change(item) for item in comparison.sheets],
        "restyled_cells": comparison.restyled,
        "cell_count": comparison.cell_count,
        "more_cells": comparison.cell_count - comparison.shown,
    }


def describe_cell_change(change: CellChange) -> dict[str, object]:
    """Build the JSON object of one cell that differs."""
    return {
        "sheet": change.sheet,
        "reference": change.reference,
        "a": describe_cell(change.a) if change.a else None,
        "b": describe_cell(change.b) if change.b else None,
    }


def list_comparison_lines(comparison: Comparison, *, limit: int | None) -> Iterator[str]:
    """Yield a comparison as lines for a terminal, all but the cells; `limit` bounds each list."""
    for letter, file in (("A", comparison.a), ("B", comparison.b)):
        yield f"{letter}  {file.file}"
        yield f"   SHA-256 {file.sha256}"
        for record in file.signatures:
            yield f"   signed: {name_signer(record)} ({word_state(record)})"
        if not file.signatures:
            yield "   not signed"
    yield SCOPE
    if comparison.same:
        how = ", octet for octet" if comparison.same_octets else " package; the zip is written in another way"
        yield f"The same{how}"
        return
    if comparison.same_content:
        yield "The same but for the signatures"
    package = comparison.package
    content = [item for item in package.parts if not item.is_of_signatures]
    yield from _section("Signatures", (_signature_lines(item) for item in comparison.signatures), limit)
    yield from _section("Sheets", (_sheet_lines(item) for item in comparison.sheets), limit)
    yield from _section("Parts", (_part_lines(item, comparison) for item in content), limit)
    yield from _section("Relationships", map(_relationship_lines, package.relationships), limit)
    types = ([f"  {item.part}", f"    A {item.a}", f"    B {item.b}"] for item in package.content_types)
    yield from _section("Content types", types, limit)
    if package.unused_content_types:
        yield ""
        yield "Content types differ in what no part needs"
    yield ""
    yield from _cell_summary(comparison)


def list_cell_lines(change: CellChange, *, whole: bool) -> Iterator[str]:
    """Yield a cell that differs as lines for a terminal; `whole` shows long values to their end."""
    yield f"  {quote_sheet(change.sheet)}!{change.reference}"
    for letter, cell in (("A", change.a), ("B", change.b)):
        yield f"    {letter} {_worded(cell, whole=whole)}"


def _worded(cell: Cell | None, *, whole: bool) -> str:
    return "(empty)" if cell is None else f"= {word_cell(cell, whole=whole)}"


def _section(title: str, items: Iterable[Iterable[str]], limit: int | None) -> Iterator[str]:
    listed = list(items)
    if not listed:
        return
    yield ""
    yield title
    for lines in listed if limit is None else listed[:limit]:
        yield from lines
    if limit is not None and len(listed) > limit:
        yield f"  … {len(listed) - limit} more, --all"


def _cell_summary(comparison: Comparison) -> Iterator[str]:
    count = comparison.cell_count
    if count:
        yield f"Cells: {count} {'has another value' if count == 1 else 'have other values'}"
    else:
        yield "Cells: none has another value; what differs cannot be seen in the cells of common sheets"
    if comparison.restyled:
        yield f"  with the same value and another format: {comparison.restyled}"


def _signature_lines(item: SignatureChange) -> list[str]:
    lines = [f"  {_CHANGES[item.change]:<{_COLUMN}}{item.part}"]
    for letter, record in (("A", item.a), ("B", item.b)):
        if record is not None:
            lines.append(f"    {letter} {name_signer(record)}")
    return lines


def _sheet_lines(item: SheetChange) -> list[str]:
    name = next(sheet.name for sheet in (item.a, item.b) if sheet)
    lines = [f"  {_CHANGES[item.change]:<{_COLUMN}}{quote_sheet(name)}"]
    for letter, sheet, position in (("A", item.a, item.position_a), ("B", item.b, item.position_b)):
        if sheet is not None:
            named = f"{quote_sheet(sheet.name)}, {sheet.state.value}, {sheet.part_name}"
            lines.append(f"    {letter} tab {position} {named}")
    return lines


def _part_lines(item: PartChange, comparison: Comparison) -> list[str]:
    invisible = " (no cell's value by it)" if item.part in comparison.invisible else ""
    lines = [f"  {_CHANGES[item.change]:<{_COLUMN}}{item.part}{invisible}"]
    lines.extend(
        f"    {letter} SHA-256 {digest.hex()}" for letter, digest in (("A", item.a), ("B", item.b)) if digest
    )
    return lines


def _relationship_lines(item: RelationshipChange) -> list[str]:
    lines = [f"  {_CHANGES[item.change]:<{_COLUMN}}{item.id} of {item.source}"]
    for letter, found in (("A", item.a), ("B", item.b)):
        if found is not None:
            outside = ", outside of the package" if found.external else ""
            lines.append(f"    {letter} leads to {found.target}{outside}")
            lines.append(f"      as {found.type}")
    return lines


def _describe_file(file: ComparedFile) -> dict[str, object]:
    return {
        "file": file.file,
        "sha256": file.sha256,
        "signatures": [{"part": record.part, **_describe_record(record)} for record in file.signatures],
    }


def _describe_signature(item: SignatureChange) -> dict[str, object]:
    return {
        "part": item.part,
        "change": item.change.value,
        "a": _describe_record(item.a) if item.a else None,
        "b": _describe_record(item.b) if item.b else None,
    }


def _describe_record(record: SignatureRecord) -> dict[str, object]:
    certificate = record.certificate
    return {
        "role": record.claimed_role,
        "signer": certificate.subject if certificate else None,
        "serial": certificate.serial_hex if certificate else None,
        "whole": is_whole(record),
    }


def _describe_part(item: PartChange, comparison: Comparison) -> dict[str, object]:
    return {
        "part": item.part,
        "change": item.change.value,
        "a": item.a.hex() if item.a else None,
        "b": item.b.hex() if item.b else None,
        "of_signatures": item.is_of_signatures,
        "invisible": item.part in comparison.invisible,
    }


def _describe_relationship(item: RelationshipChange) -> dict[str, object]:
    return {
        "source": item.source,
        "id": item.id,
        "change": item.change.value,
        "a": _describe_target(item.a),
        "b": _describe_target(item.b),
    }


def _describe_target(found: Relationship | None) -> dict[str, object] | None:
    return {"type": found.type, "target": found.target, "external": found.external} if found else None


def _describe_sheet_change(item: SheetChange) -> dict[str, object]:
    return {
        "change": item.change.value,
        "a": _describe_sheet(item.a, item.position_a),
        "b": _describe_sheet(item.b, item.position_b),
    }


def _describe_sheet(sheet: Sheet | None, position: int | None) -> dict[str, object] | None:
    if sheet is None:
        return None
    return {"name": sheet.name, "part": sheet.part_name, "state": sheet.state.value, "position": position}

"""An inspection for programs and for people: coverage and cells, and no word about trust."""

from collections.abc import Iterator

from agent.formats.inspection import Inspection, SheetView
from agent.formats.package.places import Place, PlaceRule, PlaceState, is_intact, is_whole
from agent.formats.records import SignatureRecord
from agent.formats.spreadsheet import Cell, CellKind, Row, Sheet, quote_sheet
from agent.instants import format_instant
from agent.report.verdict_report import LEVELS, describe_finding

SCOPE = "cryptography and coverage only; `iki verify` judges"
"""What an inspection is not."""
STATES = {
    PlaceState.CHANGED: "CHANGED",
    PlaceState.MISSING: "GONE",
    PlaceState.UNCOVERED: "UNSIGNED",
    PlaceState.CLAIMED: "claimed",
    PlaceState.BY_RULE: "by rule",
    PlaceState.COVERED: "signed",
}
"""States of places, in words."""
_RULES = {
    PlaceRule.PROPERTIES: "document properties",
    PlaceRule.SIGNATURES: "signatures",
}
_WORST = tuple(PlaceState)
_BAD = (PlaceState.CHANGED, PlaceState.MISSING, PlaceState.UNCOVERED)
_LABEL = 28
"""Characters of a heading beside its cell."""
_BESIDE = 38
"""Characters of a value that fit beside the heading at 80 columns; a longer one has a line of its own."""
_ALONE = _LABEL + 2 + _BESIDE
"""Characters of a value that fit where there is no heading."""
_FAULTS = 5
_OTHER_SHEETS = 20
_COLUMN = 10
"""Characters of the longest state, and two spaces."""
_LONG = 300
"""Characters of a value that are shown unless all is asked for."""


def describe_inspection(inspection: Inspection) -> dict[str, object]:
    """Build the JSON object of an inspection (docs/schemas/inspect.schema.json), all but its rows."""
    view = inspection.view
    records = inspection.record.signatures
    return {
        "file": inspection.file,
        "sha256": inspection.sha256,
        "signatures": [_describe_signature(record) for record in records],
        "findings": [describe_finding(item.finding) for item in inspection.record.problems],
        "places": [_describe_place(place) for place in inspection.places],
        "sheets": [_describe_sheet(sheet) for sheet in inspection.sheets],
        "sheet": {
            **_describe_sheet(view.sheet),
            "header_row": view.header_row,
            "signed_by": [
                record.part for record, faults in zip(records, view.faults, strict=True) if not faults
            ],
            "not_signed_by": [
                {"part": record.part, "because": [_describe_fault(place, state) for place, state in faults]}
                for record, faults in zip(records, view.faults, strict=True)
                if faults
            ],
            "row_count": view.row_count,
            "more_rows": view.row_count - view.shown,
        },
    }


def describe_row(row: Row, view: SheetView) -> dict[str, object]:
    """Build the JSON object of one row."""
    return {
        "row": row.number,
        "cells": [
            {"reference": cell.reference, "heading": _heading(cell, row, view), **describe_cell(cell)}
            for cell in row.cells
        ],
    }


def describe_cell(cell: Cell) -> dict[str, object]:
    """Build the members that say what is in a cell."""
    return {"kind": cell.kind.value, "value": cell.text, "formula": cell.is_formula}


def list_inspection_lines(inspection: Inspection, *, limit: int | None) -> Iterator[str]:
    """Yield an inspection as lines for a terminal, all but the rows; `limit` bounds the list of places."""
    yield inspection.file
    yield f"  SHA-256 {inspection.sha256}"
    yield f"  {SCOPE}"
    records = inspection.record.signatures
    if not records:
        yield "  NOT SIGNED: nothing in this file is covered by any signature"
    for number, record in enumerate(records, 1):
        yield ""
        yield from _signature_lines(number, record, inspection)
    for item in inspection.record.problems:
        finding = item.finding
        yield f"  {LEVELS[finding.level]}: {finding.where}: {finding.message} [{finding.code}]"
    if records:
        yield ""
        yield from _place_lines(inspection, limit)
    yield ""
    yield from _sheet_lines(inspection)


def list_row_lines(row: Row, view: SheetView, *, whole: bool) -> Iterator[str]:
    """Yield one row as lines for a terminal; `whole` shows long values to their end."""
    yield f"  row {row.number}{', the headings' if row.number == view.header_row else ''}"
    for cell in row.cells:
        heading, value = _heading(cell, row, view) or "", word_cell(cell, whole=whole)
        fits = len(heading) <= _LABEL and len(value) <= (_BESIDE if heading else _ALONE)
        start = f"    {cell.reference:<6} {_shortened(heading, _LONG):<{_LABEL if heading and fits else 0}}"
        if fits:
            yield f"{start}{'  ' if heading else ''}{value}"
        else:
            # The mark keeps a value from passing for a line of ours.
            yield start.rstrip()
            yield f"      = {value}"


def word_cell(cell: Cell, *, whole: bool) -> str:
    """Word the value of a cell, with its kind where the value alone could be taken for a text."""
    value = cell.text if whole else _shortened(cell.text, _LONG)
    remarks = [
        *([cell.kind.value] if cell.kind is not CellKind.STRING else []),
        *(["result of a formula"] if cell.is_formula else []),
        *([f"{len(cell.text)} characters; --all shows them"] if value != cell.text else []),
    ]
    return f"{value} ({', '.join(remarks)})" if remarks else value


def name_signer(record: SignatureRecord) -> str:
    """Name whom a signature says it is of."""
    signer = record.certificate.display_name if record.certificate else "unknown signer"
    return f"{record.claimed_role or 'no role'}, {signer}"


def word_state(record: SignatureRecord) -> str:
    """Word whether a signature holds: one that is not of the profile was not read at all."""
    if not record.algorithm:
        return "NOT READ"
    return "whole" if is_whole(record) else "BROKEN"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _heading(cell: Cell, row: Row, view: SheetView) -> str | None:
    below = view.header_row is not None and row.number > view.header_row
    return view.headings.get(cell.column) if below else None


def _describe_signature(record: SignatureRecord) -> dict[str, object]:
    certificate = record.certificate
    return {
        "part": record.part,
        "role": record.claimed_role,
        "signer": certificate.subject if certificate else None,
        "serial": certificate.serial_hex if certificate else None,
        "claimed_time": format_instant(record.claimed_time) if record.claimed_time else None,
        "algorithm": record.algorithm or None,
        "intact": is_intact(record),
        "whole": is_whole(record),
        "countersigns": list(record.countersigns),
        "findings": [describe_finding(item.finding) for item in record.problems],
    }


def _describe_place(place: Place) -> dict[str, object]:
    return {
        "name": place.name,
        "kind": "relationship" if place.is_relationship else "part",
        "target": place.target or None,
        "rule": place.rule.value if place.rule else None,
        "states": [state.value for state in place.states],
    }


def _describe_fault(place: Place, state: PlaceState) -> dict[str, str]:
    return {"name": place.name, "state": state.value}


def _describe_sheet(sheet: Sheet) -> dict[str, object]:
    return {"name": sheet.name, "part": sheet.part_name, "state": sheet.state.value}


def _signature_lines(number: int, record: SignatureRecord, inspection: Inspection) -> Iterator[str]:
    yield f"Signature {number}: {name_signer(record)}"
    yield f"  {record.part}, {record.algorithm or 'no algorithm'}"
    if record.claimed_time:
        yield f"  claims to have signed at {format_instant(record.claimed_time)} (not proven)"
    if record.countersigns:
        yield f"  countersigns {', '.join(record.countersigns)}"
    states = [place.states[number - 1] for place in inspection.places]
    if not record.algorithm:
        yield "  NOT READ: not as the profile has it, so nothing counts as covered by it"
    elif not is_intact(record):
        yield "  BROKEN: nothing is vouched for by it"
    elif faults := sum(1 for state in states if state in _BAD):
        yield f"  BROKEN: right in itself, but {faults} of the places below are not as they must be"
    else:
        yield "  whole: all that it must cover is as it was signed"
    for item in record.problems:
        yield f"    {item.finding.message} [{item.finding.code}]"


def _place_lines(inspection: Inspection, limit: int | None) -> Iterator[str]:
    """The worst first; a column for each signature, and the name last, so that it may be long."""
    columns = [f"by {number}" for number in range(1, len(inspection.record.signatures) + 1)]
    yield "Parts and relationships (content types are signed with each part)"
    yield "  " + "".join(f"{column:<{_COLUMN}}" for column in columns).rstrip()
    ordered = sorted(inspection.places, key=lambda place: min(map(_WORST.index, place.states)))
    shown = ordered if limit is None else ordered[:limit]
    for place in shown:
        states = "".join(f"{STATES[state]:<{_COLUMN}}" for state in place.states)
        rule = f" ({_RULES[place.rule]})" if place.rule else ""
        if place.target:
            yield f"  {states}{place.name}"
            yield f"  {'':<{_COLUMN * len(columns)}}  leads to {place.target}{rule}"
        else:
            yield f"  {states}{place.name}{rule}"
    if len(ordered) > len(shown):
        yield f"  … {len(ordered) - len(shown)} more, --all"


def _sheet_lines(inspection: Inspection) -> Iterator[str]:
    view, records = inspection.view, inspection.record.signatures
    yield f"Sheet {quote_sheet(view.sheet.name)}, {view.sheet.state.value}, {view.sheet.part_name}"
    if view.header_row is None:
        yield "  no submission form is recognised here: cells without headings"
    if not records:
        yield "  NOT SIGNED: nobody vouches for these cells"
    for number, (record, faults) in enumerate(zip(records, view.faults, strict=True), 1):
        if not faults:
            yield f"  signed by {number} ({record.claimed_role or 'no role'})"
            continue
        yield f"  NOT as signed by {number} ({record.claimed_role or 'no role'}):"
        for place, state in faults[:_FAULTS]:
            yield f"    {STATES[state]}: {place.name}"
        if len(faults) > _FAULTS:
            yield f"    … {len(faults) - _FAULTS} more"
    yield "  numbers are as stored: a date is a count of days"
    others = [sheet for sheet in inspection.sheets if sheet != view.sheet]
    if others:
        names = ", ".join(_worded(sheet) for sheet in others[:_OTHER_SHEETS])
        more = f" and {len(others) - _OTHER_SHEETS} more" if len(others) > _OTHER_SHEETS else ""
        yield f"  other sheets (--sheet NAME): {names}{more}"


def _worded(sheet: Sheet) -> str:
    return quote_sheet(sheet.name) + ("" if sheet.state.value == "visible" else f" ({sheet.state.value})")

"""The workbook part: which sheets there are, and where (ECMA-376 part 1, clauses 12.3.23 and 18.2)."""

from collections.abc import Sequence
from contextlib import closing
from typing import Final

from lxml.etree import _Element as Element

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.spreadsheet.cells import Row, needed_strings
from agent.formats.spreadsheet.dialects import RELATIONSHIP_NAMESPACES, relationship_types
from agent.formats.spreadsheet.limits import DEFAULT_LIMITS, SpreadsheetLimits
from agent.formats.spreadsheet.sheet import Sheet, SheetState
from agent.formats.spreadsheet.source import PartSource, Relationship
from agent.formats.spreadsheet.strings import SharedStrings
from agent.formats.spreadsheet.xml import ElementStream, malformed, over_limit, prune, read_opening

_PACKAGE: Final = "/"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets, in the order of their tabs."""

    part_name: str
    sheets: tuple[Sheet, ...]
    strings_part: str
    """The table of shared strings, where texts of cells may be; empty when there is none."""
    _strings: SharedStrings

    def first_rows(self, limit: int) -> tuple[tuple[Sheet, tuple[Row, ...]], ...]:
        """Read the rows numbered up to `limit` of every worksheet, with one pass over the shared strings.

        Raises:
            DocumentError: as `Sheet.rows`.

        """
        heads = [sheet.with_head(limit) for sheet in self.sheets if sheet.is_worksheet]
        strings = self._strings.find({index for _, rows in heads for index in needed_strings(rows)})
        return tuple((sheet, tuple(row.resolve(strings) for row in rows)) for sheet, rows in heads)


def open_workbook(source: PartSource, limits: SpreadsheetLimits = DEFAULT_LIMITS) -> Workbook:
    """Find the workbook of a package and list its sheets; no sheet is read yet.

    Raises:
        DocumentError: `spreadsheet-no-workbook` when the package is no spreadsheet; `spreadsheet-malformed`;
            `spreadsheet-over-limit`; or what the package says.

    """
    part_name = _find_workbook_part(source)
    relationships = _by_id(source, part_name)
    strings_part = _find_strings_part(part_name, relationships)
    strings = SharedStrings(source, strings_part, limits)
    sheets: list[Sheet] = []
    for element in _sheet_elements(source, part_name, limits):
        if len(sheets) == limits.max_sheets:
            raise over_limit(part_name, f"more than {limits.max_sheets} sheets")
        sheets.append(_build_sheet(element, part_name, relationships, (source, strings, limits)))
    _check_distinct([sheet.name.casefold() for sheet in sheets], part_name, "name")
    _check_distinct([sheet.part_name.casefold() for sheet in sheets], part_name, "part")
    if not sheets:
        raise malformed(part_name, "a workbook without sheets")
    return Workbook(part_name, tuple(sheets), strings_part, strings)


def _no_workbook(message: str) -> DocumentError:
    return DocumentError(
        "spreadsheet-no-workbook", message, hint="a submission is an Excel workbook, .xlsx or .xlsm"
    )


def _find_workbook_part(source: PartSource) -> str:
    types = relationship_types("officeDocument")
    targets = [item for item in source.relationships(_PACKAGE) if item.type in types]
    if len(targets) != 1 or targets[0].external:
        raise _no_workbook(f"the package names {len(targets)} main documents, not one workbook inside it")
    return targets[0].target_part


def _by_id(source: PartSource, part_name: str) -> dict[str, Relationship]:
    relationships = source.relationships(part_name)
    _check_distinct([item.id for item in relationships], part_name, "relationship Id")
    return {item.id: item for item in relationships}


def _find_strings_part(part_name: str, relationships: dict[str, Relationship]) -> str:
    types = relationship_types("sharedStrings")
    targets = [item for item in relationships.values() if item.type in types]
    if len(targets) > 1 or any(item.external for item in targets):
        raise malformed(part_name, "more than one table of shared strings, or one outside the package")
    return targets[0].target_part if targets else ""


def _sheet_elements(source: PartSource, part_name: str, limits: SpreadsheetLimits) -> list[dict[str, str]]:
    with closing(source.open_part(part_name)) as stream:
        opening = read_opening(stream, part_name)
        if opening.name != "workbook":
            raise _no_workbook(f"{part_name}: the main document is a {opening.name!r}, not a workbook")
        elements = ElementStream(
            stream, part_name, opening, ("sheet", "sheets", "workbook"), limits.max_element_octets
        )
        found: list[dict[str, str]] = []
        parents: list[Element] = []
        more = True
        while more:
            more = elements.advance()
            for event, element in elements.events():
                name = str(element.tag).rpartition("}")[2]
                if event == "start" and name != "sheet":
                    parents.append(element)
                elif event == "end" and name == "sheet":
                    found.append(_checked_sheet(element, parents, part_name))
            if parents:
                prune(parents[0])
                elements.settle()
    return found


def _checked_sheet(element: Element, parents: Sequence[Element], part_name: str) -> dict[str, str]:
    names = [str(parent.tag).rpartition("}")[2] for parent in parents]
    if names != ["workbook", "sheets"] or element.getparent() is not parents[-1]:
        raise malformed(part_name, "a sheet outside the one list of sheets")
    return {str(name): str(value) for name, value in element.attrib.items()}


def _build_sheet(
    attributes: dict[str, str],
    part_name: str,
    relationships: dict[str, Relationship],
    shared: tuple[PartSource, SharedStrings, SpreadsheetLimits],
) -> Sheet:
    name = attributes.get("name", "")
    ids = [attributes[f"{{{ns}}}id"] for ns in RELATIONSHIP_NAMESPACES if f"{{{ns}}}id" in attributes]
    target = relationships.get(ids[0]) if len(ids) == 1 else None
    if not name or target is None or target.external:
        raise malformed(part_name, f"sheet {name[:40]!r} has no name, or no part inside the package")
    state = attributes.get("state", SheetState.VISIBLE)
    if state not in tuple(SheetState):
        raise malformed(part_name, f"sheet {name[:40]!r} has the unknown state {state[:20]!r}")
    is_worksheet = target.type in relationship_types("worksheet")
    return Sheet(name, SheetState(state), target.target_part, is_worksheet, *shared)


def _check_distinct(keys: Sequence[str], part_name: str, what: str) -> None:
    if len(set(keys)) != len(keys):
        raise malformed(part_name, f"two of its sheets or relationships have one {what}")

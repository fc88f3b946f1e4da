"""The content lint of one workbook, in the same pass that inflates and hashes its parts.

    scan = open_scan(package)        workbook, styles and theme: small, and needed first
    scan.find_tap(part)           to be given every octet of that part; None: nobody asks for it
    scan.finish()                    the rest, and all observations
    scan.workbook                    the workbook as it was opened for that, for whoever reads its cells

A part whose tap was not used is read when the scan is finished.
"""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.errors import DocumentError
from agent.findings import Observation
from agent.formats.package.digests import Tap
from agent.formats.package.package import Package
from agent.formats.spreadsheet.lint.check import LintedSheet, PartOfSheet
from agent.formats.spreadsheet.lint.checks import (
    form_entry_format,
    form_format,
    form_merged,
    form_narrow,
    form_number,
)
from agent.formats.spreadsheet.lint.colours import theme_colours
from agent.formats.spreadsheet.lint.headers import HEADER_DRAWING
from agent.formats.spreadsheet.lint.links import find_owners, kind_of, list_links
from agent.formats.spreadsheet.lint.merges import MergedCells
from agent.formats.spreadsheet.lint.names import local_name
from agent.formats.spreadsheet.lint.notes import Notes
from agent.formats.spreadsheet.lint.registry import CHECKS
from agent.formats.spreadsheet.lint.sheet_scan import SheetScan, check_formula
from agent.formats.spreadsheet.lint.small_parts import parse_small_part
from agent.formats.spreadsheet.lint.splitter import Lost
from agent.formats.spreadsheet.lint.strings_scan import StringsScan
from agent.formats.spreadsheet.lint.styles import Styles, read_styles
from agent.formats.spreadsheet.lint.surroundings import note_lost
from agent.formats.spreadsheet.workbook import Workbook, open_workbook

_LINK_CHECKS: Final = tuple((check.lint, check.link) for check in CHECKS if check.link)
_WORKBOOK_CHECKS: Final = tuple((check.lint, check.workbook) for check in CHECKS if check.workbook)
_PART_CHECKS: Final = tuple((check.lint, check.part) for check in CHECKS if check.part)
_MOST_NAMES: Final = 65_536
_SHEET_PARTS: Final = frozenset({"drawing", "vmldrawing", "comments", "threadedcomment"})


class ContentScan:
    """The scan of one workbook."""

    def __init__(self, package: Package, opened: Workbook | DocumentError) -> None:
        """Read what the sheets depend on; `opened` is the package's workbook, or why it cannot be read."""
        self.package = package
        """The package that is looked through."""
        self._opened = opened
        self._notes = Notes("workbook")
        workbook_part, sheets = "", dict[str, str]()
        if isinstance(opened, DocumentError):
            note_lost(self._notes, "workbook", opened.message)
        else:
            workbook_part = package.find_part(opened.part_name) or ""
            sheets = {package.find_part(sheet.part_name) or "": sheet.name for sheet in opened.sheets}
            sheets.pop("", None)
        self._workbook_part = workbook_part
        self._sheets = sheets
        """Part names of the sheets, with the sheets' names, in the order of the tabs."""
        self._owners = find_owners(package, sheets)
        self._styles = styles = self._read_styles()
        self._scans = {
            part: SheetScan(self._prepare_sheet(part, name, styles)) for part, name in sheets.items()
        }
        self._strings = {
            part: StringsScan(part, styles) for part in self._list_parts(workbook_part, "sharedstrings")
        }

    @property
    def workbook(self) -> Workbook:
        """The workbook; raises the DocumentError that says why it cannot be read."""
        if isinstance(self._opened, DocumentError):
            raise self._opened
        return self._opened

    def find_tap(self, part: str) -> Tap | None:
        """Give what is to be fed the octets of a part; None when nothing in it is looked for."""
        return self._scans.get(part) or self._strings.get(part)

    def finish(self) -> tuple[Observation, ...]:
        """Look through the rest, and list everything that was observed.

        Raises:
            DocumentError: a part that was not read before is damaged.

        """
        streamed: dict[str, SheetScan | StringsScan] = {**self._scans, **self._strings}
        for part, scan in streamed.items():
            if not scan.has_begun:
                for piece in self.package.iter_part(part):
                    scan.feed(piece)
                scan.close()
        self._check_links()
        self._check_workbook()
        for part, sheet_scan in self._scans.items():
            if sheet_scan.sheet.merges:
                MergedCells(sheet_scan).read(self.package.iter_part(part))
            self._check_parts(part, sheet_scan)
        notes = (note for scan in streamed.values() for note in scan.notes)
        sheets = [scan.sheet for scan in self._scans.values()]
        of_cells = (
            item
            for sheet in sheets
            for item in (*form_merged.list_merged(sheet), *form_narrow.list_narrow(sheet))
        )
        return (*self._notes, *notes, *of_cells, *_list_formats(self._styles))

    def _list_parts(self, source: str, kind: str) -> list[str]:
        found = (
            self.package.find_part(item.target_part)
            for item in (self.package.relationships(source) if source else ())
            if kind_of(item) == kind and not item.external
        )
        return [part for part in found if part]

    def _read_styles(self) -> Styles:
        themes = [self._parse(part) for part in self._list_parts(self._workbook_part, "theme")]
        theme = theme_colours(themes[0]) if themes and themes[0] is not None else None
        for part in self._list_parts(self._workbook_part, "styles"):
            root = self._parse(part)
            if root is not None:
                try:
                    return read_styles(root, theme)
                except Lost as reason:
                    note_lost(self._notes, part, str(reason))
        return Styles()

    def _prepare_sheet(self, part: str, name: str, styles: Styles) -> LintedSheet:
        targets = {item.id: item.target for item in self.package.relationships(part) if item.external}
        return LintedSheet(name, part, styles, targets)

    def _parse(self, part: str) -> Element | None:
        try:
            return parse_small_part(self.package, part)
        except Lost as reason:
            note_lost(self._notes, part, str(reason))
            return None

    def _check_links(self) -> None:
        notes: dict[str, Notes] = {}
        for where, link in list_links(self.package, self._sheets, self._owners):
            for lint, check in _LINK_CHECKS:
                message = check(link)
                if message:
                    notes.setdefault(where, Notes(where)).add(lint, where, message)
        for place in notes.values():
            for item in place:
                self._notes.keep(item)

    def _check_workbook(self) -> None:
        root = self._parse(self._workbook_part) if self._workbook_part else None
        if root is None:
            return
        for lint, check in _WORKBOOK_CHECKS:
            for found in check(root):
                self._notes.add(lint, *found)
        names = [item for item in root.iter() if local_name(item.tag) == "definedName" and item.text]
        if len(names) > _MOST_NAMES:
            note_lost(self._notes, "workbook", f"it has more than {_MOST_NAMES} names")
        for element in names[:_MOST_NAMES]:
            check_formula(element.text or "", f"name {element.get('name', '')!r}", self._notes)

    def _check_parts(self, part: str, scan: SheetScan) -> None:
        for item in self.package.relationships(part):
            found = self.package.find_part(item.target_part)
            kind = kind_of(item)
            if item.external or not found or kind not in _SHEET_PARTS:
                continue
            if kind == "vmldrawing" and item.id == scan.surroundings.header_drawing:
                kind = HEADER_DRAWING
            root = self._parse(found)
            if root is None:
                continue
            for lint, check in _PART_CHECKS:
                for observed in check(PartOfSheet(scan.sheet.name, found, kind, root)):
                    scan.notes.add(lint, *observed)


def _list_formats(styles: Styles) -> Iterator[Observation]:
    """Observe formats, for whoever knows which cells have them; without a form they matter to nobody."""
    for index, reason in styles.unusual.items():
        yield Observation(form_format.CHECK.lint.code, "", reason, styles=range(index, index + 1))
    for index, reason in styles.looks.faint.items():
        yield Observation(form_entry_format.CHECK.lint.code, "", reason, styles=range(index, index + 1))
    for index in styles.converted:
        message = "it is a number that is shown otherwise than it is written"
        yield Observation(form_number.CHECK.lint.code, "", message, styles=range(index, index + 1))
    reason = "it has a cell format that is not there"
    yield Observation(form_format.CHECK.lint.code, "", reason, styles=range(styles.count, 1 << 30))


def open_scan(package: Package) -> ContentScan:
    """Begin the scan of a package; of what is no readable workbook the relationships alone."""
    try:
        return ContentScan(package, open_workbook(package))
    except DocumentError as error:
        return ContentScan(package, error)

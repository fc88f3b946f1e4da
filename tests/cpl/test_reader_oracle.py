"""The reader beside openpyxl: two programs, the same cells."""

import io
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.workbook.child import INVALID_TITLE_REGEX

from agent.formats.spreadsheet import CellKind, SheetState, Workbook, open_workbook
from tests.cpl.parts import open_saved, save, zip_parts
from tests.support.tools import require_tool

_KINDS = {"s": CellKind.STRING, "n": CellKind.NUMBER, "b": CellKind.BOOLEAN, "e": CellKind.ERROR}
_TEXTS = ("plain", " spaces kept ", "café ½ 計器", "a\nb", "<&>\"'", "0100", "1E5")


def _sample() -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    first = workbook.worksheets[0]
    first.title = "Übersicht & more"
    for text in _TEXTS:
        first.append([text, None, 12, -0.5, True, False])
    first["H20"] = "far away"
    first["XFD21"] = "last column"
    first["A22"] = "#N/A"
    assert INVALID_TITLE_REGEX.search(first.title) is None
    second = workbook.create_sheet("Second")
    second["B3"] = CellRichText("ab", TextBlock(InlineFont(b=True), "CD"), " ef")
    second["B4"] = "=1+1"
    second["C4"] = date(2026, 11, 22)
    second.sheet_state = "hidden"
    workbook.create_sheet("Third").sheet_state = "veryHidden"
    return workbook


def _seen_by_openpyxl(octets: bytes) -> dict[tuple[str, str], tuple[CellKind, str]]:
    seen = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(octets)).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type in _KINDS and cell.value is not None:
                    seen[sheet.title, cell.coordinate] = (_KINDS[cell.data_type], str(cell.value))
    return seen


def _seen_by_us(workbook: Workbook) -> dict[tuple[str, str], tuple[CellKind, str]]:
    seen = {}
    for sheet in workbook.sheets:
        for row in sheet.rows():
            for cell in row.cells:
                text = str(cell.text == "1") if cell.kind is CellKind.BOOLEAN else cell.text
                if not cell.is_formula:
                    seen[sheet.name, cell.reference] = (cell.kind, text)
    return seen


def test_the_reader_sees_the_cells_that_openpyxl_sees() -> None:
    """Texts, numbers, booleans, errors and rich text of three sheets agree with openpyxl's reader."""
    octets = save(_sample())
    expected = _seen_by_openpyxl(octets)
    ours = _seen_by_us(open_workbook(zip_parts(octets)))
    # A date is a number here; openpyxl looks at its style already.
    assert ours.pop(("Second", "C4")) == (CellKind.NUMBER, "46348")
    assert ours == expected
    assert len(ours) == 7 * 5 + 4


def test_sheets_come_with_name_order_and_state() -> None:
    """The list of sheets is that of the tabs, and says which are hidden and how."""
    workbook = open_saved(_sample())
    assert [(sheet.name, sheet.state) for sheet in workbook.sheets] == [
        ("Übersicht & more", SheetState.VISIBLE),
        ("Second", SheetState.HIDDEN),
        ("Third", SheetState.VERY_HIDDEN),
    ]


def test_a_formula_is_flagged_and_a_date_keeps_its_style() -> None:
    """A formula cell says so even without a cached result, and a date is a number with another style."""
    rows = list(open_saved(_sample()).sheets[1].rows())
    cells = {cell.reference: cell for row in rows for cell in row.cells}
    assert (cells["B4"].is_formula, cells["B4"].text) == (True, "")
    assert cells["C4"].style_index > 0
    assert not cells["C4"].is_formula


def test_a_workbook_that_libreoffice_saved_reads_the_same(tmp_path: Path) -> None:
    """LibreOffice writes shared strings, cached results and rich text; openpyxl agrees on all of it."""
    soffice = require_tool("soffice")
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "book.xlsx"
    source.write_bytes(save(_sample()))
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        [
            soffice,
            "--headless",
            f"-env:UserInstallation={profile}",
            "--convert-to",
            "xlsx",
            source,
            "--outdir",
            tmp_path,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    octets = (tmp_path / "book.xlsx").read_bytes()
    parts = zip_parts(octets)
    expected = _seen_by_openpyxl(octets)
    ours = _seen_by_us(open_workbook(parts))
    ours.pop(("Second", "C4"))
    assert ours == expected
    assert parts.opened["/xl/sharedStrings.xml"] > 0

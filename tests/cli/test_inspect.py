"""`iki inspect`: what each signature covers, and the cells as signed, without any trust."""

import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from agent.config.limits import DocumentLimits
from agent.cpl.layout import COLUMNS, FORM_SHEET
from agent.cpl.mapping import default_mapping
from agent.errors import DocumentError
from agent.exits import ExitStatus
from agent.formats.package import findings
from agent.report.inspection_report import describe_inspection, describe_row, list_inspection_lines
from agent.service.inspection import inspect_file
from agent.service.reading import ReadingSettings
from tests.cli.expect import expect_failed
from tests.cli.test_schemas import check
from tests.package.attacks import ATTACKS
from tests.package.attacks.changes import SHEET, SIG1, SIG2, TYPES, VALUE, flip_value, put, rewrite
from tests.package.attacks.material import make_material
from tests.support.lab import NOWHERE, Run, Story, run_iki
from tests.support.zips import edit, replace_in

BUILT_IN = ReadingSettings(DocumentLimits(), default_mapping())
_SIG1, _SIG2 = f"/{SIG1}", f"/{SIG2}"
_HOSTILE = "a\x1b[2Jb\u202ec\x85d\x07e\u2066f\ng"
STEERING = re.compile("[^\n\\x20-\\x7e\u00a1-\u024f…]")


def inspect(file: Path, *more: str) -> Run:
    """Inspect without any configuration: nothing to trust is at hand."""
    return run_iki("inspect", file, *more, variables={"HOME": NOWHERE})


def report(file: Path, *, sheet: str | None = None, limit: int | None = 50) -> Any:
    """Inspect in this process; what comes fits the schema, and there is a text for it."""
    inspection = inspect_file(file, BUILT_IN, sheet=sheet, limit=limit)
    rows = [describe_row(row, inspection.view) for row in inspection.view.rows]
    found = describe_inspection(inspection) | {"rows": rows}
    check("inspect", found)
    assert list(list_inspection_lines(inspection, limit=None))
    return found


def states(found: Any) -> dict[str, list[str]]:
    """List the states of each place by its name."""
    return {place["name"]: place["states"] for place in found["places"]}


def changed(story: Story, tmp_path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Write a changed copy of the countersigned workbook."""
    file = tmp_path / "changed.xlsx"
    file.write_bytes(edit(story.countersigned.read_bytes(), change))
    return file


def write_cells(path: Path, *texts: str) -> Path:
    """Write a workbook with these texts in a column."""
    book = Workbook()
    for number, text in enumerate(texts, 1):
        book.worksheets[0].cell(number, 1, text)
    book.save(path)
    return path


def test_a_countersigned_form_is_covered_by_both(shared_story: Story) -> None:
    """Every place is covered, or left out by a rule that is named; the second covers the first."""
    found = report(shared_story.countersigned)
    assert [(item["part"], item["whole"]) for item in found["signatures"]] == [(_SIG1, True), (_SIG2, True)]
    places = states(found)
    assert {state for item in places.values() for state in item} == {"covered", "by-rule"}
    assert places[_SIG1] == ["by-rule", "covered"]
    assert places["/docProps/core.xml"] == ["by-rule", "by-rule"]
    assert places["/xl/workbook.xml"] == ["covered", "covered"]
    assert {place["rule"] for place in found["places"] if "by-rule" in place["states"]} == {
        "document-properties",
        "signatures",
    }
    assert found["sheet"]["signed_by"] == [_SIG1, _SIG2]


def test_the_cells_are_those_that_openpyxl_reads(shared_story: Story) -> None:
    """Each with its reference and heading: an independent reader of the same file says the same."""
    found = report(shared_story.countersigned)
    assert (found["sheet"]["name"], found["sheet"]["more_rows"]) == (FORM_SHEET, 0)
    ours = {cell["reference"]: cell["value"] for row in found["rows"] for cell in row["cells"]}
    sheet = load_workbook(shared_story.countersigned)[FORM_SHEET]
    theirs = {cell.coordinate: cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert ours.keys() == theirs.keys()
    assert all(ours[name] == cell.value for name, cell in theirs.items() if cell.data_type == "s")
    first = next(row for row in found["rows"] if row["row"] == found["sheet"]["header_row"] + 1)
    headers = {cell.column: cell.value for cell in sheet[found["sheet"]["header_row"]]}
    assert list(headers.values()) == [column.header for column in COLUMNS]
    columns = [theirs[cell["reference"]].column for cell in first["cells"]]
    assert [cell["heading"] for cell in first["cells"]] == [headers[column] for column in columns]


def test_an_unsigned_form_is_signed_by_nobody(shared_story: Story) -> None:
    """No signature vouches for any place or cell, and the text says so."""
    found = report(shared_story.form)
    assert (found["signatures"], found["sheet"]["signed_by"]) == ([], [])
    assert all(place["states"] == [] for place in found["places"])
    assert inspect(shared_story.form).stdout.count("NOT SIGNED") == 2


def test_a_changed_sheet_is_shown_as_changed(shared_story: Story, tmp_path: Path) -> None:
    """Its cells are not those that were signed, by neither signature; all else still is."""
    found = report(changed(shared_story, tmp_path, replace_in(SHEET, b">10A1<", b">10A2<")))
    assert [(item["intact"], item["whole"]) for item in found["signatures"]] == [(True, False)] * 2
    places = states(found)
    assert places.pop(f"/{SHEET}") == ["changed", "changed"]
    assert {state for item in places.values() for state in item} == {"covered", "by-rule"}
    assert found["sheet"]["signed_by"] == []
    because = [{"name": f"/{SHEET}", "state": "changed"}]
    assert [item["because"] for item in found["sheet"]["not_signed_by"]] == [because, because]


def test_a_broken_signature_vouches_for_nothing(shared_story: Story, tmp_path: Path) -> None:
    """One bit of the first value: what it lists is claimed; the second sees the first changed."""
    found = report(changed(shared_story, tmp_path, rewrite(SIG1, VALUE, flip_value)))
    assert [item["intact"] for item in found["signatures"]] == [False, True]
    places = states(found)
    assert places["/xl/workbook.xml"] == ["claimed", "covered"]
    assert places[_SIG1] == ["by-rule", "changed"]
    assert found["sheet"]["signed_by"] == [_SIG2]


def test_what_is_not_covered_is_named(shared_story: Story, tmp_path: Path) -> None:
    """A part that nobody signed, and one that was signed and is gone."""

    def change(parts: dict[str, bytes]) -> None:
        parts["xl/added.xml"] = b"<a/>"
        del parts["xl/theme/theme1.xml"]
        rewrite(TYPES, rb'<Override [^>]*theme1\.xml"[^>]*/>', b"")(parts)
        rewrite("xl/_rels/workbook.xml.rels", rb"<Relationship [^>]*theme1\.xml[^>]*/>", b"")(parts)

    found = report(changed(shared_story, tmp_path, change))
    places = states(found)
    assert places["/xl/added.xml"] == ["uncovered", "uncovered"]
    assert places["/xl/theme/theme1.xml"] == ["missing", "missing"]
    assert ["missing", "missing"] in [places[name] for name in places if "workbook.xml.rels#" in name]


def test_a_signature_outside_of_the_profile_covers_nothing(shared_story: Story, tmp_path: Path) -> None:
    """The reason is told, and every place counts as uncovered by it."""
    found = report(changed(shared_story, tmp_path, put(SIG2, b"<a/>")))
    assert [item["intact"] for item in found["signatures"]] == [True, False]
    assert found["signatures"][1]["findings"]
    assert states(found)["/xl/workbook.xml"] == ["covered", "uncovered"]


def test_another_sheet_is_shown_by_name(shared_story: Story) -> None:
    """In any letter case; one that is not there is a usage error."""
    found = report(shared_story.countersigned, sheet="instructions")
    assert (found["sheet"]["name"], found["sheet"]["header_row"]) == ("Instructions", None)
    assert found["sheet"]["signed_by"] == [_SIG1, _SIG2]
    expect_failed(inspect(shared_story.countersigned, "--sheet", "Nowhere"), ExitStatus.USAGE)


def test_long_sheets_are_cut_and_said_to_be(tmp_path: Path) -> None:
    """The first rows, how many more there are, and with --all every one."""
    file = write_cells(tmp_path / "long.xlsx", *(f"text {number}" for number in range(500)))
    found = inspect(file, "--json").json
    check("inspect", found)
    assert (len(found["rows"]), found["sheet"]["row_count"], found["sheet"]["more_rows"]) == (50, 500, 450)
    whole = inspect(file, "--json", "--all").json
    check("inspect", whole)
    assert (len(whole["rows"]), whole["sheet"]["more_rows"]) == (500, 0)
    assert inspect(file).stdout.splitlines()[-1].split()[:2] == ["…", "450"]
    assert "text 499" in inspect(file, "--all").stdout


def test_what_steers_a_terminal_is_escaped(tmp_path: Path) -> None:
    """Control, bidirectional and line characters of cells and sheet names never come out raw."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "a\u202eb"
    sheet["A1"] = "PLACEHOLDER"
    book.create_sheet("c\u2066d")
    file = tmp_path / "hostile.xlsx"
    book.save(file)
    value = _HOSTILE.replace("\x1b", "\u009b").replace("\x07", "\u009d").encode()
    file.write_bytes(edit(file.read_bytes(), replace_in(SHEET, b"PLACEHOLDER", value)))
    run = inspect(file, "--all")
    assert (run.status, STEERING.findall(run.stdout)) == (ExitStatus.OK, [])
    assert "\\u202e" in run.stdout


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"%PDF-1.7 not a workbook", id="not a zip"),
        pytest.param(lambda data: data[:-100], id="truncated"),
        pytest.param(lambda data: edit(data, put(SHEET, b"<worksheet/>")), id="no sheet"),
        pytest.param(lambda data: edit(data, replace_in(SHEET, b"</worksheet>", b"")), id="cut sheet"),
    ],
)
def test_a_malformed_document_is_one_line(
    shared_story: Story, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Exit 8, an error with a hint, and nothing on standard output, not even the part that was right."""
    file = tmp_path / "damaged.xlsx"
    file.write_bytes(damage(shared_story.countersigned.read_bytes()))
    expect_failed(inspect(file, "--json", "--all"), ExitStatus.DOCUMENT)


@pytest.mark.thorough
def test_no_attack_on_the_package_looks_whole(tmp_path: Path) -> None:
    """For each finding of the package: what is shown never says that both signatures and the set are right.

    Whether a signer is trusted is not judged here: a stranger's signatures may be whole.
    """
    material = make_material(tmp_path)
    shown = 0
    of_package = {finding.code for finding in findings.DECLARED}
    for attack in {attack.code: attack for attack in ATTACKS if attack.code in of_package}.values():
        file = tmp_path / "attack.xlsx"
        file.write_bytes(attack.build(material))
        try:
            found = report(file)
        except DocumentError:
            continue
        shown += 1
        assert not whole_by_two(found), attack.name
    assert shown > 10


def whole_by_two(found: Any) -> bool:
    """Tell whether the two signatures asked for are whole and no other is, and the set is right."""
    whole = [item["role"] for item in found["signatures"] if item["whole"]]
    return sorted(whole) == ["manufacturer", "supplier"] and not found["findings"]


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path) -> None:
    """Three times the rows take about the same memory beside the file itself: a part is read in pieces.

    The parts have four and thirteen megabytes; pieces are a megabyte, and the next one is inflated ahead.
    """
    peaks = []
    for rows in (5_000, 15_000):
        file = tmp_path / f"{rows}.xlsx"
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Sheet")
        for number in range(rows):
            sheet.append([f"{number} ".ljust(850, "x")])
        book.save(file)
        tracemalloc.start()
        inspection = inspect_file(file, BUILT_IN)
        assert inspection.view.row_count == sum(1 for _ in inspection.view.rows) == rows
        peaks.append(tracemalloc.get_traced_memory()[1] - file.stat().st_size)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 3_000_000, peaks

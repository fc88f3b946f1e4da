"""`iki diff A B`: which parts, signatures and cells of two workbooks differ."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from agent.exits import ExitStatus
from agent.report.comparison_report import describe_cell_change, describe_comparison, list_comparison_lines
from agent.service.comparison import compare_files
from tests.cli.expect import expect_failed
from tests.cli.test_inspect import BUILT_IN, STEERING
from tests.cli.test_schemas import check
from tests.package.attacks.changes import SHEET, SIG1, SIG2, VALUE, flip_value, put, rewrite
from tests.support.lab import NOWHERE, Run, Story, run_iki
from tests.support.zips import build_zip, edit, parts_of, replace_in

_STYLES = "xl/styles.xml"


def diff(a: Path, b: Path, *more: str) -> Run:
    """Compare without any configuration: nothing to trust is at hand."""
    return run_iki("diff", a, b, *more, variables={"HOME": NOWHERE})


def report(a: Path, b: Path) -> Any:
    """Compare in this process; what comes fits the schema, and there is a text for it."""
    comparison = compare_files(a, b, BUILT_IN, limit=None)
    cells = [describe_cell_change(change) for change in comparison.cells]
    found = describe_comparison(comparison) | {"cells": cells}
    check("diff", found)
    assert list(list_comparison_lines(comparison, limit=None))
    return found


def print_report(a: Path, b: Path, *more: str) -> Any:
    """Compare on the command line for programs; what comes fits the schema, and the status says the same."""
    run = diff(a, b, "--json", *more)
    check("diff", run.json)
    assert run.stderr == ""
    assert run.status == (ExitStatus.OK if run.json["same"] else ExitStatus.FAILED)
    return run.json


def changed(file: Path, to: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Write a changed copy of a workbook."""
    to.write_bytes(edit(file.read_bytes(), change))
    return to


def differing(found: Any) -> dict[str, tuple[str, bool]]:
    """List the parts that differ: how, and whether no cell's value does."""
    return {item["part"]: (item["change"], item["invisible"]) for item in found["parts"]}


def test_a_file_and_its_copy_are_the_same(shared_story: Story, tmp_path: Path) -> None:
    """Exit 0, and no difference of any kind."""
    copy = Path(shutil.copy(shared_story.countersigned, tmp_path / "copy.xlsx"))
    found = print_report(shared_story.countersigned, copy)
    assert (found["same"], found["same_octets"]) == (True, True)
    assert not any(found[name] for name in ("signatures", "parts", "relationships", "sheets", "cells"))


def test_another_zip_of_the_same_parts_is_the_same(shared_story: Story, tmp_path: Path) -> None:
    """What differs is no part of the package; the octets are said to differ."""
    other = tmp_path / "stored.xlsx"
    other.write_bytes(build_zip(parts_of(shared_story.signed.read_bytes()), stored=True))
    found = report(shared_story.signed, other)
    assert (found["same"], found["same_octets"]) == (True, False)


def test_one_changed_cell_is_found(shared_story: Story, tmp_path: Path) -> None:
    """Its value in A and in B, the digests of its part, and that B's signatures are not whole any more."""
    other = changed(shared_story.countersigned, tmp_path / "b.xlsx", replace_in(SHEET, b">10A1<", b">10A2<"))
    found = report(shared_story.countersigned, other)
    values = [(cell["reference"], cell["a"]["value"], cell["b"]["value"]) for cell in found["cells"]]
    assert values == [("B6", "10A1", "10A2")]
    assert differing(found) == {f"/{SHEET}": ("changed", False)}
    assert found["parts"][0]["a"] != found["parts"][0]["b"]
    assert [item["whole"] for item in found["a"]["signatures"]] == [True, True]
    assert [item["whole"] for item in found["b"]["signatures"]] == [False, False]
    assert not found["same_but_signatures"]


def test_the_cells_that_differ_are_those_that_openpyxl_finds(tmp_path: Path) -> None:
    """Added, removed, changed and of another type; an independent reader finds the same."""
    paths = [tmp_path / name for name in ("a.xlsx", "b.xlsx")]
    contents: list[dict[str, Any]] = [
        {"A1": "x", "B2": 5, "C3": True, "A4": "gone", "Z9": "same"},
        {"A1": "y", "B2": "5", "C3": True, "B4": "new", "Z9": "same", "A12": 1},
    ]
    for path, cells in zip(paths, contents, strict=True):
        book = Workbook()
        for reference, value in cells.items():
            book.worksheets[0][reference] = value
        book.save(path)
    theirs = [
        {cell.coordinate: cell.value for row in load_workbook(path).worksheets[0].iter_rows() for cell in row}
        for path in paths
    ]
    wanted = {key for key in theirs[0] | theirs[1] if theirs[0].get(key) != theirs[1].get(key)}
    found = report(paths[0], paths[1])
    assert {cell["reference"] for cell in found["cells"]} == wanted
    assert found["cell_count"] == len(wanted) == 5
    missing = {cell["reference"]: (cell["a"] is None, cell["b"] is None) for cell in found["cells"]}
    assert (missing["A4"], missing["B4"], missing["A12"]) == ((False, True), (True, False), (True, False))


def test_signing_changes_nothing_but_signatures(shared_story: Story) -> None:
    """Of the form, its signed and its countersigned copy: that is what makes them one submission."""
    for a, b, parts in (
        (shared_story.form, shared_story.signed, {f"/{SIG1}"}),
        (shared_story.signed, shared_story.countersigned, {f"/{SIG2}"}),
    ):
        found = report(a, b)
        assert (found["same"], found["same_but_signatures"], found["cell_count"]) == (False, True, 0)
        assert {item["part"] for item in found["signatures"]} == parts
        assert {item["change"] for item in found["signatures"]} == {"only-in-b"}


def test_another_signature_differs(shared_story: Story, tmp_path: Path) -> None:
    """The same signer, one bit of the value: changed, and broken."""
    other = changed(shared_story.signed, tmp_path / "b.xlsx", rewrite(SIG1, VALUE, flip_value))
    found = report(shared_story.signed, other)
    (item,) = found["signatures"]
    assert (item["part"], item["change"]) == (f"/{SIG1}", "changed")
    assert (item["a"]["whole"], item["b"]["whole"]) == (True, False)
    assert found["same_but_signatures"]


def test_what_cannot_be_seen_in_cells_is_told(shared_story: Story, tmp_path: Path) -> None:
    """Other formats, and a formula behind the same result: parts differ, and no value."""
    other = changed(
        shared_story.form, tmp_path / "styles.xlsx", rewrite(_STYLES, rb"</styleSheet>", b" </styleSheet>")
    )
    found = report(shared_story.form, other)
    assert (found["cell_count"], differing(found)) == (0, {f"/{_STYLES}": ("changed", True)})
    old, new = b'<c r="A1"><f>1+1</f><v>2</v></c>', b'<c r="A1"><f>3-1</f><v>2</v></c>'
    a, b = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    book = Workbook()
    book.worksheets[0]["A1"] = 77
    book.save(a)
    changed(a, a, rewrite(SHEET, rb'<c r="A1"[^>]*><v>77</v></c>', old))
    changed(a, b, replace_in(SHEET, old, new))
    found = report(a, b)
    assert (found["cell_count"], differing(found)) == (0, {f"/{SHEET}": ("changed", True)})


def test_another_format_of_a_cell_is_counted(tmp_path: Path) -> None:
    """The same value with another style is no other value, and is not passed over."""
    a, b = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    book = Workbook()
    book.worksheets[0]["A1"] = 5
    book.save(a)
    book.worksheets[0]["A1"].number_format = ";;;"
    book.save(b)
    found = report(a, b)
    assert (found["cell_count"], found["restyled_cells"]) == (0, 1)


def test_sheets_relationships_and_content_types_differ(shared_story: Story, tmp_path: Path) -> None:
    """A hidden sheet, one that only B has, a relationship and a type of their own."""
    a, b = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    book = Workbook()
    book.worksheets[0].title = "First"
    book.create_sheet("Second")
    book.save(a)
    book["Second"].sheet_state = "hidden"
    book.create_sheet("Third")
    book.save(b)
    changed(b, b, replace_in("[Content_Types].xml", b"theme+xml", b"other+xml"))
    found = report(a, b)
    sheets = {(item["b"] or item["a"])["name"]: item["change"] for item in found["sheets"]}
    assert sheets == {"Second": "changed", "Third": "only-in-b"}
    assert [item["part"] for item in found["content_types"]] == ["/xl/theme/theme1.xml"]
    assert found["relationships"]


def test_long_lists_of_cells_are_cut_and_said_to_be(tmp_path: Path) -> None:
    """The first cells, how many more there are, and with --all every one; the text says the same."""
    paths = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    for path in paths:
        book = Workbook()
        for number in range(1, 301):
            book.worksheets[0].cell(number, 1, f"{path.stem} {number}")
        book.save(path)
    a, b = paths
    found = print_report(a, b)
    assert (len(found["cells"]), found["cell_count"], found["more_cells"]) == (100, 300, 200)
    whole = print_report(a, b, "--all")
    assert (len(whole["cells"]), whole["more_cells"]) == (300, 0)
    assert diff(a, b).stdout.splitlines()[-1].split()[:2] == ["…", "200"]
    assert "b 300" in diff(a, b, "--all").stdout


def test_what_steers_a_terminal_is_escaped(tmp_path: Path) -> None:
    """Values of both files, and targets of relationships, never come out raw."""
    paths = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    for path, hostile in zip(paths, ("a\u202eb\u009bc", "x\u2028y\u2069"), strict=True):
        book = Workbook()
        book.worksheets[0]["A1"] = hostile
        book.worksheets[0]["A2"].hyperlink = f"https://example.invalid/{hostile}"
        book.save(path)
    run = diff(paths[0], paths[1])
    assert (run.status, STEERING.findall(run.stdout)) == (ExitStatus.FAILED, [])


@pytest.mark.parametrize("first", [True, False])
def test_a_malformed_document_is_one_line(shared_story: Story, tmp_path: Path, first: bool) -> None:
    """Exit 8 and the file's name, whichever of the two it is; nothing on standard output."""
    bad = changed(shared_story.form, tmp_path / "bad.xlsx", put(SHEET, b"<worksheet/>"))
    pair = (bad, shared_story.form) if first else (shared_story.form, bad)
    run = diff(*pair, "--json", "--all")
    expect_failed(run, ExitStatus.DOCUMENT)
    assert str(bad) in run.lines("error")[0]


def test_a_file_that_is_not_there_is_a_usage_error(shared_story: Story) -> None:
    """Exit 2, which is trouble to whoever knows diff(1)."""
    expect_failed(diff(shared_story.form, shared_story.form.with_name("nowhere.xlsx")), ExitStatus.USAGE)

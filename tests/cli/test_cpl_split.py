"""A form with both kinds is refused with its two lists, and parted; what is signed says who is next."""

import json
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from agent.cpl.layout import FORM_SHEET
from agent.exits import ExitStatus
from tests.cli.expect import expect_failed, expect_refused, nothing_changes
from tests.cli.terminal import at_terminal
from tests.cli.test_schemas import check
from tests.support.forms import retype_form
from tests.support.lab import Story, run_iki

_TYPES = ("ESME", "CHF", "GSME", "GPF", "PPMID")


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A form with three Devices and a Communications Hub's two functions, in turns."""
    entries = tmp_path / "entries.json"
    listed = [
        {
            "manufacturer": "TEST Meter Works Ltd",
            "model": f"10A{number}",
            "firmware_version": f"0102000{number}",
            "device_type": device_type,
            "zigbee_certificate": f"ZB-{number}",
            "zigbee_certificate_date": f"2099-03-0{number + 1}",
            "image_hash": sha256(bytes([number])).hexdigest(),
            "cpl_status": "Active",
        }
        for number, device_type in enumerate(_TYPES)
    ]
    entries.write_text(json.dumps(listed))
    form = tmp_path / "form.xlsx"
    assert run_iki("cpl", "new", form, "--from", entries).status == 0
    return form


def test_a_mixed_form_is_refused_with_both_lists_at_signing(story: Story) -> None:
    """The rows of each kind are named, and what parts them."""
    form = retype_form(story.form, "ESME", "CHF")
    run = story.lab.iki("sign", form, "--as", "manufacturer", "-o", form.with_name("out.xlsx"))
    expect_refused(run, "countersigner-for-device-type")
    (error,) = run.lines("error")
    assert "Devices in row 6" in error
    assert "Communications Hubs in row 7" in error
    assert "iki cpl split" in run.lines("hint")[0]


def test_the_two_files_hold_what_the_form_held(mixed: Path) -> None:
    """Every entry is in one of them, as it was, in the order of the form; both pass their checks."""
    run = run_iki("cpl", "split", mixed, "--json")
    check("cpl-split", run.json)
    assert [(half["kind"], half["entries"], half["to"]) for half in run.json] == [
        ("Devices", 3, "supplier"),
        ("Communications Hubs", 2, "dcc"),
    ]
    whole = run_iki("cpl", "export", mixed).json
    halves = [run_iki("cpl", "export", half["file"]).json for half in run.json]
    assert halves[0] == [whole[0], whole[2], whole[4]]
    assert halves[1] == [whole[1], whole[3]]
    for half in run.json:
        checked = run_iki("cpl", "check", half["file"], "--json")
        assert (checked.status, checked.json["findings"]) == (0, [])
        assert [entry["row"] for entry in checked.json["form"]["entries"]] == [*range(6, 6 + half["entries"])]


def test_notes_that_stay_are_warned_of(mixed: Path) -> None:
    """They are attached to an address, and another entry moves there."""
    assert run_iki("cpl", "split", mixed).lines("warning") == []
    book = openpyxl.load_workbook(mixed)
    book[FORM_SHEET]["N8"].comment = Comment("of the GSME", "me")
    book.save(mixed)
    (warning,) = run_iki("cpl", "split", mixed, "--force").lines("warning")
    assert "notes" in warning


def test_the_words_say_who_countersigns(mixed: Path) -> None:
    """A line for each file."""
    lines = run_iki("cpl", "split", mixed).stdout.splitlines()
    assert ["a Supplier" in lines[0], "the DCC" in lines[1]] == [True, True]


def test_what_cannot_be_parted_is_refused(story: Story, mixed: Path) -> None:
    """One kind alone, a device type nobody knows, a signed form, no form, an output that is there."""
    run_iki("cpl", "split", mixed)
    with nothing_changes(mixed.parent):
        expect_failed(run_iki("cpl", "split", mixed), ExitStatus.USAGE)
        expect_failed(run_iki("cpl", "split", mixed.with_name("form.hubs.xlsx")), ExitStatus.USAGE)
    book = openpyxl.load_workbook(mixed)
    book[FORM_SHEET]["E8"] = "Meter"
    book.save(mixed)
    run = run_iki("cpl", "split", mixed, "--force")
    expect_failed(run, ExitStatus.USAGE)
    assert "E8" in run.lines("error")[0]
    expect_failed(run_iki("cpl", "split", story.signed), ExitStatus.USAGE)
    book[FORM_SHEET]["B5"] = "Nothing"
    book.save(mixed)
    expect_failed(run_iki("cpl", "split", mixed), ExitStatus.DOCUMENT)


def test_a_signature_says_who_is_next(story: Story) -> None:
    """The Supplier for Devices, the DCC for Communications Hubs, SECAS after a countersignature."""
    out = story.form.with_name("out.xlsx")
    sign = ("sign", "--as", "manufacturer", "-o", out, "--force")
    run = story.lab.iki(*sign, story.form)
    assert f"Send    {out} to a Supplier, to countersign Devices" in run.stdout.splitlines()
    run = story.lab.iki("countersign", story.signed, "--as", "supplier", "-o", out, "--force", "--json")
    assert run.json["hand_over"] == {"to": "secas", "kind": "Devices", "files": [str(out)]}
    run = story.lab.iki(*sign, retype_form(story.form, "CHF", "GPF"), "--json")
    assert run.json["hand_over"] == {"to": "dcc", "kind": "Communications Hubs", "files": [str(out)]}


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("cpl", "new", "out.xlsx", "--from", "missing.json"), 2),
        (("cpl", "new", "out.xlsx", "--from", "form.xlsx"), 2),
        (("cpl", "new", "out.xlsx", "--from", "broken.csv"), 2),
        (("cpl", "export", "form.xlsx", "-o", "out.txt"), 2),
        (("cpl", "export", "form.xlsx", "-o", "entries.json"), 2),
        (("cpl", "export", "form.xlsx", "--csv", "-o", "out.json"), 2),
        (("cpl", "export", "missing.xlsx"), 2),
        (("cpl", "export", "entries.json"), 8),
    ],
    ids=str,
)
def test_bad_inputs_of_new_and_export_are_one_line(
    mixed: Path, arguments: tuple[str, ...], status: int
) -> None:
    """Files that are not there or hold something else, and an output that is there."""
    (mixed.parent / "broken.csv").write_text("modell\n7\n")
    with nothing_changes(mixed.parent):
        expect_failed(run_iki(*arguments, cwd=mixed.parent), ExitStatus(status))


def test_what_an_export_cannot_say_is_warned_of(mixed: Path) -> None:
    """A number, a formula, a second form below and one on another sheet, with sheet and cell."""
    assert run_iki("cpl", "export", mixed).stderr == ""
    book = openpyxl.load_workbook(mixed)
    sheet = book[FORM_SHEET]
    sheet["D6"].value, sheet["D6"].number_format = 100000, "0.00E+00"
    sheet["B7"] = '="10A1"'
    for column in range(1, 17):
        sheet.cell(15, column).value = sheet.cell(5, column).value
    book.copy_worksheet(sheet)
    book.save(mixed)
    run = run_iki("cpl", "export", mixed)
    warnings = "\n".join(run.lines("warning"))
    assert (run.status, len(run.json)) == (0, 6)
    for place in (
        "'CPL submission'!D6",
        "'CPL submission'!B7",
        "'CPL submission'!15:15",
        "'CPL submission Copy'",
    ):
        assert place in warnings


def test_an_export_to_a_terminal_does_not_steer_it(mixed: Path) -> None:
    """What cells hold is escaped for whoever looks, and left as it is for a pipe."""
    book = openpyxl.load_workbook(mixed)
    book[FORM_SHEET]["A6"] = "\u202eWorks\u009b2J"
    book.save(mixed)
    configuration = mixed.with_name("config.toml")
    configuration.write_text('[trust]\nanchors = ["root.pem"]\n')
    for option in ((), ("--csv",)):
        with at_terminal(configuration, "cpl", "export", mixed, *option) as terminal:
            terminal.wait()
        assert b"\\u202eWorks\\x9b2J" in terminal.shown
        assert "\u202e" not in terminal.shown.decode()
        assert "\u202eWorks\u009b2J" in run_iki("cpl", "export", mixed, *option).stdout


def test_a_form_goes_through_csv(mixed: Path) -> None:
    """Exported to a file and filled into another form, it says the same."""
    entries, again = mixed.with_suffix(".csv"), mixed.with_name("again.xlsx")
    assert run_iki("cpl", "export", mixed, "-o", entries).stdout == f"Entries {entries}\n"
    assert run_iki("cpl", "new", again, "--from", entries).status == 0
    assert run_iki("cpl", "export", again).json == run_iki("cpl", "export", mixed).json

"""`iki cpl check`: what it shows, in a table and for programs, and its exit status."""

from pathlib import Path

import openpyxl
import pytest

from agent.cpl.example import EXAMPLE_IMAGES
from agent.cpl.layout import FORM_SHEET
from tests.cli.test_schemas import check
from tests.cpl.ota_files import signed_ota
from tests.support.lab import Run, run_iki


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """The example form, with the Hashes of the example images."""
    path = tmp_path / "form.xlsx"
    run_iki("cpl", "new", path, "--example")
    return path


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with the example images."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number, image in enumerate(EXAMPLE_IMAGES, 1):
        (folder / f"firmware-{number}.bin").write_bytes(image)
    return folder


def _change(form: Path, **cells: str) -> None:
    workbook = openpyxl.load_workbook(form)
    for reference, value in cells.items():
        workbook[FORM_SHEET][reference] = value
    workbook.save(form)


def _codes(run: Run) -> list[tuple[str, str, str]]:
    return [(item["code"], item["level"], item["where"]) for item in run.json["findings"]]


def test_a_good_form_passes_and_is_shown(form: Path) -> None:
    """Nothing is found: exit status 0, and the JSON holds every cell that was read."""
    run = run_iki("cpl", "check", form, "--json")
    check("cpl-check", run.json)
    assert (run.status, run.json["findings"], run.json["refuses"]) == (0, [], False)
    first, second = run.json["form"]["entries"]
    assert (first["row"], first["kind"], second["row"]) == (6, "Devices", 7)
    cells = {cell["field"]: (cell["cell"], cell["value"]) for cell in first["cells"]}
    assert cells["model"] == ("B6", "10A1")
    assert cells["zigbee_certificate_date"][0] == "I6"
    assert cells["zigbee_certificate_date"][1].endswith("-03-31")
    plain = run_iki("cpl", "check", form)
    assert (plain.status, plain.stderr) == (0, "")
    assert "2 entries" in plain.stdout


def test_what_is_wrong_is_a_table_with_sheet_and_cell(form: Path) -> None:
    """Each line has the cell, what stands there, what is wrong and what is expected; refusals come first."""
    _change(form, A6="Other Works Ltd ", B6="10G1", N7="AB" * 20)
    run = run_iki("cpl", "check", form)
    assert run.status == 3
    lines = run.stdout.splitlines()[3:]
    assert [line.split()[0] for line in lines] == ["REFUSED", "REFUSED", "warning"]
    assert all(word in lines[0] for word in (FORM_SHEET, "B6", "10G1", "hexadecimal"))
    found = run_iki("cpl", "check", form, "--json")
    check("cpl-check", found.json)
    assert _codes(found) == [
        ("hexadecimal", "refuse", "'CPL submission'!B6"),
        ("spaces", "warn", "'CPL submission'!A6"),
        ("image-hash-malformed", "refuse", "'CPL submission'!N7"),
    ]
    assert found.json["findings"][0]["cell"]["value"] == "10G1"


def test_formulas_and_merged_cells_in_the_form_are_refused(form: Path) -> None:
    """The same content lint as at signing, with sheet and cells."""
    workbook = openpyxl.load_workbook(form)
    sheet = workbook[FORM_SHEET]
    sheet["C6"] = '="0100"'
    sheet.merge_cells("E6:E7")
    sheet.merge_cells("A1:C1")
    workbook.save(form)
    run = run_iki("cpl", "check", form, "--json")
    assert run.status == 3
    codes = {(code, where) for code, level, where in _codes(run) if level == "refuse"}
    assert {("form-merged", "'CPL submission'!E6:E7"), ("form-formula", "'CPL submission'!C6")} <= codes
    assert not any("A1" in where for _, where in codes)


def test_images_are_matched_with_rows(form: Path, images: Path) -> None:
    """Which image belongs to which cell; one image too many is a note, one too few is refused."""
    run = run_iki("cpl", "check", form, "--images", images, "--json")
    check("cpl-check", run.json)
    assert (run.status, [image["cells"] for image in run.json["images"]]) == (0, [["N6"], ["N7"]])
    (images / "firmware-2.bin").rename(images / "readme.txt")
    (images / "readme.txt").write_text("not an image")
    run = run_iki("cpl", "check", form, "--images", images, "--json")
    assert run.status == 3
    assert _codes(run) == [
        ("image-hash-mismatch", "inform", "CPL submission"),
        ("image-missing", "refuse", "'CPL submission'!N7"),
    ]
    shown = run_iki("cpl", "check", form, "--images", images).stdout
    assert "readme.txt" in shown
    assert "none" in shown


def test_an_ota_file_in_a_folder_stops_no_other(form: Path, images: Path) -> None:
    """Nobody said which octets of it: it is told as undecided, with what to say; so is an empty file."""
    (images / "image.ota").write_bytes(signed_ota())
    (images / "nothing.bin").write_bytes(b"")
    run = run_iki("cpl", "check", form, "--images", images, "--json")
    check("cpl-check", run.json)
    assert (run.status, len(run.json["images"])) == (0, len(EXAMPLE_IMAGES))
    undecided = [Path(item["file"]).name for item in run.json["undecided"]]
    assert (undecided, all(item["hint"] for item in run.json["undecided"])) == (
        ["image.ota", "nothing.bin"],
        True,
    )
    shown = run_iki("cpl", "check", form, "--images", images)
    assert "undecided" in shown.stdout
    assert any("--strip-ota-header" in line for line in shown.lines("warning"))


def test_an_entry_without_a_hash_is_shown(form: Path, images: Path) -> None:
    """A warning at its cell; with images a refusal, and a line among them."""
    workbook = openpyxl.load_workbook(form)
    workbook[FORM_SHEET]["N7"] = None
    workbook.save(form)
    run = run_iki("cpl", "check", form, "--json")
    place = "'CPL submission'!N7"
    assert (run.status, _codes(run)) == (0, [("entry-without-hash", "warn", place)])
    run = run_iki("cpl", "check", form, "--image", images / "firmware-1.bin", "--json")
    assert (run.status, run.json["without_hash"]) == (3, ["N7"])
    assert ("image-missing", "refuse", place) in _codes(run)
    assert "no Hash" in run_iki("cpl", "check", form, "--image", images / "firmware-1.bin").stdout


def test_an_image_that_belongs_to_no_row_is_refused(form: Path, images: Path) -> None:
    """As with `iki sign --image`."""
    good, other = images / "firmware-1.bin", images / "other.bin"
    other.write_bytes(b"x")
    assert run_iki("cpl", "check", form, "--image", good).status == 0
    run = run_iki("cpl", "check", form, "--image", good, "--image", other, "--json")
    assert (run.status, _codes(run)) == (3, [("image-hash-mismatch", "refuse", "CPL submission")])


def test_dates_are_judged_at_the_time_given(form: Path) -> None:
    """In ten years the assurance certificates of the example have ended."""
    year = int(run_iki("cpl", "check", form, "--json").json["at"][:4])
    run = run_iki("cpl", "check", form, "--at", f"{year + 10}-01-01T00:00:00Z", "--json")
    assert run.status == 3
    assert {code for code, *_ in _codes(run)} == {"assurance-certificate-expired"}


def test_a_workbook_that_is_no_form_is_refused(tmp_path: Path) -> None:
    """Nothing could be checked, so nothing passed."""
    path = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(path)
    run = run_iki("cpl", "check", path, "--json")
    check("cpl-check", run.json)
    assert (run.status, run.json["form"], run.json["refuses"]) == (3, None, True)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("missing.xlsx",), 2),
        (("form.xlsx", "--image", "missing.bin"), 2),
        (("form.xlsx", "--images", "missing"), 2),
        (("form.xlsx", "--images", "form.xlsx"), 2),
        (("form.xlsx", "--images", "empty"), 2),
        (("text.xlsx",), 8),
    ],
    ids=str,
)
def test_bad_inputs_are_one_line_with_a_hint(form: Path, arguments: tuple[str, ...], status: int) -> None:
    """Files and folders that are not there, and a file that is no workbook."""
    (form.parent / "text.xlsx").write_text("no zip")
    (form.parent / "empty").mkdir()
    given = [item if item.startswith("-") else str(form.parent / item) for item in arguments]
    run = run_iki("cpl", "check", *given)
    assert (run.status, run.stdout) == (status, "")
    assert [line.split(":")[1] for line in run.stderr.splitlines()] == [" error", " hint"]


def test_the_configured_mapping_and_policy_are_used(form: Path) -> None:
    """A mapping that knows other headings, and a policy that lowers a rule."""
    folder = form.parent
    mapping = (Path(__file__).parents[2] / "config" / "cpl-form.toml").read_text(encoding="utf-8")
    (folder / "map.toml").write_text(mapping.replace('model = ["Model",', 'model = ["Meter type",'))
    (folder / "policy.toml").write_text('[levels]\nhexadecimal = "warn"\n')
    _change(form, B5="Meter type", B6="10G1", E5="Device type *:")
    unknown = run_iki("cpl", "check", form, "--json").json
    assert unknown["form"] is None
    (message,) = (item["message"] for item in unknown["findings"] if item["code"] == "form-not-recognised")
    assert "row 5 of 'CPL submission' comes nearest" in message
    assert "not known: 'Meter type'; missing: model" in message
    configuration = folder / "config.toml"
    configuration.write_text(
        '[trust]\nanchors = ["root.pem"]\n[form]\nmapping = "map.toml"\n[policy]\nfile = "policy.toml"\n'
    )
    run = run_iki("--config", configuration, "cpl", "check", form, "--json")
    assert (run.status, _codes(run)) == (0, [("hexadecimal", "warn", "'CPL submission'!B6")])

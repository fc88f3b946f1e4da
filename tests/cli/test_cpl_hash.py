"""`iki cpl hash`: a Hash on standard output, and everything else about the image beside it."""

import hashlib
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed
from tests.cli.terminal import at_terminal
from tests.cli.test_schemas import check
from tests.cpl.ota_files import IMAGE, signed_ota
from tests.support.lab import Story, run_iki


def _digits(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest().upper()


@pytest.fixture
def ota(tmp_path: Path) -> Path:
    """An OTA upgrade file."""
    path = tmp_path / "image.ota"
    path.write_bytes(signed_ota())
    return path


def test_an_ota_file_shows_its_header_and_no_hash(ota: Path) -> None:
    """What is not said is not guessed: the fields and elements, an error with a hint, and no Hash."""
    run = run_iki("cpl", "hash", ota)
    assert (run.status, run.stdout) == (ExitStatus.USAGE, "")
    notes = run.lines("note")
    assert "OTA header: manufacturer code: 0x10A1" in notes
    assert f"OTA element 0x0000 (upgrade image): {len(IMAGE)} octets, --range 66:{66 + len(IMAGE)}" in notes
    assert [len(run.lines(kind)) for kind in ("error", "hint")] == [1, 1]
    expect_failed(run_iki("cpl", "hash", ota, "--json"), ExitStatus.USAGE)


@pytest.mark.parametrize(
    ("options", "octets"),
    [
        (("--strip-ota-header",), signed_ota()[60:]),
        (("--ota-element", "0x0000"), IMAGE),
        (("--range", "66:70"), IMAGE[:4]),
        (("--range", "0:"), signed_ota()),
    ],
)
def test_what_was_hashed_is_said(ota: Path, options: tuple[str, ...], octets: bytes) -> None:
    """The Hash alone on standard output; which octets in a note, and in the JSON."""
    run = run_iki("cpl", "hash", ota, *options)
    assert (run.status, run.stdout) == (0, f"{_digits(octets)}\n")
    assert "OTA header: image type: 0x0002" in run.lines("note")
    described = run_iki("cpl", "hash", ota, *options, "--json").json
    check("cpl-hash", described)
    assert (described[0]["hash"], described[0]["octets"]) == (_digits(octets), len(octets))
    if len(octets) < len(signed_ota()):
        assert f"{ota}: {described[0]['what']} were hashed" in run.lines("note")


def test_a_folder_is_hashed_file_by_file(ota: Path) -> None:
    """In the order of the names; what is said of OTA files leaves the others whole."""
    (ota.parent / "a.bin").write_bytes(b"a")
    run = run_iki("cpl", "hash", ota.parent, "--ota-element", "0")
    assert run.stdout.splitlines() == [
        f"{_digits(b'a')}  {ota.parent / 'a.bin'}",
        f"{_digits(IMAGE)}  {ota}",
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("image.ota", "--range", "5:4"),
        ("image.ota", "--ota-element", "7"),
        ("image.ota", "--ota-element", "x"),
        ("image.ota", "--strip-ota-header", "--range", "0:1"),
        ("other.bin", "--strip-ota-header"),
        ("missing.bin",),
        ("empty",),
    ],
    ids=str,
)
def test_bad_inputs_are_refused(ota: Path, options: tuple[str, ...]) -> None:
    """One line, a hint, and exit status 2."""
    (ota.parent / "other.bin").write_bytes(b"x")
    (ota.parent / "empty").mkdir()
    expect_failed(run_iki("cpl", "hash", ota.parent / options[0], *options[1:]), ExitStatus.USAGE)


def test_signing_compares_the_octets_that_are_said(story: Story) -> None:
    """An OTA file is compared by its image, and the audit line says which octets that were."""
    image = story.form.with_name("image.ota")
    firmware = story.image.read_bytes()
    image.write_bytes(
        signed_ota()
        .replace(IMAGE, firmware)
        .replace(len(IMAGE).to_bytes(4, "little"), len(firmware).to_bytes(4, "little"))
    )
    output = story.form.with_name("out.xlsx")
    arguments = ("sign", story.form, "--as", "manufacturer", "--image", image, "-o", output)
    expect_failed(story.lab.iki(*arguments), ExitStatus.USAGE)
    run = story.lab.iki(*arguments, "--ota-element", "0", "--json")
    check("sign", run.json)
    (given,) = run.json["images"]
    assert (given["hash"], given["octets"]) == (_digits(firmware), len(firmware))
    (recorded,) = story.lab.read_audit()[-1]["images"]
    assert (recorded["image_hash"].upper(), recorded["what"]) == (given["hash"], given["what"])


@pytest.mark.parametrize(
    "words", [("cpl", "check", "FORM"), ("cpl", "new", "OUT"), ("policy", "explain", "--as", "manufacturer")]
)
def test_octets_of_no_image_are_refused(story: Story, words: tuple[str, ...]) -> None:
    """Nobody thinks that something was compared when nothing was."""
    places = {"FORM": str(story.form), "OUT": str(story.form.with_name("new.xlsx"))}
    run = story.lab.iki(*(places.get(word, word) for word in words), "--strip-ota-header")
    expect_failed(run, ExitStatus.USAGE)


def test_every_command_with_an_image_is_told_its_octets(story: Story, ota: Path, tmp_path: Path) -> None:
    """A new form holds the Hash of the element, and its comparison at `policy explain` is of the same."""
    form = tmp_path / "ota.xlsx"
    arguments = ("cpl", "new", form, "--example", "--image", ota)
    expect_failed(story.lab.iki(*arguments), ExitStatus.USAGE)
    story.lab.do(*arguments, "--ota-element", "0")
    explain = ("policy", "explain", "--as", "manufacturer", form, "--image", ota, "--json")
    expect_failed(story.lab.iki(*explain), ExitStatus.USAGE)
    answers = story.lab.iki(*explain, "--ota-element", "0").json["rules"]
    (answer,) = (answer for answer in answers if answer["code"] == "image-hash-mismatch")
    assert answer["outcome"] == "passed"
    assert "the OTA element 0x0000" in answer["evidence"][0]


def test_a_large_image_has_a_bar_on_a_terminal_alone(tmp_path: Path) -> None:
    """A sparse file of 128 MiB: the bar is on the terminal, and the Hash the same without one."""
    image = tmp_path / "large.bin"
    with image.open("wb") as stream:
        stream.truncate(128 * 1024 * 1024)
    plain = run_iki("cpl", "hash", image)
    assert (plain.status, plain.stderr) == (0, "")
    with at_terminal(tmp_path / "none.toml", "cpl", "hash", image, kind="xterm") as terminal:
        assert terminal.wait() == 0
    assert b"large.bin" in terminal.shown
    assert plain.stdout.strip().encode() in terminal.shown

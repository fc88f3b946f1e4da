"""Files that are no workbook, named to the commands that reach a key: one line, and the key is left alone."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, nothing_changes
from tests.support.lab import Story


def _make_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "a zip, and no workbook")


MALFORMED: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"Manufacturer,Model,Hash\n"),
    "another zip": _make_zip,
}
UNREADABLE: dict[str, Callable[[Path], object]] = {
    "missing": lambda _: None,
    "a folder": lambda path: path.mkdir(),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
}
OPERATIONS = (("sign", "manufacturer"), ("countersign", "supplier"))
operations = pytest.mark.parametrize(("operation", "signer"), OPERATIONS)


@operations
@pytest.mark.parametrize("make", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_document_is_not_signed(
    story: Story, make: Callable[[Path], object], operation: str, signer: str
) -> None:
    """Exit 8; the file is named as it was given."""
    path = story.form.with_name("input.xlsx")
    make(path)
    with nothing_changes(story.form.parent), audited(story.lab):
        expect_failed(story.lab.iki(operation, path, "--as", signer), ExitStatus.DOCUMENT)


@operations
@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_not_signed(
    story: Story, make: Callable[[Path], object], operation: str, signer: str
) -> None:
    """Exit 2; the name is in the one line."""
    path = story.form.with_name("input.xlsx")
    make(path)
    with nothing_changes(story.form.parent), audited(story.lab):
        run = story.lab.iki(operation, path, "--as", signer)
        expect_failed(run, ExitStatus.USAGE)
    assert str(path) in run.lines("error")[0]


def test_a_malformed_document_is_named(story: Story) -> None:
    """With the name, somebody who signs many files finds the one."""
    path = story.form.with_name("input.xlsx")
    path.write_bytes(b"")
    run = story.lab.iki("sign", path, "--as", "manufacturer")
    assert str(path) in run.lines("error")[0]


def test_a_file_over_the_limit_is_not_read(story: Story) -> None:
    """The limit is the configuration's."""
    text = story.lab.configuration.read_text()
    story.lab.configuration.write_text(text + "\n[limits]\nmax_file_bytes = 4096\n")
    with nothing_changes(story.form.parent):
        run = story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("o.xlsx"))
        expect_failed(run, ExitStatus.DOCUMENT)
    assert story.lab.iki("verify", story.countersigned).status == ExitStatus.DOCUMENT


@pytest.mark.parametrize("name", ["a\nb\x1b[31m.xlsx", "-o.xlsx", "größe ñ 名.xlsx"])
def test_names_of_strangers_do_no_harm(story: Story, name: str) -> None:
    """A name with a line feed and an escape sequence, one like an option, one that is not ASCII."""
    path = story.form.rename(story.form.with_name(name))
    run = story.lab.iki("sign", "--as", "manufacturer", "--", path.name, cwd=path.parent)
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert len(run.stdout.splitlines()) == 4
    assert "\x1b" not in run.stdout
    assert path.with_name(f"{path.stem}.signed.xlsx").is_file()


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\x30\x80"])
def test_what_one_judges_by_is_configuration(story: Story, content: bytes) -> None:
    """A trust anchor, an issuing CA's certificate or a CRL that is malformed: exit 2, and it is named."""
    lab = story.lab
    for file in (lab.root, lab.issuing, lab.crls / "other.crl"):
        kept = file.read_bytes() if file.exists() else b""
        file.write_bytes(content)
        run = lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("o.xlsx"))
        expect_failed(run, ExitStatus.USAGE)
        assert str(file) in run.lines("error")[0]
        file.write_bytes(kept)


def test_a_failure_prints_no_json(story: Story) -> None:
    """With --json, standard output holds a result or nothing; the error stays text."""
    for arguments in (
        ("sign", story.signed, "--as", "nobody"),
        ("policy", "explain", "--as", "nobody"),
        ("policy", "check", story.form),
        ("crl", "show", story.form),
        ("evidence", "verify", story.form),
    ):
        run = story.lab.iki(*arguments, "--json")
        assert run.status in {ExitStatus.USAGE, ExitStatus.DOCUMENT}
        assert (run.stdout, len(run.lines("error"))) == ("", 1)

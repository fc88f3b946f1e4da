"""`iki audit verify`: whole, or which line is not."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed, nothing_changes
from tests.support.lab import Story, sha256


def test_a_whole_log(shared_story: Story) -> None:
    """The head is what to keep elsewhere; a table for people, JSON for programs."""
    lab = shared_story.lab
    with nothing_changes(lab.folder):
        people, programs = lab.iki("audit", "verify"), lab.iki("audit", "verify", "--json")
    assert (people.status, people.stderr, programs.status, programs.stderr) == (0, "", 0, "")
    assert programs.json["records"] == len(lab.read_audit())
    assert programs.json["head"] in people.stdout
    assert programs.json["file"] == str(lab.audit)


def test_every_line_names_the_one_before(shared_story: Story) -> None:
    """The chain, computed by hand: SHA-256 of each line without its newline."""
    lines = shared_story.lab.audit.read_bytes().splitlines()
    assert json.loads(lines[0])["previous"] == "0" * 64
    folder = shared_story.lab.folder.parent / "chain"
    folder.mkdir(exist_ok=True)
    for line, following in itertools.pairwise(lines):
        path = folder / "line"
        path.write_bytes(line)
        assert json.loads(following)["previous"] == sha256(path)


def _edit(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], object]:
    def edit(path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(change(lines)))

    return edit


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a line changed": _edit(lambda lines: [lines[0].replace(b"manufacturer", b"Manufacturer"), *lines[1:]]),
    "a line removed": _edit(lambda lines: lines[1:]),
    "lines exchanged": _edit(lambda lines: [lines[1], lines[0], *lines[2:]]),
    "the tail cut": _edit(lambda lines: lines[:-1]),
    "a line torn": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "a line of others": lambda path: path.write_bytes(path.read_bytes() + b"rubbish\n"),
    "all gone": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "the head changed": lambda path: path.with_name("audit.jsonl.head").write_text('{"sequence": 1}'),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_log_is_told(story: Story, damage: Callable[[Path], object]) -> None:
    """Exit 2, and the log is left as it is, for it is evidence."""
    damage(story.lab.audit)
    with nothing_changes(story.lab.folder):
        expect_failed(story.lab.iki("audit", "verify"), ExitStatus.USAGE)


@pytest.mark.parametrize("name", ["the tail cut", "a line torn", "all gone", "the head changed"])
def test_nothing_is_signed_on_top_of_a_damaged_end(story: Story, name: str) -> None:
    """No audit, no signature; the PIN is not even read."""
    DAMAGE[name](story.lab.audit)
    story.lab.pin("manufacturer").unlink()
    with nothing_changes(story.form.parent):
        run = story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("o.xlsx"))
        expect_failed(run, ExitStatus.USAGE)


def test_everything_done_to_a_key_is_in_order(story: Story) -> None:
    """Allowed, refused, failed and released, each a line, and the chain is whole."""
    lab = story.lab
    before = len(lab.read_audit())
    lab.do("csr", "--as", "dcc", "-o", story.form.with_name("request.pem"))
    lab.sign(story.form, story.form.with_name("first.xlsx"))
    lab.iki("countersign", story.form, "--as", "supplier", "-o", story.form.with_name("o.xlsx"))
    lab.pin("manufacturer").write_text("wrong")
    lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("o.xlsx"))
    records = lab.read_audit()
    outcomes = [record["outcome"] for record in records[before:]]
    assert outcomes == ["released", "allowed", "refused", "failed"]
    assert [record["sequence"] for record in records] == list(range(1, before + 5))
    assert lab.iki("audit", "verify").status == ExitStatus.OK

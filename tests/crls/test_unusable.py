"""A store, a number, a folder or a settings file that cannot be used: what the commands say then."""

import sqlite3
from pathlib import Path

import pytest

from tests.support.lab import Story


@pytest.mark.parametrize("octets", [b"damaged" * 1000, b""], ids=["damaged", "empty"])
def test_a_store_that_is_there_and_cannot_be_used_leaves_verify_undetermined(
    story: Story, octets: bytes
) -> None:
    """It may remember a revocation; lists named on the command line do without it; signing is an error."""
    lab = story.lab
    lab.do("crl", "status")
    (store,) = lab.folder.rglob("crls.sqlite")
    for path in lab.folder.rglob("crls.sqlite?*"):
        path.unlink()
    store.write_bytes(octets)
    run = lab.iki("verify", story.countersigned, "--json")
    assert (run.status, "crl-store-unusable" in run.stdout) == (5, True)
    assert "TRY_LATER" in run.stdout
    output = story.form.with_suffix(".broken.xlsx")
    assert lab.iki("sign", story.form, "--as", "manufacturer", "-o", output).status == 2
    assert lab.iki("evidence", lab.folder / "e.zip", story.countersigned).status == 2
    named = lab.iki("verify", story.countersigned, "--trust-anchor", lab.root, "--crl", lab.crls)
    assert named.status == 0


def test_a_store_without_its_entries_leaves_revocation_undetermined(story: Story) -> None:
    """One table is gone: neither a traceback nor an answer."""
    lab = story.lab
    lab.do("crl", "status")
    (store,) = lab.folder.rglob("crls.sqlite")
    connection = sqlite3.connect(store)
    connection.execute("DROP TABLE bucket")
    connection.commit()
    connection.close()
    assert lab.iki("verify", story.countersigned).status == 5


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e400", "-1"])
def test_watch_for_no_number_of_seconds_is_a_usage_error(story: Story, seconds: str) -> None:
    """Not a defect, and not for ever."""
    run = story.lab.iki("crl", "watch", f"--for={seconds}")
    assert (run.status, run.stdout, len(run.lines("error"))) == (2, "", 1)


def test_an_empty_folder_is_not_imported_in_silence(story: Story, tmp_path: Path) -> None:
    """A mistyped folder would look like a success."""
    run = story.lab.iki("crl", "import", tmp_path)
    assert (run.status, run.stdout, len(run.lines("error"))) == (2, "", 1)


def test_settings_that_are_too_large_are_configuration(story: Story) -> None:
    """Policy, configuration and a configured CRL's file (docs/exit-status.md)."""
    lab = story.lab
    policy = lab.folder / "policy.toml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text + "# " + "x" * (32 * 1024 * 1024), encoding="utf-8")
    assert lab.iki("verify", story.countersigned).status == 2
    policy.write_text(text, encoding="utf-8")
    with (lab.crls / "large.crl").open("wb") as stream:
        stream.truncate(256 * 1024 * 1024 + 1)
    assert lab.iki("verify", story.countersigned).status == 2


def test_evidence_alone_misses_its_argument(story: Story) -> None:
    """As every command does: an error line, not a page of help."""
    run = story.lab.iki("evidence")
    assert (run.status, len(run.lines("error"))) == (2, 1)

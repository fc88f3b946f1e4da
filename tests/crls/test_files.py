"""Files and folders of CRLs: brought into the store when they change, and only then."""

import os
import time
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.pki.pem import to_pem
from agent.service.crls import files
from agent.service.crls.files import Synchronised, list_in_force, synchronise_files
from agent.service.crls.store import CRLStore
from tests.crls.support import AUTHORITIES, MADE
from tests.pki.support import NOW, Entry, make_crl, make_key


@pytest.fixture
def store(tmp_path: Path) -> CRLStore:
    """Make an empty store."""
    return CRLStore(tmp_path / "crls.sqlite")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a list of each CA."""
    path = tmp_path / "crl"
    path.mkdir()
    _write(path / "root.crl", make_crl(MADE.root).der)
    _write(path / "issuing.crl", make_crl(MADE.issuing, [Entry(9, reason="certificateHold")], number=5).der)
    return path


def _write(path: Path, data: bytes) -> None:
    """Write a file, as if some time ago, each time another."""
    path.write_bytes(data)
    os.utime(path, ns=(path.stat().st_mtime_ns, 1_700_000_000_000_000_000 + time.monotonic_ns()))


def _sync(store: CRLStore, folder: Path) -> Synchronised:
    return synchronise_files(store, [folder], AUTHORITIES, NOW)


def _codes(result: Synchronised) -> list[str]:
    return [note.code for note in result.notes]


def test_a_folder_is_brought_in_once(store: CRLStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has not changed is neither read nor parsed again."""
    assert _codes(_sync(store, folder)) == []
    assert len(store.list_crls()) == 2

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(files, "read_file", refuse)
    held = frozenset(item.identity.hex() for item in store.list_crls())
    assert _sync(store, folder) == Synchronised((), (), held)


def test_a_touched_file_is_read_but_not_parsed(
    store: CRLStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its octets are the same."""
    _sync(store, folder)
    _write(folder / "root.crl", (folder / "root.crl").read_bytes())
    monkeypatch.setattr(files, "load_body", lambda *_, **__: pytest.fail("parsed again"))
    assert _codes(_sync(store, folder)) == []


def test_a_list_kept_for_what_its_successor_omits_goes_with_it(store: CRLStore, folder: Path) -> None:
    """It answers beside the file that took its place, and no longer than that."""
    _write(folder / "issuing.crl", make_crl(MADE.issuing, [Entry(9)], number=6).der)
    _sync(store, folder)
    _write(folder / "issuing.crl", make_crl(MADE.issuing, number=7).der)
    assert [crl.number for crl in list_in_force(store, _sync(store, folder))] == [1, 6, 7]
    (folder / "issuing.crl").unlink()
    assert [crl.number for crl in list_in_force(store, _sync(store, folder))] == [1]


def test_a_newer_file_replaces_and_an_older_is_reported(store: CRLStore, folder: Path) -> None:
    """A rollback is told at every run for as long as the file lies there; the last good list stays."""
    _sync(store, folder)
    _write(folder / "issuing.crl", make_crl(MADE.issuing, number=6).der)
    assert _codes(_sync(store, folder)) == []
    _write(folder / "issuing.crl", make_crl(MADE.issuing, number=4).der)
    assert [_codes(_sync(store, folder)) for _ in range(2)] == [["crl-rollback"]] * 2
    assert sorted(crl.number or 0 for crl in store.list_crls()) == [1, 6]


def test_an_archive_is_no_rollback(store: CRLStore, folder: Path) -> None:
    """Old and new lists in one folder, whatever their names; all are kept while the folder has them."""
    _write(folder / "aaa.crl", make_crl(MADE.issuing, number=7).der)
    bundle = b"".join(to_pem("X509 CRL", make_crl(MADE.issuing, number=number).der) for number in (3, 4))
    _write(folder / "zzz.pem", bundle)
    assert _codes(_sync(store, folder)) == []
    assert sorted(crl.number or 0 for crl in store.list_crls()) == [1, 3, 4, 5, 7]


def test_a_damaged_file_is_an_error_unless_it_was_good(store: CRLStore, folder: Path) -> None:
    """What never was a CRL is a mistake of configuration; what was one is kept as it was."""
    _sync(store, folder)
    data = (folder / "root.crl").read_bytes()
    _write(folder / "root.crl", data[:-9])
    assert _codes(_sync(store, folder)) == ["crl-malformed"]
    assert len(store.list_crls()) == 2
    _write(folder / "root.crl", data)
    assert _codes(_sync(store, folder)) == []
    _write(folder / "readme.txt", b"<html>not here</html>")
    with pytest.raises(UsageError) as caught:
        _sync(store, folder)
    assert caught.value.code == "crl-page"


def test_what_no_configured_ca_signed_stays_out(store: CRLStore, folder: Path) -> None:
    """It is handed on in memory, for a signature may bring its CA; each time anew."""
    stranger = make_crl(MADE.signer)
    forged = make_crl(MADE.issuing, key=make_key("forger"), number=99)
    _write(folder / "stranger.crl", stranger.der)
    _write(folder / "forged.crl", forged.der)
    for _ in range(2):
        result = _sync(store, folder)
        assert (set(result.loose), result.notes) == ({stranger, forged}, ())
    assert len(store.list_crls()) == 2


def test_a_file_that_goes_leaves_its_list(store: CRLStore, folder: Path) -> None:
    """The list was good and is not known to be replaced."""
    _sync(store, folder)
    (folder / "root.crl").unlink()
    _sync(store, folder)
    assert len(store.list_crls()) == 2
    assert [Path(source.place).name for source in store.list_sources()] == ["issuing.crl"]


def test_a_removed_file_vouches_for_nothing(store: CRLStore, folder: Path) -> None:
    """Its list is remembered, against a rollback, and does not answer any more."""
    _sync(store, folder)
    (folder / "issuing.crl").unlink()
    synchronised = _sync(store, folder)
    in_force = [Path(item.where).name for item in files.list_in_force(store, synchronised)]
    assert (len(store.list_crls()), in_force) == (2, ["root.crl"])

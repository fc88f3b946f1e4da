"""The store: what it keeps, what it refuses, and that it answers as the lists themselves do."""

import multiprocessing
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from agent.errors import DocumentError, UsageError
from agent.pki.crl import CertificateList, load_crl
from agent.pki.revocation import CRLSigners, Good, Revoked, judge_revocation
from agent.service.crls.errors import CRLRefusedError
from agent.service.crls.store import CRLStore
from agent.service.crls.stored import StoredList
from tests.crls.support import MADE, make_long_list
from tests.pki.support import (
    DAY,
    NOW,
    SECOND,
    Entry,
    issuing_point,
    make_crl,
    make_key,
    make_name,
    make_party,
    replace_in_crl,
)

_KEY = MADE.issuing.certificate.spki_der


def _add(store: CRLStore, crl: CertificateList) -> bool:
    return store.add(crl, signer=_KEY, place="test", now=NOW)


def _refusal(store: CRLStore, crl: CertificateList) -> str:
    with pytest.raises(CRLRefusedError) as caught:
        _add(store, crl)
    return caught.value.code


@pytest.fixture
def store(tmp_path: Path) -> CRLStore:
    """Make an empty store."""
    return CRLStore(tmp_path / "deep" / "crls.sqlite")


def _only(store: CRLStore) -> StoredList:
    (found,) = store.list_crls()
    return found


def test_a_stored_list_answers_as_the_list_itself(store: CRLStore) -> None:
    """Everything but the entries is told alike, and every entry is found."""
    entries = [Entry(number, NOW - DAY, "superseded") for number in (1, 127, 128, 2**64, 2**158)]
    point = issuing_point(only_contains_user_certs=True)
    crl = make_crl(MADE.issuing, entries, number=2**150, extensions=[(point, True)])
    assert _add(store, crl)
    kept = _only(store)
    for name in ("sha256", "issuer", "number", "base_number", "this_update", "next_update", "scope", "der"):
        assert getattr(kept, name) == getattr(crl, name), name
    assert [kept.entry_for(entry.serial) for entry in entries] == [
        crl.entry_for(entry.serial) for entry in entries
    ]
    assert (kept.entry_for(3), len(kept), kept.is_signed_by(_KEY)) == (None, 5, True)
    assert not kept.is_signed_by(MADE.root.certificate.spki_der)


def test_a_restart_does_not_parse_again(store: CRLStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process opens the store and judges without loading the list or verifying its signature."""
    _add(store, make_crl(MADE.issuing, [Entry(MADE.signer.certificate.serial)]))
    store.close()

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr("agent.service.crls.stored.load_crl", refuse)
    monkeypatch.setattr("agent.pki.crl.verify_signed", refuse)
    answer = judge_revocation(
        MADE.signer.certificate,
        issuer=MADE.issuing.certificate,
        crls=CRLStore(store.path).list_crls(),
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )
    assert isinstance(answer, Revoked)


def test_a_long_list_is_found_again_entry_by_entry(store: CRLStore) -> None:
    """Entries spread over many buckets, and serial numbers that are not there."""
    crl, serials = make_long_list(3000)
    _add(store, crl)
    kept = _only(store)
    assert kept.buckets > 16
    assert all(kept.entry_for(serial) == crl.entry_for(serial) for serial in serials[::50])
    assert all(kept.entry_for(serial) is not None for serial in serials)
    assert all(kept.entry_for(serial + 1) is None for serial in serials[:500])


def test_an_older_list_is_a_rollback(store: CRLStore) -> None:
    """By number or by thisUpdate; the last good one is kept, and the incident remembered once."""
    good = make_crl(MADE.issuing, number=5)
    assert (_add(store, good), _add(store, good)) == (True, False)
    older = make_crl(MADE.issuing, number=4)
    assert _refusal(store, older) == _refusal(store, older) == "crl-rollback"
    assert _refusal(store, make_crl(MADE.issuing, number=6, this_update=NOW - DAY - SECOND)) == "crl-rollback"
    assert _refusal(store, make_crl(MADE.issuing, number=None)) == "crl-rollback"
    assert _only(store).sha256 == good.sha256
    assert [incident.code for incident in store.list_incidents()] == ["crl-rollback"] * 3
    assert older.sha256.hex() in {incident.sha256 for incident in store.list_incidents()}


def test_the_same_number_and_other_octets_is_a_fork(store: CRLStore) -> None:
    """Also with a newer thisUpdate; and for lists without numbers, the same thisUpdate."""
    _add(store, make_crl(MADE.issuing, number=5))
    assert _refusal(store, make_crl(MADE.issuing, [Entry(9)], number=5)) == "crl-fork"
    assert _refusal(store, make_crl(MADE.issuing, number=5, this_update=NOW)) == "crl-fork"
    point = ((issuing_point(only_contains_ca_certs=True), True),)
    _add(store, make_crl(MADE.issuing, number=None, extensions=point))
    assert _refusal(store, make_crl(MADE.issuing, [Entry(9)], number=None, extensions=point)) == "crl-fork"


def test_a_newer_list_takes_the_place_of_the_old(store: CRLStore) -> None:
    """The old one goes, unless the new one is not in force yet; a hold that has ended does not keep it."""
    _add(store, make_crl(MADE.issuing, [Entry(9, reason="certificateHold")], number=5))
    later = make_crl(MADE.issuing, number=6, this_update=NOW + SECOND, next_update=NOW + 2 * DAY)
    _add(store, later)
    assert [crl.number for crl in store.list_crls()] == [5, 6]
    _add(store, make_crl(MADE.issuing, number=7, this_update=NOW + SECOND, next_update=NOW + 3 * DAY))
    assert 5 in [crl.number for crl in store.list_crls()]
    store.add(
        make_crl(MADE.issuing, number=8, this_update=NOW + SECOND, next_update=NOW + 4 * DAY),
        signer=_KEY,
        place="test",
        now=NOW + SECOND,
    )
    assert [crl.number for crl in store.list_crls()] == [8]
    assert store.rows("SELECT count(*) FROM bucket") == [(0,)]


def test_deltas_scopes_and_issuers_do_not_replace_each_other(store: CRLStore) -> None:
    """Each is a series of its own."""
    delta = ((x509.DeltaCRLIndicator(5), True),)
    point = ((issuing_point(only_contains_ca_certs=True), True),)
    lists = [
        make_crl(MADE.issuing, number=5),
        make_crl(MADE.issuing, number=5, extensions=delta),
        make_crl(MADE.issuing, number=5, extensions=point),
        make_crl(MADE.root, number=1),
    ]
    for crl in lists:
        _add(store, crl)
    assert {crl.sha256 for crl in store.list_crls()} == {crl.sha256 for crl in lists}
    assert [crl.base_number for crl in store.list_crls()] == [None, 5, None, None]


def test_an_indirect_list_is_kept_by_certificate_issuer(store: CRLStore) -> None:
    """The sticky issuer of an entry is its issuer in the store too."""
    office = make_party("TEST office", MADE.root, (), key=make_key("office"))
    theirs = x509.CertificateIssuer([x509.DirectoryName(make_name("TEST issuing"))])
    crl = make_crl(
        office,
        [Entry(1), Entry(2, extensions=(theirs,)), Entry(3)],
        extensions=[(issuing_point(indirect_crl=True), True)],
    )
    store.add(crl, signer=office.certificate.spki_der, place="test", now=NOW)
    kept, issuer = _only(store), MADE.issuing.certificate.subject_name
    for serial in (1, 2, 3, 4):
        assert kept.entry_for(serial) == crl.entry_for(serial)
        assert kept.entry_for(serial, issuer) == crl.entry_for(serial, issuer)
    assert [kept.entry_for(serial, issuer) is not None for serial in (1, 2, 3)] == [False, True, True]


def test_an_entry_that_makes_no_sense_is_an_error_here_too(store: CRLStore) -> None:
    """Reason code 7 is none."""
    named = make_crl(MADE.issuing, [Entry(77, reason="superseded")])
    _add(store, replace_in_crl(named, MADE.issuing.key, bytes.fromhex("0a0104"), bytes.fromhex("0a0107")))
    with pytest.raises(DocumentError) as caught:
        _only(store).entry_for(77)
    assert caught.value.code == "crl-malformed"


def test_a_list_in_use_survives_its_replacement(store: CRLStore) -> None:
    """A reader keeps its snapshot while another connection puts a newer list in."""
    _add(store, make_crl(MADE.issuing, [Entry(9, reason="certificateHold")], number=5))
    held = _only(store)
    other = CRLStore(store.path)
    _add(other, make_crl(MADE.issuing, number=6))
    assert held.entry_for(9) is not None
    store.forget_sources(["nowhere"])
    with pytest.raises(UsageError) as caught:
        held.entry_for(9)
    assert caught.value.code == "crl-store-unusable"


@pytest.mark.parametrize(
    "content", [b"not a database, but a text of some length" * 50, b"SQLite format 3\0" * 9]
)
def test_a_damaged_store_is_told(tmp_path: Path, content: bytes) -> None:
    """One error, whatever is wrong; nothing is deleted."""
    path = tmp_path / "crls.sqlite"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        CRLStore(path)
    assert (caught.value.code, path.read_bytes()) == ("crl-store-unusable", content)


def test_a_store_of_another_program_or_version_is_left_alone(tmp_path: Path) -> None:
    """The schema is versioned."""
    path = tmp_path / "crls.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(UsageError) as caught:
        CRLStore(path)
    assert caught.value.code == "crl-store-unusable"


def test_only_its_owner_may_read_the_store(store: CRLStore) -> None:
    """It holds nothing secret, but nobody else may write what is believed."""
    assert store.path.stat().st_mode & 0o777 == 0o600


def _fill(path: Path, ders: list[bytes], key: bytes) -> None:
    with CRLStore(path) as own:
        for der in ders:
            try:
                own.add(load_crl(der, where="process"), signer=key, place="test", now=NOW)
            except CRLRefusedError:
                continue


def test_processes_share_the_store(tmp_path: Path) -> None:
    """Three processes that open, make and fill one store at once: the newest list is in it, whole."""
    path = tmp_path / "crls.sqlite"
    ders = [make_crl(MADE.issuing, [Entry(9)], number=number).der for number in range(1, 13)]
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_fill, args=(path, ders[start::3], _KEY)) for start in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * 3
    with CRLStore(path) as own:
        assert [(crl.number, crl.entry_for(9) is not None) for crl in own.list_crls()] == [(12, True)]
        assert own.rows("PRAGMA integrity_check") == [("ok",)]


def test_signers_beside_the_issuer_work_on_stored_lists(store: CRLStore) -> None:
    """The protocol is the same, so is the answer."""
    for party in (MADE.root, MADE.issuing):
        store.add(make_crl(party), signer=party.certificate.spki_der, place="test", now=NOW)
    answer = judge_revocation(
        MADE.signer.certificate,
        issuer=MADE.issuing.certificate,
        crls=store.list_crls(),
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
        signers=CRLSigners((MADE.issuing.certificate,), MADE.root.certificate),
    )
    assert isinstance(answer, Good)


def test_a_list_that_was_current_once_is_a_rollback_when_it_comes_again(store: CRLStore) -> None:
    """Also while the store still has it; in a folder that keeps old lists it is none."""
    old = make_crl(MADE.issuing, number=5)
    _add(store, old)
    _add(store, make_crl(MADE.issuing, number=6, this_update=NOW + SECOND, next_update=NOW + 2 * DAY))
    assert _refusal(store, old) == "crl-rollback"
    assert not store.add(old, signer=_KEY, place="folder", now=NOW, archived=True)

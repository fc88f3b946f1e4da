"""Lists that are refused as fork or rollback are the CA's word all the same: they revoke, and never vouch."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from agent.errors import UsageError
from agent.pki.crl import CertificateList, load_crl
from agent.pki.crl_entries import HOLD
from agent.pki.der import BIT_STRING, SEQUENCE, encode, parse_element
from agent.pki.revocation import Good, RevocationAnswer, Revoked, Undetermined, judge_revocation
from agent.service.crls.errors import CRLRefusedError
from agent.service.crls.files import list_in_force, synchronise_files
from agent.service.crls.store import CRLStore
from tests.crls.support import AUTHORITIES, MADE
from tests.pki.support import DAY, NOW, SECOND, Entry, make_crl

_KEY = MADE.issuing.certificate.spki_der
_SERIAL = MADE.signer.certificate.serial
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> CRLStore:
    """Make an empty store."""
    return CRLStore(tmp_path / "crls.sqlite")


def _list(number: int | None, *reasons: str, this_update: datetime = NOW - DAY) -> CertificateList:
    """Make a list that names the signer for each reason given."""
    entries = [Entry(_SERIAL, NOW - 2 * DAY, reason) for reason in reasons]
    return make_crl(MADE.issuing, entries, number=number, this_update=this_update, next_update=NOW + DAY)


def _offer(store: CRLStore, *lists: CertificateList) -> list[str]:
    """Offer lists in turn; gives the codes of those refused."""
    codes = []
    for crl in lists:
        try:
            store.add(crl, signer=_KEY, place="test", now=NOW)
        except CRLRefusedError as refusal:
            codes.append(refusal.code)
    return codes


def _judge(crls: Iterable[object], doubt: str = "") -> RevocationAnswer:
    return judge_revocation(
        MADE.signer.certificate,
        issuer=MADE.issuing.certificate,
        crls=crls,  # type: ignore[arg-type]
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
        doubt=doubt,
    )


@pytest.mark.parametrize(
    ("number", "code"), [(11, "crl-fork"), (1, "crl-rollback"), (None, "crl-rollback")], ids=str
)
@pytest.mark.parametrize("reason", ["keyCompromise", HOLD])
def test_a_refused_list_with_a_later_this_update_revokes(
    store: CRLStore, number: int | None, code: str, reason: str
) -> None:
    """For good or on hold, whatever its number; also once the store is opened anew."""
    assert _offer(store, _list(11), _list(number, reason, this_update=NOW - _HOUR)) == [code]
    answer = _judge(store.list_crls())
    assert isinstance(answer, Revoked)
    assert answer.reason == reason
    assert isinstance(_judge(CRLStore(store.path).list_crls()), Revoked)


def test_an_old_list_replayed_stops_nobody(store: CRLStore) -> None:
    """A clean one, or one with a hold that has ended since, is not even kept; a revocation in it stands."""
    old = NOW - DAY - SECOND
    assert _offer(store, _list(11), _list(10, this_update=old), _list(9, HOLD, this_update=old)) == [
        "crl-rollback",
        "crl-rollback",
    ]
    assert isinstance(_judge(store.list_crls()), Good)
    assert len(store.list_crls()) == 1
    _offer(store, _list(8, "keyCompromise", this_update=old))
    assert isinstance(_judge(store.list_crls()), Revoked)


def test_what_was_put_aside_lifts_and_vouches_for_nothing(store: CRLStore) -> None:
    """A newer-looking list that omits a hold does not end it, and a clean one does not take over."""
    _offer(store, _list(11, HOLD), _list(1, this_update=NOW - _HOUR))
    assert isinstance(_judge(store.list_crls()), Revoked)
    put_aside = _list(3, "keyCompromise", this_update=NOW - _HOUR)
    _offer(store, put_aside)
    assert [crl.refused for crl in store.list_crls()] == ["", "crl-rollback"]


def test_a_fork_leaves_good_undetermined_until_a_newer_number(store: CRLStore) -> None:
    """Both lists are the evidence; the newer one settles it, and a revocation in either stands."""
    first, second = _list(11), _list(11, this_update=NOW - _HOUR)
    assert _offer(store, first, second) == ["crl-fork"]
    answer = _judge(store.list_crls())
    assert isinstance(answer, Undetermined)
    assert (answer.code, {item.sha256 for item in answer.evidence}) == (
        "crl-fork",
        {first.sha256.hex(), second.sha256.hex()},
    )
    assert _offer(store, first, second) == ["crl-fork"]
    assert _offer(store, _list(12, this_update=NOW - SECOND)) == []
    assert isinstance(_judge(store.list_crls()), Good)
    assert len(store.list_crls()) == 1


def test_a_revocation_in_a_fork_outlives_its_settlement(store: CRLStore) -> None:
    """The list that settles the fork omits the certificate."""
    _offer(store, _list(11), _list(11, "keyCompromise"), _list(12, this_update=NOW - SECOND))
    answer = _judge(store.list_crls())
    assert isinstance(answer, Revoked)
    assert answer.is_omitted


def test_a_fork_among_lists_in_memory_is_seen_too() -> None:
    """Without a store: two lists of one number, and two deltas of one number."""
    first, second = _list(11), _list(11, this_update=NOW - _HOUR)
    answer = _judge((first, second))
    assert isinstance(answer, Undetermined)
    assert answer.code == "crl-fork"
    assert isinstance(_judge((_list(12), first, second)), Good)
    assert isinstance(_judge((_list(10), first, second)), Undetermined)


def test_a_revocation_does_not_end_by_way_of_a_hold(store: CRLStore) -> None:
    """keyCompromise, then certificateHold, then nothing: revoked all along, for keyCompromise."""
    for number, reasons in ((10, ("keyCompromise",)), (11, (HOLD,)), (12, ())):
        assert _offer(store, _list(number, *reasons, this_update=NOW - DAY + number * SECOND)) == []
        answer = _judge(store.list_crls())
        assert isinstance(answer, Revoked)
        assert answer.reason == "keyCompromise"


def _rewrite_signature(crl: CertificateList) -> CertificateList:
    """Write the ECDSA signature in other octets that are as valid: anybody can."""
    tbs, algorithm, value = parse_element(crl.der).children()
    r, s = decode_dss_signature(value.contents[1:])
    other = encode(BIT_STRING, b"\0" + encode_dss_signature(r, _P256_ORDER - s))
    return load_crl(encode(SEQUENCE, tbs.encoded + algorithm.encoded + other), where="rewritten")


def test_another_signature_makes_no_other_list(store: CRLStore, tmp_path: Path) -> None:
    """Neither in the store nor in memory; a file that holds the rewritten one is in force."""
    crl = _list(11)
    rewritten = _rewrite_signature(crl)
    assert (rewritten.is_signed_by(_KEY), rewritten.sha256 == crl.sha256) == (True, False)
    assert _offer(store, crl, rewritten) == []
    assert [item.sha256 for item in store.list_crls()] == [crl.sha256]
    assert isinstance(_judge((crl, rewritten)), Good)
    file = tmp_path / "rewritten.crl"
    file.write_bytes(rewritten.der)
    synchronised = synchronise_files(store, [file], AUTHORITIES, NOW)
    assert (synchronised.notes, len(list_in_force(store, synchronised))) == ((), 1)


def test_a_doubt_lets_lists_revoke_and_not_vouch() -> None:
    """What is not at hand might have revoked."""
    answer = _judge((_list(11),), doubt="crl-store-unusable")
    assert isinstance(answer, Undetermined)
    assert answer.code == "crl-store-unusable"
    assert isinstance(_judge((_list(11, "keyCompromise"),), doubt="crl-store-unusable"), Revoked)


def test_a_list_whose_entries_cannot_be_read_leaves_undetermined(store: CRLStore) -> None:
    """The store's table of entries is gone: not revoked is not shown."""
    _offer(store, _list(11))
    lists = store.list_crls()
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute("DROP TABLE bucket")
    connection.close()
    answer = _judge(CRLStore(store.path).list_crls())
    assert (isinstance(answer, Undetermined), len(lists)) == (True, 1)
    assert answer.code == "crl-store-unusable"  # type: ignore[union-attr]


def test_a_store_that_cannot_be_written_vouches_for_nothing_it_did_not_take_in(
    store: CRLStore, tmp_path: Path
) -> None:
    """A disk that fills up while a file comes in: the file does not count as read, then or later."""
    file = tmp_path / "issuing.crl"
    file.write_bytes(_list(11).der)
    synchronise_files(store, [file], AUTHORITIES, NOW)
    file.write_bytes(_list(12, "keyCompromise", this_update=NOW - _HOUR).der)
    store.connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON document BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    for _ in range(2):
        with pytest.raises(UsageError) as caught:
            synchronise_files(store, [file], AUTHORITIES, NOW)
        assert caught.value.code == "crl-store-unusable"
    store.connection.execute("DROP TRIGGER full")
    synchronised = synchronise_files(store, [file], AUTHORITIES, NOW)
    assert isinstance(_judge(list_in_force(store, synchronised)), Revoked)


def test_a_source_that_names_a_list_the_store_has_not_is_read_again(store: CRLStore, tmp_path: Path) -> None:
    """A record alone vouches for nothing."""
    file = tmp_path / "issuing.crl"
    file.write_bytes(_list(11, "keyCompromise").der)
    synchronise_files(store, [file], AUTHORITIES, NOW)
    store.write("DELETE FROM crl", ())
    synchronised = synchronise_files(store, [file], AUTHORITIES, NOW)
    assert isinstance(_judge(list_in_force(store, synchronised)), Revoked)


def test_a_file_whose_name_is_no_text_is_taken_in(store: CRLStore, tmp_path: Path) -> None:
    """Octets that are no UTF-8: once, found again, and forgotten when it goes."""
    file = tmp_path / "back\\slash\udcff.crl"
    file.write_bytes(_list(11, "keyCompromise").der)
    for _ in range(2):
        synchronised = synchronise_files(store, [tmp_path / "nowhere", file], AUTHORITIES, NOW)
        assert isinstance(_judge(list_in_force(store, synchronised)), Revoked)
    synchronise_files(store, [], AUTHORITIES, NOW)
    assert len(store.list_sources()) == 1
    file.unlink()
    synchronise_files(store, [], AUTHORITIES, NOW)
    assert store.list_sources() == ()

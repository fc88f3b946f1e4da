"""The three answers about revocation: several lists, and lists that are set aside."""

import pytest
from cryptography import x509

from agent.pki.revocation import (
    Good,
    Revoked,
    Undetermined,
)
from tests.pki.support import (
    DAY,
    NOW,
    SECOND,
    Entry,
    code_of,
    evidence_of,
    judge_signer,
    make_crl,
    make_hierarchy,
    make_key,
    replace_in_crl,
)

_MADE = make_hierarchy()
_SIGNER, _ISSUING = _MADE.signer.certificate, _MADE.issuing
_SERIAL = _SIGNER.serial
_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.8"), b"\x05\x00")


def test_unknown_critical_extensions_silence_a_list() -> None:
    """On the list, or on an entry of any certificate (RFC 5280 clauses 5.2 and 5.3)."""
    on_list = make_crl(_ISSUING, extensions=[(_UNKNOWN, True)])
    on_entry = make_crl(_ISSUING, [Entry(5, extensions=(_UNKNOWN,))])
    assert [code_of(judge_signer(crl)) for crl in (on_list, on_entry)] == ["crl-extension-unknown"] * 2


def test_a_silenced_list_that_names_the_certificate_lets_no_other_vouch() -> None:
    """What is not understood is not ignored when it speaks of this certificate."""
    older = make_crl(_ISSUING, number=0, this_update=NOW - 2 * DAY)
    naming = make_crl(_ISSUING, [Entry(_SERIAL, reason="keyCompromise")], extensions=[(_UNKNOWN, True)])
    assert code_of(judge_signer(older, naming)) == "crl-extension-unknown"
    assert isinstance(judge_signer(older, make_crl(_ISSUING, extensions=[(_UNKNOWN, True)])), Good)


def test_a_delta_list_alone_determines_nothing() -> None:
    """Without its base it vouches for nothing; one that names the certificate lets no other list vouch."""
    delta = (x509.DeltaCRLIndicator(5), True)
    complete = make_crl(_ISSUING)
    assert code_of(judge_signer(make_crl(_ISSUING, extensions=[delta], number=6))) == "crl-delta"
    assert isinstance(judge_signer(complete, make_crl(_ISSUING, extensions=[delta], number=6)), Good)
    naming = make_crl(_ISSUING, [Entry(_SERIAL, reason="keyCompromise")], extensions=[delta], number=6)
    assert code_of(judge_signer(complete, naming)) == "crl-delta"


@pytest.mark.parametrize("reason", ["certificateHold", "removeFromCRL"])
def test_a_newer_complete_list_supersedes_a_delta_about_a_hold(reason: str) -> None:
    """The delta's hold, or its end, is in every complete list issued after it."""
    delta = (x509.DeltaCRLIndicator(1), True)
    old = make_crl(_ISSUING, [Entry(_SERIAL, reason=reason)], extensions=[delta], this_update=NOW - 2 * DAY)
    assert isinstance(judge_signer(old, make_crl(_ISSUING, number=2)), Good)


def test_remove_from_crl_has_no_place_in_a_complete_list() -> None:
    """RFC 5280 clause 5.3.1: the list is not understood, and vouches for nothing."""
    assert (
        code_of(judge_signer(make_crl(_ISSUING, [Entry(_SERIAL, reason="removeFromCRL")])))
        == "crl-entry-invalid"
    )


def test_a_reason_that_is_no_reason_determines_nothing() -> None:
    """An entry with the unused reason code 7 names the certificate, and cannot be read."""
    named = make_crl(_ISSUING, [Entry(_SERIAL, reason="superseded")])
    crl = replace_in_crl(named, _ISSUING.key, bytes.fromhex("0a0104"), bytes.fromhex("0a0107"))
    assert code_of(judge_signer(crl)) == "crl-entry-invalid"
    assert code_of(judge_signer(crl, make_crl(_ISSUING, number=2, this_update=NOW))) == "crl-entry-invalid"


def test_a_hold_ends_with_a_newer_list_that_omits_it() -> None:
    """Released: the newer list vouches; before that list was issued, the hold stands."""
    held = make_crl(_ISSUING, [Entry(_SERIAL, NOW - 5 * DAY, "certificateHold")], this_update=NOW - 5 * DAY)
    released = make_crl(_ISSUING, number=2)
    assert judge_signer(held, released) == Good(evidence_of(released))
    assert isinstance(judge_signer(held, released, at=released.this_update - SECOND), Revoked)
    assert code_of(judge_signer(held, released, at=NOW + 9 * DAY)) == "crl-stale"


def test_an_older_list_does_not_end_a_hold() -> None:
    """A list from before the hold, fresh or not, knows nothing of it."""
    held = make_crl(_ISSUING, [Entry(_SERIAL, NOW - DAY, "certificateHold")], number=2)
    older = make_crl(_ISSUING, this_update=NOW - 2 * DAY, next_update=NOW + 9 * DAY)
    assert isinstance(judge_signer(held, older), Revoked)


def test_a_permanent_revocation_is_never_taken_back() -> None:
    """A newer list may omit what has expired; a genuine revocation in any list counts."""
    revoked = make_crl(_ISSUING, [Entry(_SERIAL, reason="keyCompromise")], this_update=NOW - 5 * DAY)
    answer = judge_signer(revoked, make_crl(_ISSUING, number=2))
    assert answer == Revoked(NOW - 30 * DAY, "keyCompromise", evidence_of(revoked), is_omitted=True)


def test_a_permanent_revocation_is_told_before_a_hold() -> None:
    """A hold that became a revocation is the revocation."""
    held = make_crl(_ISSUING, [Entry(_SERIAL, NOW - 9 * DAY, "certificateHold")], this_update=NOW - 9 * DAY)
    final = make_crl(_ISSUING, [Entry(_SERIAL, NOW - 3 * DAY, "keyCompromise")], number=2)
    assert judge_signer(held, final) == Revoked(NOW - 3 * DAY, "keyCompromise", evidence_of(final))


def test_the_newest_of_several_vouches() -> None:
    """Of lists that all vouch, the newest is the evidence, in whatever order they come."""
    old, new = make_crl(_ISSUING, this_update=NOW - 2 * DAY), make_crl(_ISSUING, number=2)
    assert judge_signer(old, new) == judge_signer(new, old) == Good(evidence_of(new))


def test_the_nearest_reason_is_told() -> None:
    """With a stale list and a forged one, what the user can mend is the stale one."""
    stale = make_crl(_ISSUING, this_update=NOW - 3 * DAY, next_update=NOW - 2 * DAY)
    forged = make_crl(_ISSUING, key=make_key("forger"))
    answer = judge_signer(forged, stale)
    assert isinstance(answer, Undetermined)
    assert (answer.code, answer.evidence) == ("crl-stale", evidence_of(stale))

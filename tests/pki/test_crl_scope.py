"""What a CRL's issuing distribution point lets it say (RFC 5280 clauses 5.2.5 and 6.3.3 (b))."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from agent.pki.crl import CertificateList
from agent.pki.revocation import Good, RevocationAnswer, Revoked, Undetermined, judge_revocation
from tests.pki.support import (
    DAY,
    NOW,
    SIGNER_EXTENSIONS,
    Entry,
    Party,
    issuing_point,
    make_crl,
    make_hierarchy,
    make_name,
    make_party,
)

_MADE = make_hierarchy()
_HERE, _THERE = (
    x509.UniformResourceIdentifier("http://crl.invalid/1"),
    x509.UniformResourceIdentifier("http://crl.invalid/2"),
)
_FLAGS = [flag for flag in x509.ReasonFlags if flag.value not in {"unspecified", "removeFromCRL"}]


def _judge(party: Party, *crls: CertificateList) -> RevocationAnswer:
    """Judge a certificate of the issuing CA, or of the root for the CA itself."""
    issuer = _MADE.root if party is _MADE.issuing else _MADE.issuing
    return judge_revocation(
        party.certificate,
        issuer=issuer.certificate,
        crls=crls,
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )


def _scoped(*entries: Entry, number: int = 1, **fields: Any) -> CertificateList:
    """Make a list of the issuing CA with an issuing distribution point."""
    return make_crl(_MADE.issuing, entries, number=number, extensions=[(issuing_point(**fields), True)])


def _pointing(*points: x509.DistributionPoint) -> Party:
    """Make a signer whose certificate names distribution points."""
    extensions = [*SIGNER_EXTENSIONS, (x509.CRLDistributionPoints(points), False)]
    return make_party("TEST pointing", _MADE.issuing, extensions, serial=0x2002)


def _point(
    *names: x509.GeneralName,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    crl_issuer: list[x509.GeneralName] | None = None,
) -> x509.DistributionPoint:
    """Make a distribution point."""
    return x509.DistributionPoint(list(names) or None, None, reasons, crl_issuer)


def _code(answer: RevocationAnswer) -> str:
    """Give the code of an undetermined answer."""
    assert isinstance(answer, Undetermined), answer
    return answer.code


@pytest.mark.parametrize(
    ("field", "for_signer", "for_ca"),
    [
        ("only_contains_user_certs", True, False),
        ("only_contains_ca_certs", False, True),
        ("only_contains_attribute_certs", False, False),
    ],
)
def test_a_list_speaks_for_its_kind_of_certificate(field: str, for_signer: bool, for_ca: bool) -> None:
    """User, CA or attribute certificates only; the others are out of scope, not good."""
    point = [(issuing_point(**{field: True}), True)]
    below, above = (make_crl(issuer, extensions=point) for issuer in (_MADE.issuing, _MADE.root))
    answers = (_judge(_MADE.signer, below), _judge(_MADE.issuing, above))
    assert tuple(isinstance(answer, Good) for answer in answers) == (for_signer, for_ca)
    assert {_code(answer) for answer in answers if not isinstance(answer, Good)} <= {"crl-scope"}


def test_a_list_of_another_point_does_not_speak() -> None:
    """A certificate is covered by the list of a point that it names."""
    party = _pointing(_point(_HERE))
    assert isinstance(_judge(party, _scoped(full_name=[_THERE, _HERE])), Good)
    assert _code(_judge(party, _scoped(full_name=[_THERE]))) == "crl-scope"


def test_a_list_of_a_point_does_not_speak_for_a_certificate_without_one() -> None:
    """A certificate without points has the issuer's own name as its point, and no URI."""
    own_name = x509.DirectoryName(make_name("test  ISSUING"))
    assert _code(_judge(_MADE.signer, _scoped(full_name=[_HERE]))) == "crl-scope"
    assert isinstance(_judge(_MADE.signer, _scoped(full_name=[own_name])), Good)


def test_a_list_without_a_point_speaks_for_certificates_of_every_point() -> None:
    """A complete list covers them all."""
    assert isinstance(_judge(_pointing(_point(_HERE)), make_crl(_MADE.issuing)), Good)


def test_a_relative_point_name_completes_the_issuers() -> None:
    """NameRelativeToCRLIssuer is the issuer's name and one RDN more, on either side."""
    last = x509.NameAttribute(NameOID.COMMON_NAME, "CRL7")
    relative = x509.RelativeDistinguishedName([last])
    whole = x509.Name([*_MADE.issuing.certificate.library.subject, last])
    party = _pointing(_point(x509.DirectoryName(whole)))
    assert isinstance(_judge(party, _scoped(relative_name=relative)), Good)
    assert _code(_judge(_MADE.signer, _scoped(relative_name=relative))) == "crl-scope"


def test_a_point_of_another_crl_issuer_is_not_ours() -> None:
    """A cRLIssuer that is not the certificate's issuer belongs to an indirect CRL."""
    elsewhere = x509.DirectoryName(make_name("TEST other"))
    ours = x509.DirectoryName(make_name("TEST issuing"))
    foreign = _pointing(_point(_HERE, crl_issuer=[elsewhere]))
    assert _code(_judge(foreign, _scoped(full_name=[_HERE]))) == "crl-scope"
    named = _pointing(_point(crl_issuer=[ours]))
    assert isinstance(_judge(named, _scoped(full_name=[ours])), Good)


def test_an_indirect_list_of_the_issuer_speaks_for_its_own_certificates() -> None:
    """Entries before any certificateIssuer are the CRL issuer's own (RFC 5280 clause 5.3.3)."""
    assert isinstance(_judge(_MADE.signer, _scoped(indirect_crl=True)), Good)
    naming = _scoped(Entry(_MADE.signer.certificate.serial), indirect_crl=True, number=2)
    assert isinstance(_judge(_MADE.signer, make_crl(_MADE.issuing), naming), Revoked)


def test_some_reasons_are_not_all() -> None:
    """A list of some reasons revokes for them, and alone does not vouch."""
    some = frozenset(_FLAGS[:3])
    party = _MADE.signer
    entry = Entry(party.certificate.serial, reason="keyCompromise")
    assert _code(_judge(party, _scoped(only_some_reasons=some))) == "crl-reasons-partial"
    assert isinstance(_judge(party, _scoped(entry, only_some_reasons=some)), Revoked)


def test_lists_that_divide_all_reasons_vouch_together() -> None:
    """All reasons covered by fresh lists: GOOD on the evidence of both."""
    first = _scoped(only_some_reasons=frozenset(_FLAGS[:3]))
    second = _scoped(only_some_reasons=frozenset(_FLAGS[3:]), number=2)
    answer = _judge(_MADE.signer, first, second)
    assert isinstance(answer, Good)
    assert {item.sha256 for item in answer.evidence} == {first.sha256.hex(), second.sha256.hex()}


def test_a_list_of_other_reasons_does_not_end_a_hold() -> None:
    """Only a list that covers certificateHold can tell that a hold is over."""
    held = make_crl(
        _MADE.issuing,
        [Entry(_MADE.signer.certificate.serial, reason="certificateHold")],
        this_update=NOW - 2 * DAY,
    )
    others = frozenset(flag for flag in _FLAGS if flag is not x509.ReasonFlags.certificate_hold)
    assert isinstance(_judge(_MADE.signer, held, _scoped(only_some_reasons=others, number=2)), Revoked)


def test_reasons_of_a_point_bound_those_of_its_list() -> None:
    """A point that is for some reasons makes its list speak for no more."""
    party = _pointing(_point(_HERE, reasons=frozenset(_FLAGS[:2])), _point(_THERE))
    assert _code(_judge(party, _scoped(full_name=[_HERE]))) == "crl-reasons-partial"
    assert isinstance(_judge(party, _scoped(full_name=[_THERE])), Good)


def test_a_ca_is_judged_by_the_list_above_it() -> None:
    """The root's list revokes the issuing CA."""
    crl = make_crl(_MADE.root, [Entry(_MADE.issuing.certificate.serial, reason="cACompromise")])
    assert isinstance(_judge(_MADE.issuing, crl), Revoked)

"""Rules about a signer's certificate."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.config.policy import default_policy
from agent.findings import Level
from agent.pki.trust import TrustStore
from agent.policy.collecting import collect_certificate_facts
from agent.policy.engine import judge_certificate
from agent.policy.facts import CertificateFacts
from agent.roles import Role
from agent.verdicts import SubIndication
from tests.policy.conftest import CertificateFactsOf
from tests.support.signer import NOW, SoftwareLab

_SECOND = timedelta(seconds=1)


def _found(facts: CertificateFacts) -> list[tuple[str, Level, SubIndication | None]]:
    return [
        (problem.finding.code, problem.finding.level, problem.sub_indication)
        for problem in judge_certificate(facts)
    ]


def test_a_good_certificate_has_no_findings(certificate_facts: CertificateFactsOf) -> None:
    """Nothing is said when there is nothing to say."""
    assert _found(certificate_facts()) == []


@pytest.mark.parametrize(
    ("edge", "offset", "sub_indication"),
    [
        ("not_before", -_SECOND, SubIndication.NOT_YET_VALID),
        ("not_before", timedelta(0), None),
        ("not_after", timedelta(0), None),
        ("not_after", _SECOND, SubIndication.OUT_OF_BOUNDS_NO_POE),
    ],
)
def test_validity_is_inclusive_to_the_second(
    lab: SoftwareLab,
    certificate_facts: CertificateFactsOf,
    edge: str,
    offset: timedelta,
    sub_indication: SubIndication | None,
) -> None:
    """NotBefore and notAfter are themselves inside; a second beyond is outside (RFC 5280 4.1.2.5)."""
    certificate = lab.signers[Role.MANUFACTURER].certificate
    settings = replace(default_policy(), expiry_warning=timedelta(0))
    facts = certificate_facts(at=getattr(certificate, edge) + offset, settings=settings)
    refused = [
        item for item in _found(facts) if item[1] is Level.REFUSE and item[0] == "certificate-validity"
    ]
    expected = [("certificate-validity", Level.REFUSE, sub_indication)] if sub_indication else []
    assert refused == expected


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [(timedelta(days=30, seconds=1), []), (timedelta(days=30), [("certificate-validity", Level.WARN, None)])],
)
def test_expiry_is_announced_ahead(
    lab: SoftwareLab,
    certificate_facts: CertificateFactsOf,
    remaining: timedelta,
    expected: list[tuple[str, Level, None]],
) -> None:
    """Thirty days before notAfter the warnings begin, and warn only."""
    certificate = lab.signers[Role.MANUFACTURER].certificate
    assert _found(certificate_facts(at=certificate.not_after - remaining)) == expected


@pytest.mark.parametrize(
    ("remaining", "refuses"), [(timedelta(days=10), False), (timedelta(days=10) - _SECOND, True)]
)
def test_minimum_remaining_life(
    lab: SoftwareLab, certificate_facts: CertificateFactsOf, remaining: timedelta, refuses: bool
) -> None:
    """Below the configured minimum the key is refused although the certificate is still valid."""
    certificate = lab.signers[Role.MANUFACTURER].certificate
    settings = replace(default_policy(), minimum_remaining=timedelta(days=10))
    facts = certificate_facts(at=certificate.not_after - remaining, settings=settings)
    assert any(level is Level.REFUSE for _, level, _ in _found(facts)) is refuses


def test_no_path_is_indeterminate(lab: SoftwareLab) -> None:
    """Without the anchor there is no path, and revocation is not even asked for."""
    facts = collect_certificate_facts(
        lab.signers[Role.MANUFACTURER].certificate,
        claimed_role=Role.MANUFACTURER,
        issuers=(),
        trust=TrustStore((lab.authority.root_certificate,), (), ()),
        settings=default_policy(),
        at=NOW,
    )
    assert _found(facts) == [("certification-path", Level.REFUSE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)]


def test_no_crl_refuses(lab: SoftwareLab) -> None:
    """Undetermined refuses, for the end entity and for its issuer each."""
    facts = collect_certificate_facts(
        lab.signers[Role.MANUFACTURER].certificate,
        claimed_role=Role.MANUFACTURER,
        issuers=(lab.authority.issuing_certificate,),
        trust=TrustStore((lab.authority.root_certificate,), (), ()),
        settings=default_policy(),
        at=NOW,
    )
    assert _found(facts) == [("revocation", Level.REFUSE, SubIndication.TRY_LATER)] * 2


def test_a_time_before_the_crls_wants_other_crls_than_the_current_ones(lab: SoftwareLab) -> None:
    """Whoever judges a time in the past is told so, and not to fetch what they have."""
    certificate = lab.signers[Role.MANUFACTURER].certificate
    hints = []
    for trust in (lab.judge(NOW).trust, replace(lab.judge(NOW).trust, crls=())):
        facts = collect_certificate_facts(
            certificate,
            claimed_role=Role.MANUFACTURER,
            issuers=(lab.authority.issuing_certificate,),
            trust=trust,
            settings=default_policy(),
            at=NOW - timedelta(hours=2),
        )
        hints += [item.finding.hint for item in judge_certificate(facts) if item.finding.code == "revocation"]
    assert [("--at" in hint, "current CRL" in hint) for hint in hints] == [(True, False)] * 2 + [
        (False, True)
    ] * 2


def test_a_role_code_that_may_not_claim_the_role(certificate_facts: CertificateFactsOf) -> None:
    """Where the policy lists role codes, only those may claim the role."""
    for codes, expected in (
        ({"02"}, []),
        ({"7F"}, [("signer-party", Level.REFUSE, SubIndication.SIG_CONSTRAINTS_FAILURE)]),
    ):
        settings = replace(default_policy(), roles={Role.MANUFACTURER: frozenset(codes)})
        assert _found(certificate_facts(settings=settings)) == expected


def test_a_curve_that_is_not_listed(certificate_facts: CertificateFactsOf) -> None:
    """A key on a curve that the policy does not list is refused, whatever its strength."""
    settings = replace(default_policy(), curves=("ec-p384",))
    expected = [("algorithm", Level.REFUSE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)]
    assert _found(certificate_facts(settings=settings)) == expected


@pytest.mark.parametrize(
    ("usage", "refuses"),
    [
        (None, True),
        (frozenset({"keyAgreement"}), True),
        (frozenset({"digitalSignature"}), False),
        (frozenset({"contentCommitment"}), False),
    ],
)
def test_key_usage(
    lab: SoftwareLab, certificate_facts: CertificateFactsOf, usage: frozenset[str] | None, refuses: bool
) -> None:
    """Either of the two signing usages will do; without the extension nobody said what the key is for."""
    facts = certificate_facts()
    changed = replace(facts, certificate=replace(facts.certificate, key_usage=usage))
    assert ("key-usage" in [code for code, _, _ in _found(changed)]) is refuses


@pytest.mark.parametrize(
    ("required", "refused"),
    [((), 0), (("2.999.168.1",), 0), (("2.999.168.2", "2.999.168.1"), 0), (("2.999.7",), 1)],
)
def test_required_policies(
    certificate_facts: CertificateFactsOf, required: tuple[str, ...], refused: int
) -> None:
    """Where the policy file requires certificate policies, the path is valid for one (RFC 5280 6.1.1 e)."""
    settings = replace(default_policy(), required_policies=required)
    failure = ("certification-path", Level.REFUSE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
    assert _found(certificate_facts(settings=settings)) == [failure] * refused


def test_a_certification_authority_signs_no_document(
    lab: SoftwareLab, certificate_facts: CertificateFactsOf
) -> None:
    """A CA's own certificate is refused although it has a path."""
    facts = certificate_facts(certificate=lab.authority.issuing_certificate)
    assert "certification-path" in [code for code, _, _ in _found(facts)]


_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ((None, None), None),
        ((NOW, NOW), None),
        ((NOW - _HOUR, NOW + _SECOND), None),
        ((NOW + _SECOND, NOW + _HOUR), SubIndication.NOT_YET_VALID),
        ((NOW - _HOUR, NOW - _SECOND), SubIndication.OUT_OF_BOUNDS_NO_POE),
        ((None, NOW - _SECOND), SubIndication.OUT_OF_BOUNDS_NO_POE),
        ((NOW + _SECOND, None), SubIndication.NOT_YET_VALID),
    ],
)
def test_the_private_key_has_a_period_of_its_own(
    certificate_facts: CertificateFactsOf,
    period: tuple[datetime | None, datetime | None],
    expected: SubIndication | None,
) -> None:
    """Both ends of privateKeyUsagePeriod are inside, and either may be open (RFC 3280 4.2.1.4)."""
    facts = certificate_facts()
    changed = replace(facts, certificate=replace(facts.certificate, private_key_usage_period=period))
    failure = [("certificate-validity", Level.REFUSE, expected)] if expected else []
    assert _found(changed) == failure


_ANY_PURPOSE = "2.5.29.37.0"


@pytest.mark.parametrize(
    ("required", "named", "refused"),
    [
        ((), None, False),
        (("1.2.3",), None, True),
        (("1.2.3",), frozenset({"1.2.3", "1.2.4"}), False),
        (("1.2.5", "1.2.3"), frozenset({"1.2.3"}), False),
        (("1.2.3",), frozenset({"1.2.4"}), True),
        (("1.2.3",), frozenset({_ANY_PURPOSE}), True),
    ],
)
def test_required_extended_key_usages(
    certificate_facts: CertificateFactsOf,
    required: tuple[str, ...],
    named: frozenset[str] | None,
    refused: bool,
) -> None:
    """Where the policy asks for purposes, the signer's certificate names one of them; any is not one."""
    facts = certificate_facts(settings=replace(default_policy(), required_extended_key_usages=required))
    changed = replace(facts, certificate=replace(facts.certificate, extended_key_usage=named))
    failure = ("certification-path", Level.REFUSE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
    assert _found(changed) == ([failure] if refused else [])

"""Facts about a signer that every rule agrees to, to be changed one at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from agent.config.access import KeyAccess
from agent.config.policy import PolicySettings, default_policy
from agent.formats.records import DocumentRecord
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.pki.names import UNIQUE_IDENTIFIER
from agent.policy.collecting import collect_certificate_facts
from agent.policy.facts import AccessFacts, CertificateFacts, SigningFacts
from agent.roles import Role
from tests.support.signer import NOW, SoftwareLab, make_software_lab

CertificateFactsOf = Callable[..., CertificateFacts]
SigningFactsOf = Callable[..., SigningFacts]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> SoftwareLab:
    """Signers of all roles with P-256 keys in memory."""
    return make_software_lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="session")
def other_lab(tmp_path_factory: pytest.TempPathFactory) -> SoftwareLab:
    """Signers with the same names under a CA with the same names, but other keys."""
    return make_software_lab(tmp_path_factory.mktemp("other-lab"))


@pytest.fixture(scope="session")
def lookalike(lab: SoftwareLab) -> SigningCertificate:
    """The supplier's certificate as if it had the manufacturer's EUI-64."""
    first = lab.signers[Role.MANUFACTURER].certificate
    second = lab.signers[Role.SUPPLIER].certificate
    (taken,) = first.subject_name.attributes(UNIQUE_IDENTIFIER)
    rdns = tuple(
        tuple(taken if item.oid == UNIQUE_IDENTIFIER else item for item in rdn)
        for rdn in second.subject_name.rdns
    )
    return replace(second, subject_name=replace(second.subject_name, rdns=rdns))


@pytest.fixture
def certificate_facts(lab: SoftwareLab) -> CertificateFactsOf:
    """Collect the facts about the manufacturer's certificate, with CRLs in force at `at`."""

    def build(
        *,
        at: datetime = NOW,
        settings: PolicySettings | None = None,
        certificate: SigningCertificate | None = None,
    ) -> CertificateFacts:
        return collect_certificate_facts(
            certificate or lab.signers[Role.MANUFACTURER].certificate,
            claimed_role=Role.MANUFACTURER,
            issuers=(lab.authority.issuing_certificate,),
            trust=lab.judge(at).trust,
            settings=settings or default_policy(),
            at=at,
        )

    return build


def make_access(**changes: Any) -> AccessFacts:
    """Make the facts about a use of the key that nothing speaks against, with changes."""
    facts = AccessFacts(
        operation=Operation.SIGN,
        signer="manufacturer",
        requester="ann",
        uid=1000,
        at=NOW,
        access=KeyAccess(),
        usages=(),
        newest_seen=None,
        settings=default_policy(),
    )
    return replace(facts, **changes)


@pytest.fixture
def signing_facts(lab: SoftwareLab, certificate_facts: CertificateFactsOf) -> SigningFactsOf:
    """Collect the facts of a signing operation on an unrecognised workbook, with changes."""

    def build(**changes: Any) -> SigningFacts:
        facts = SigningFacts(
            operation=Operation.SIGN,
            role=Role.MANUFACTURER,
            signer=certificate_facts(),
            access=make_access(),
            token_public_key=lab.signers[Role.MANUFACTURER].certificate.spki_der,
            record=DocumentRecord(()),
            signatures=(),
            form=None,
            observations=(),
        )
        return replace(facts, **changes)

    return build

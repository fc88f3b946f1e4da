"""A signer's certificate judged at an instant: path, revocation, then every rule about it."""

from collections.abc import Iterable
from datetime import datetime

from agent.config.policy import PolicySettings
from agent.pki.certificate import SigningCertificate
from agent.pki.path import CertificationPath, PathError, find_path
from agent.pki.revocation import CRLEvidence, judge_revocation
from agent.pki.trust import TrustStore
from agent.policy.facts import CertificateFacts, RevocationState


def collect_certificate_facts(
    certificate: SigningCertificate,
    *,
    claimed_role: str,
    issuers: Iterable[SigningCertificate],
    trust: TrustStore,
    settings: PolicySettings,
    at: datetime,
) -> CertificateFacts:
    """Collect what is known of a certificate; `issuers` came with the signature and are untrusted."""
    path: CertificationPath | None = None
    path_error: PathError | None = None
    try:
        path = find_path(
            certificate, intermediates=(*trust.intermediates, *issuers), anchors=trust.anchors, at=at
        )
    except PathError as error:
        path_error = error
    return CertificateFacts(
        certificate=certificate,
        claimed_role=claimed_role,
        at=at,
        path=path,
        path_error=path_error,
        revocation=_judge_path(path, trust, settings, at),
        settings=settings,
    )


def _judge_path(
    path: CertificationPath | None, trust: TrustStore, settings: PolicySettings, at: datetime
) -> tuple[RevocationState, ...]:
    return tuple(
        RevocationState(
            certificate,
            judge_revocation(
                certificate,
                issuer=issuer,
                crls=trust.crls,
                at=at,
                tolerance=settings.crl_grace,
                maximum_age=settings.crl_maximum_age,
            ),
        )
        for certificate, issuer in (path.issued if path else ())
    )


def list_evidence(facts: CertificateFacts) -> tuple[CRLEvidence, ...]:
    """List the CRLs that the revocation states rest on, each once."""
    return tuple(dict.fromkeys(item for state in facts.revocation for item in state.answer.evidence))


def included_issuers(facts: CertificateFacts) -> tuple[SigningCertificate, ...]:
    """List the CAs to put into a signature: nearest first, without the anchor."""
    return facts.path.certificates[1:-1] if facts.path else ()

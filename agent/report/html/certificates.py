"""The certificates of one signature, from the signer's up to the trust anchor, with what is known of each."""

from collections.abc import Iterator

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.pem import to_pem
from agent.pki.revocation import Good
from agent.policy.facts import CertificateFacts
from agent.policy.verdict import SignatureVerdict
from agent.report.html.words import spell_instant, word_revocation


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate."""

    what: str
    """`signer`, `CA` or `trust anchor`."""
    name: str
    subject: str
    issuer: str
    serial: str
    key: str
    valid_from: str
    valid_until: str
    revocation: str
    is_sound: bool
    """Inside its validity, and not refused for its revocation."""
    sha256: str
    pem: str


def list_certificates(signature: SignatureVerdict) -> tuple[CertificateView, ...]:
    """List the signer's certificate first; it stands alone when there is no valid path."""
    if signature.facts is None:
        return ()
    return tuple(_views(signature.facts))


def _views(facts: CertificateFacts) -> Iterator[CertificateView]:
    answers = {state.certificate: state for state in facts.revocation}
    members = facts.path.certificates if facts.path else (facts.certificate,)
    for depth, certificate in enumerate(members):
        is_anchor = facts.path is not None and depth == len(members) - 1
        state = answers.get(certificate)
        if is_anchor:
            revocation, is_unrevoked = "trusted by configuration", True
        elif state is None:
            revocation, is_unrevoked = "revocation not looked at: there is no valid path", False
        else:
            revocation, is_unrevoked = word_revocation(state.answer), isinstance(state.answer, Good)
            if state.since is not None:
                revocation += f"; since then {word_revocation(state.since)}"
        what = "trust anchor" if is_anchor else ("CA" if depth else "signer")
        is_current = certificate.not_before <= facts.at <= certificate.not_after
        yield _view(certificate, what, revocation, is_sound=is_unrevoked and is_current)


def _view(certificate: SigningCertificate, what: str, revocation: str, *, is_sound: bool) -> CertificateView:
    return CertificateView(
        what=what,
        name=certificate.display_name,
        subject=certificate.subject,
        issuer=certificate.issuer,
        serial=certificate.serial_hex,
        key=certificate.key_kind,
        valid_from=spell_instant(certificate.not_before),
        valid_until=spell_instant(certificate.not_after),
        revocation=revocation,
        is_sound=is_sound,
        sha256=certificate.sha256.hex(),
        pem=to_pem("CERTIFICATE", certificate.der).decode(),
    )

"""The signatures of a document: who, for what role, when, and what each of them rests on."""

from collections.abc import Iterator, Sequence

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.revocation import CRLEvidence
from agent.policy.verdict import SignatureVerdict
from agent.report.html.certificates import CertificateView, list_certificates
from agent.report.html.pictures import ChainPicture, draw_chain
from agent.report.html.words import VERDICTS, explain, spell_instant


@dataclass(frozen=True, slots=True)
class CRLView:
    """A CRL that was relied on."""

    issuer: str
    number: str
    this_update: str
    next_update: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SignatureView:
    """One signature."""

    number: int
    role: str
    name: str
    identity: tuple[tuple[str, str], ...]
    """Pairs of what and value: organisation, role code, EUI-64, serial number."""
    indication: str
    """The main indication as ETSI writes it: for styles and for programs."""
    verdict: str
    reason: str
    times: tuple[tuple[str, str], ...]
    """Pairs of a label and a spelled instant."""
    part: str
    algorithm: str
    comments: str
    countersigns: tuple[int, ...]
    """Numbers of the signatures that it takes in."""
    certificates: tuple[CertificateView, ...]
    chain: ChainPicture | None
    no_path: str
    """Why there is no valid path; empty when there is one."""
    crls: tuple[CRLView, ...]


def list_signatures(signatures: Sequence[SignatureVerdict]) -> tuple[SignatureView, ...]:
    """List the signatures in their order, numbered from 1."""
    numbers = {signature.record.part: number for number, signature in enumerate(signatures, 1)}
    return tuple(_view(signature, numbers) for signature in signatures)


def _view(signature: SignatureVerdict, numbers: dict[str, int]) -> SignatureView:
    record, facts = signature.record, signature.facts
    certificates = list_certificates(signature)
    certificate = record.certificate
    return SignatureView(
        number=numbers[record.part],
        role=record.claimed_role or "no role",
        name=certificate.display_name if certificate else "Unknown signer",
        identity=tuple(_identity(certificate)) if certificate else (),
        indication=signature.verdict.indication.value,
        verdict=VERDICTS[signature.verdict.indication],
        reason=explain(signature.verdict),
        times=tuple(_times(signature)),
        part=record.part,
        algorithm=record.algorithm or "none",
        comments=record.comments,
        countersigns=tuple(numbers[part] for part in record.countersigns if part in numbers),
        certificates=certificates,
        chain=draw_chain(certificates) if certificates else None,
        no_path=facts.path_error.message if facts and facts.path_error else "",
        crls=tuple(map(_crl, signature.evidence)),
    )


def _identity(certificate: SigningCertificate) -> Iterator[tuple[str, str]]:
    pairs = (
        ("Organisation", certificate.organisation),
        ("Remote Party Role Code", certificate.role_code),
        ("EUI-64", certificate.entity_identifier),
        ("Serial number", certificate.serial_hex),
    )
    return (pair for pair in pairs if pair[1])


def _times(signature: SignatureVerdict) -> Iterator[tuple[str, str]]:
    """Say which time is claimed, which is proven and by whom, and which one was judged at."""
    record, proven = signature.record, signature.proven
    if record.claimed_time:
        yield "Claims to have signed", spell_instant(record.claimed_time)
    if proven:
        through = "" if proven.part == record.part else f", through {proven.part}, which takes it in"
        authority = proven.authority.display_name
        yield (
            "Proven to have been there",
            f"{spell_instant(proven.at)}, by a timestamp of {authority}{through}",
        )
    elif record.claimed_time:
        yield "Proven", "no: there is no timestamp that proves it"
    if signature.facts:
        yield "Judged as of", spell_instant(signature.facts.at)


def _crl(evidence: CRLEvidence) -> CRLView:
    return CRLView(
        issuer=evidence.issuer,
        number="none" if evidence.number is None else str(evidence.number),
        this_update=spell_instant(evidence.this_update),
        next_update=spell_instant(evidence.next_update) if evidence.next_update else "not given",
        sha256=evidence.sha256,
    )

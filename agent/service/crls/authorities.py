"""The configured CAs, and what they have signed; pure of any store."""

from collections.abc import Iterable

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import CertificateList, load_crls
from agent.pki.crl_signers import may_sign_crls
from agent.pki.path import PathError, find_path
from agent.service.crls.errors import CRLRefusedError


@dataclass(frozen=True, slots=True)
class Authorities:
    """The configured CAs, one of which must have signed a list."""

    anchors: tuple[SigningCertificate, ...]
    intermediates: tuple[SigningCertificate, ...]


def in_order(crls: Iterable[CertificateList]) -> list[CertificateList]:
    """Sort lists from old to new, so that an archive of them is no rollback."""
    return sorted(crls, key=lambda crl: (crl.this_update, -1 if crl.number is None else crl.number))


def find_signer(crl: CertificateList, authorities: Authorities) -> SigningCertificate:
    """Find the configured CA that signed a list.

    Raises:
        CRLRefusedError: `crl-issuer-unknown`, or `crl-signature-wrong`.

    """
    named = [
        certificate
        for certificate in (*authorities.anchors, *authorities.intermediates)
        if certificate.subject_name.comparable == crl.issuer_name.comparable and may_sign_crls(certificate)
    ]
    if not named:
        raise CRLRefusedError(
            "crl-issuer-unknown",
            f"{crl.where}: no configured CA is the issuer {crl.issuer}",
            hint="name the CA's certificate under [trust] intermediates",
        )
    for certificate in named:
        if crl.is_signed_by(certificate.spki_der) and _leads_to_anchor(certificate, authorities):
            return certificate
    raise CRLRefusedError(
        "crl-signature-wrong",
        f"{crl.where}: no configured CA {crl.issuer} that leads to an anchor signed this CRL",
        hint="get the CRL again; check [trust] intermediates for the CA's newest certificate",
    )


def load_body(data: bytes, *, where: str) -> tuple[CertificateList, ...]:
    """Load what came from a source, DER or PEM whatever it was called.

    Raises:
        DocumentError: `crl-page` for a web page, `crl-malformed` for anything else that is no CRL.

    """
    if data.lstrip(b"\xef\xbb\xbf\r\n\t ")[:1] == b"<":
        raise DocumentError(
            "crl-page",
            f"{where}: is a web page, not a CRL",
            hint="look at it with a browser: a login, a proxy or a notice may stand in between",
        )
    return load_crls(data, where=where)


def _leads_to_anchor(certificate: SigningCertificate, authorities: Authorities) -> bool:
    """Tell whether a CA is an anchor or has a path to one."""
    if certificate in authorities.anchors:
        return True
    try:
        find_path(
            certificate,
            intermediates=authorities.intermediates,
            anchors=authorities.anchors,
            at=certificate.not_before,
        )
    except PathError:
        return False
    return True

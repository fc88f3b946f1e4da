"""Trust material from files: anchors, issuing CAs and CRLs."""

from collections.abc import Iterable
from pathlib import Path

from agent.config.configuration import TrustSettings
from agent.errors import UsageError
from agent.pki.certificate import SigningCertificate, load_certificates
from agent.pki.crl import CertificateList, load_crls
from agent.pki.trust import TrustStore
from agent.service.files import list_files, read_file

_MAX_CERTIFICATES = 16 * 1024 * 1024
_MAX_CRL = 256 * 1024 * 1024


def load_trust(settings: TrustSettings) -> TrustStore:
    """Load the configured trust material.

    Raises:
        UsageError: `trust-anchor-missing` when no anchor is configured, or a file cannot be read.
        DocumentError: a certificate or CRL is malformed.

    """
    if not settings.anchors:
        raise UsageError(
            "trust-anchor-missing",
            "no trust anchor is configured, so no signature can be judged",
            hint="name the IKI root certificate: [trust] anchors in the configuration, or --trust-anchor",
        )
    return TrustStore(
        _load_certificates(settings.anchors, "trust anchor"),
        _load_certificates(settings.intermediates, "CA certificate"),
        _load_crls(settings.crls),
    )


def _load_certificates(paths: Iterable[Path], what: str) -> tuple[SigningCertificate, ...]:
    return tuple(
        certificate
        for path in paths
        for file in list_files(path, what=what)
        for certificate in load_certificates(
            read_file(file, what=what, limit=_MAX_CERTIFICATES), where=str(file)
        )
    )


def _load_crls(paths: Iterable[Path]) -> tuple[CertificateList, ...]:
    """A CRL file or folder that is not there is no CRL: revocation is then undetermined, and says so."""
    return tuple(
        crl
        for path in paths
        if path.exists()
        for file in list_files(path, what="CRL")
        for crl in load_crls(read_file(file, what="CRL", limit=_MAX_CRL), where=str(file))
    )

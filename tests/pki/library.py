"""The certificate verifier of the cryptography library, asked alone, as this program asks it."""

import warnings
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.x509 import verification

from agent.pki.certificate import SigningCertificate
from agent.pki.path_library import build_verifier


def accepts(
    certificate: SigningCertificate,
    intermediates: Iterable[SigningCertificate],
    anchors: Iterable[SigningCertificate],
    at: datetime,
) -> bool:
    """Tell whether the library finds and validates a path, given the octets as they were sent.

    Raises:
        ValueError: it cannot load one of the certificates.

    """
    leaf = _load(certificate)
    untrusted, trusted = ([_load(each) for each in group] for group in (intermediates, anchors))
    verifier = build_verifier(trusted, at)
    try:
        verifier.verify(leaf, untrusted)
    except verification.VerificationError:
        return False
    return True


def _load(certificate: SigningCertificate) -> x509.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of serial numbers that a future version will refuse
        return x509.load_der_x509_certificate(certificate.der)

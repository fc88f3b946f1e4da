"""The certificate verifier of the cryptography library, asked with policies as lenient as it lets them be."""

import warnings
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.x509 import verification

from agent.pki.certificate import SigningCertificate

_AGNOSTIC = verification.Criticality.AGNOSTIC


def accepts(
    certificate: SigningCertificate,
    intermediates: Iterable[SigningCertificate],
    anchors: Iterable[SigningCertificate],
    at: datetime,
) -> bool:
    """Tell whether the library validates a path, given the octets as they were sent.

    Its defaults are the Web's. Here every extension may be there or not, critical or not, and keyCertSign
    is looked at where there is a keyUsage: the most of RFC 5280 that it can be told to do.

    Raises:
        ValueError: it cannot load one of the certificates.

    """
    leaf = _load(certificate)
    untrusted, trusted = ([_load(each) for each in group] for group in (intermediates, anchors))
    authority = (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, _AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, _AGNOSTIC, _require_key_cert_sign)
        .may_be_present(x509.PolicyConstraints, _AGNOSTIC, None)
        .may_be_present(x509.InhibitAnyPolicy, _AGNOSTIC, None)
    )
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(trusted))
        .time(at)
        .extension_policies(ca_policy=authority, ee_policy=verification.ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    try:
        verifier.verify(leaf, untrusted)
    except verification.VerificationError:
        return False
    return True


def _load(certificate: SigningCertificate) -> x509.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of serial numbers that a future version will refuse
        return x509.load_der_x509_certificate(certificate.der)


def _require_key_cert_sign(
    policy: verification.Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    """Refuse a CA whose keyUsage does not let it issue; the verifier itself does not look."""
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("keyUsage lacks keyCertSign")

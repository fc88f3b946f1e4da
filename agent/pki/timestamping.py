"""The certificate of a time-stamping authority (RFC 3161 clause 2.3)."""

from typing import Final

from agent.pki.algorithms import key_weakness
from agent.pki.certificate import SigningCertificate

TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
"""id-kp-timeStamping."""
_PURPOSES: Final = frozenset({TIME_STAMPING})
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_USAGES: Final = frozenset({"digitalSignature", "contentCommitment"})


def find_timestamping_problem(certificate: SigningCertificate) -> str:
    """Find why a certificate is not a TSA's, in words; empty when it is.

    Its extKeyUsage is critical and holds id-kp-timeStamping alone; its keyUsage, if there is one, holds
    nothing but digitalSignature and contentCommitment (ETSI EN 319 422 clause 6).
    """
    if certificate.extended_key_usage != _PURPOSES:
        return "its extended key usage is not time stamping alone"
    critical = {item.oid.dotted_string for item in certificate.library.extensions if item.critical}
    if _EXTENDED_KEY_USAGE not in critical:
        return "its extended key usage is not critical"
    if certificate.is_ca:
        return "it is a CA's"
    if certificate.key_usage is not None and not (certificate.key_usage and certificate.key_usage <= _USAGES):
        return "its key usage is not that of signing alone"
    return key_weakness(certificate.spki_der)

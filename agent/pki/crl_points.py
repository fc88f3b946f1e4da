"""Where a certificate says that its CRL is published (RFC 5280 clause 4.2.1.13)."""

from cryptography import x509

from agent.pki.certificate import SigningCertificate
from agent.pki.extensions import find_extension


def list_distribution_urls(certificate: SigningCertificate) -> tuple[str, ...]:
    """List the http and https URLs of the certificate's distribution points, each once, in order.

    Whoever fetches them must keep to its own limits: the certificate may come from anybody.
    """
    points = find_extension(certificate.library.extensions, x509.CRLDistributionPoints) or ()
    names = (name.value for point in points for name in point.full_name or ())
    return tuple(
        dict.fromkeys(
            name
            for name in names
            if isinstance(name, str) and name.lower().startswith(("http://", "https://"))
        )
    )

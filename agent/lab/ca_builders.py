"""Certificates and CRLs of the rehearsal PKI, in the shape of the industry's test certificates.

Pure: keys, names and instants in, DER out.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.instants import format_instant
from agent.lab.ca_registry import FIRST_YEAR, IssuedCertificate

TEST_POLICY: Final = "2.999.168.1"
"""The certificate policy of the rehearsal: under the arc that ITU-T X.660 keeps for examples, so it can never
be a real policy; 168 for MP168."""

CAKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_NO_USAGE: Final = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}
_CA_USAGE: Final = x509.KeyUsage(**{**_NO_USAGE, "key_cert_sign": True, "crl_sign": True})
_SIGNER_USAGE: Final = x509.KeyUsage(**{**_NO_USAGE, "digital_signature": True})
_POLICIES: Final = x509.CertificatePolicies(
    [x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), None)]
)
_HASHES: Final[dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class Validity:
    """notBefore and notAfter, aware; whole seconds are kept."""

    not_before: datetime
    not_after: datetime

    def __post_init__(self) -> None:
        """Refuse what X.509 cannot say (RFC 5280 clause 4.1.2.5: no year before 1950).

        Raises:
            UsageError: `lab-validity-invalid`.

        """
        if self.not_before.year < FIRST_YEAR or self.not_after <= self.not_before:
            raise UsageError(
                "lab-validity-invalid",
                f"no validity from {format_instant(self.not_before)} to {format_instant(self.not_after)}",
                hint="the end must be later than the beginning, and that not before 1950",
            )


def build_ca_name(common_name: str) -> x509.Name:
    """Build the name of a rehearsal CA; it says TEST twice."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST DCC"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def build_root_certificate(key: CAKey, subject: x509.Name, serial: int, validity: Validity) -> bytes:
    """Build the self-signed root, DER."""
    builder = _certificate(subject, subject, key.public_key(), serial, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    builder = builder.add_extension(_CA_USAGE, critical=True)
    return _sign(builder, key)


def build_issuing_certificate(
    public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    subject: x509.Name,
    issuer: x509.Certificate,
    issuer_key: CAKey,
    *,
    serial: int,
    validity: Validity,
) -> bytes:
    """Build the issuing CA's certificate, DER."""
    builder = _certificate(subject, issuer.subject, public_key, serial, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_CA_USAGE, critical=True)
    # without it no policy is valid for what it issues (RFC 5280 clause 6.1.3 d)
    builder = builder.add_extension(_POLICIES, critical=False)
    builder = builder.add_extension(_authority_key(issuer), critical=False)
    return _sign(builder, issuer_key)


def build_end_entity_certificate(
    request: x509.CertificateSigningRequest,
    issuer: x509.Certificate,
    issuer_key: CAKey,
    serial: int,
    validity: Validity,
) -> bytes:
    """Build a signer's certificate from its request, DER.

    Critical keyUsage digitalSignature and critical certificatePolicies; AKI and SKI; no EKU, no CRL
    distribution point: the measured shape. The extensions that the request asks for are not copied.
    """
    public_key = request.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise TypeError("a request for an RSA or EC key, as load_certification_request lets through")
    builder = _certificate(request.subject, issuer.subject, public_key, serial, validity)
    builder = builder.add_extension(_SIGNER_USAGE, critical=True)
    builder = builder.add_extension(_POLICIES, critical=True)
    builder = builder.add_extension(_authority_key(issuer), critical=False)
    return _sign(builder, issuer_key)


def build_tsa_certificate(
    public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: x509.Certificate,
    issuer_key: CAKey,
    serial: int,
    validity: Validity,
) -> bytes:
    """Build the TSA's certificate, DER: with a critical EKU of time stamping alone (RFC 3161 clause 2.3)."""
    subject = build_ca_name("TEST IKI Time Stamping Authority")
    builder = _certificate(subject, issuer.subject, public_key, serial, validity)
    builder = builder.add_extension(_SIGNER_USAGE, critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    builder = builder.add_extension(_authority_key(issuer), critical=False)
    return _sign(builder, issuer_key)


def build_revocation_list(
    issuer: x509.Certificate,
    issuer_key: CAKey,
    number: int,
    validity: Validity,
    revoked: Iterable[IssuedCertificate],
) -> bytes:
    """Build a complete CRL, DER; `validity` is thisUpdate and nextUpdate."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(validity.not_before)
        .next_update(validity.not_after)
        .add_extension(_authority_key(issuer), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for record in revoked:
        builder = builder.add_revoked_certificate(_revoked(record))
    return builder.sign(issuer_key, _hash_for(issuer_key)).public_bytes(Encoding.DER)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    serial: int,
    validity: Validity,
) -> x509.CertificateBuilder:
    """Begin a certificate: everything but what its kind asks for."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(validity.not_before)
        .not_valid_after(validity.not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _sign(builder: x509.CertificateBuilder, key: CAKey) -> bytes:
    """Sign a certificate, DER."""
    return builder.sign(key, _hash_for(key)).public_bytes(Encoding.DER)


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Build the AKI that names the issuer's SKI."""
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _hash_for(key: CAKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    """Find the hash as wide as the curve; SHA-256 for RSA."""
    curve = key.curve.name if isinstance(key, ec.EllipticCurvePrivateKey) else ""
    return _HASHES.get(curve, hashes.SHA256())


def _revoked(record: IssuedCertificate) -> x509.RevokedCertificate:
    """Build a CRL entry; RFC 5280 clause 5.3.1 leaves `unspecified` out."""
    if record.revoked_at is None:
        raise TypeError("a revoked certificate has a revocation date")
    builder = x509.RevokedCertificateBuilder().serial_number(record.serial).revocation_date(record.revoked_at)
    if record.reason != "unspecified":
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags(record.reason)), critical=False)
    return builder.build()

"""A small PKI in memory: made with cryptography's builders, bent with asn1crypto where those refuse."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import asn1crypto.core
import asn1crypto.crl
import asn1crypto.x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.crl import CertificateList, load_crl
from agent.pki.der import BIT_STRING, SEQUENCE, encode, parse_element
from agent.pki.revocation import (
    UNDETERMINED_CODES,
    CRLEvidence,
    RevocationAnswer,
    Undetermined,
    judge_revocation,
)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Extensions = Iterable[tuple[x509.ExtensionType, bool]]

# Untyped: asn1crypto has no annotations.
asn1_certificate: Any = asn1crypto.x509.Certificate
asn1_name: Any = asn1crypto.x509.Name
asn1_crl: Any = asn1crypto.crl.CertificateList
asn1_core: Any = asn1crypto.core

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_CURVES = {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1(), "ec-p521": ec.SECP521R1()}


@cache
def make_key(label: str, kind: str = "ec-p256") -> Key:
    """Make the one key that goes by a label in this process."""
    if kind.startswith("rsa-"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))
    return ec.generate_private_key(_CURVES[kind])


def spki_of(key: Key) -> bytes:
    """Encode the public key."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def make_name(common_name: str, organisation: str = "Example Meters Ltd") -> x509.Name:
    """Make a name of O and CN."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def usage(*bits: str) -> x509.KeyUsage:
    """Make a keyUsage of the bits named as cryptography names them."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in bits for name in names})


SIGNER_EXTENSIONS: Extensions = ((usage("digital_signature"), True),)


def ca_extensions(path_length: int | None = None) -> list[tuple[x509.ExtensionType, bool]]:
    """Make what a proper CA certificate carries."""
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (usage("key_cert_sign", "crl_sign"), True),
    ]


@dataclass(frozen=True)
class Party:
    """A certificate with its private key."""

    certificate: SigningCertificate
    key: Key


def make_party(
    subject: x509.Name | str,
    issuer: Party | None,
    extensions: Extensions,
    *,
    key: Key | None = None,
    begin: datetime = BEGIN,
    end: datetime = END,
    serial: int | None = None,
    issuer_name: x509.Name | None = None,
    rsa_padding: padding.PSS | None = None,
) -> Party:
    """Make a certificate, self-signed without an issuer."""
    name = make_name(subject) if isinstance(subject, str) else subject
    own = key or make_key(str(name))
    signer = own if issuer is None else issuer.key
    above = name if issuer is None else issuer.certificate.library.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name or above)
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    der = builder.sign(signer, hashes.SHA256(), rsa_padding=rsa_padding).public_bytes(Encoding.DER)
    return Party(load_certificate(der, where="test"), own)


@dataclass(frozen=True)
class Hierarchy:
    """Root, issuing CA and a signer below it."""

    root: Party
    issuing: Party
    signer: Party


@cache
def make_hierarchy(kind: str = "ec-p256") -> Hierarchy:
    """Make an ordinary hierarchy of one kind of key."""
    root = make_party("TEST root", None, ca_extensions(), key=make_key("root", kind))
    issuing = make_party("TEST issuing", root, ca_extensions(0), key=make_key("issuing", kind))
    signer = make_party(
        "TEST signer", issuing, SIGNER_EXTENSIONS, key=make_key("signer", kind), serial=0x1001
    )
    return Hierarchy(root, issuing, signer)


@dataclass(frozen=True)
class Entry:
    """One entry of a CRL to be made."""

    serial: int
    at: datetime = NOW - 30 * DAY
    reason: str = ""
    extensions: tuple[x509.ExtensionType, ...] = ()


def make_crl(
    issuer: Party,
    entries: Iterable[Entry] = (),
    *,
    this_update: datetime = NOW - DAY,
    next_update: datetime = NOW + DAY,
    number: int | None = 1,
    extensions: Extensions = (),
    key: Key | None = None,
) -> CertificateList:
    """Make a CRL; `key` signs in place of the issuer's."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.library.subject)
        .last_update(this_update)
        .next_update(next_update)
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for entry in entries:
        revoked = x509.RevokedCertificateBuilder().serial_number(entry.serial).revocation_date(entry.at)
        if entry.reason:
            flag = x509.ReasonFlags(entry.reason)
            revoked = revoked.add_extension(x509.CRLReason(flag), critical=False)
        for value in entry.extensions:
            revoked = revoked.add_extension(value, critical=True)
        builder = builder.add_revoked_certificate(revoked.build())
    der = builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return load_crl(der, where="test")


def issuing_point(**fields: Any) -> x509.IssuingDistributionPoint:
    """Make an issuing distribution point; fields not given are as if absent."""
    absent: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**absent, **fields})


def bend_certificate(der: bytes, key: Key, bend: Callable[[Any], None]) -> bytes:
    """Change a certificate's ASN.1 in a way that builders refuse, and sign it anew with SHA-256."""
    structure = asn1_certificate.load(der)
    bend(structure)
    structure["signature_value"] = sign(key, structure["tbs_certificate"].dump(force=True))
    return bytes(structure.dump(force=True))


def bend_crl(
    der: bytes, key: Key, bend: Callable[[Any], None], digest: hashes.HashAlgorithm | None = None
) -> bytes:
    """Change a CRL's ASN.1 in a way that builders refuse, and sign it anew."""
    structure = asn1_crl.load(der)
    bend(structure)
    value = sign(key, structure["tbs_cert_list"].dump(force=True), digest)
    structure["signature"] = asn1_core.OctetBitString(value)
    return bytes(structure.dump(force=True))


def replace_in_crl(crl: CertificateList, key: Key, old: bytes, new: bytes) -> CertificateList:
    """Change octets of a CRL for as many others, and sign it anew with SHA-256."""
    tbs = crl.signed.tbs.replace(old, new)
    algorithm = parse_element(crl.der).children()[1].encoded
    value = encode(BIT_STRING, b"\0" + sign(key, tbs))
    return load_crl(encode(SEQUENCE, tbs + algorithm + value), where="test")


def sign(key: Key, data: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
    """Sign as X.509 wants it, with SHA-256 unless told otherwise."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), digest or hashes.SHA256())
    return key.sign(data, ec.ECDSA(digest or hashes.SHA256()))


def null_parameters(structure: Any) -> None:
    """Give the ECDSA algorithm identifiers the NULL parameters that RFC 5758 clause 3.2 forbids."""
    tbs = structure["tbs_certificate" if "tbs_certificate" in structure else "tbs_cert_list"]
    structure["signature_algorithm"]["parameters"] = asn1_core.Null()
    tbs["signature"]["parameters"] = asn1_core.Null()


def judge_signer(
    *crls: CertificateList,
    at: datetime = NOW,
    tolerance: timedelta = timedelta(0),
    maximum_age: timedelta = 7 * DAY,
) -> RevocationAnswer:
    """Judge whether the signer of the ordinary hierarchy is revoked."""
    made = make_hierarchy()
    return judge_revocation(
        made.signer.certificate,
        issuer=made.issuing.certificate,
        crls=crls,
        at=at,
        tolerance=tolerance,
        maximum_age=maximum_age,
    )


def code_of(answer: RevocationAnswer) -> str:
    """Give the code of an undetermined answer."""
    assert isinstance(answer, Undetermined), answer
    assert answer.code in UNDETERMINED_CODES
    return answer.code


def evidence_of(crl: CertificateList) -> tuple[CRLEvidence, ...]:
    """Give the evidence that names a list."""
    return (CRLEvidence(crl.issuer, crl.number, crl.this_update, crl.next_update, crl.sha256.hex()),)

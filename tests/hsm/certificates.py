"""Certificates as plain bytes for certificate objects; nobody here looks into them."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def build_certificate(name: str) -> bytes:
    """Build a self-signed certificate, DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"TEST {name}")])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    return (
        builder.not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
        .public_bytes(Encoding.DER)
    )

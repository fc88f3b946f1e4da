"""Keys for other people's programs to sign with, as PKCS #12 files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from agent.pki.certificate import SigningCertificate
from agent.roles import Role
from tests.support.signer import make_software_lab

OFFICE_KINDS: Final = ("ec-p256", "rsa-2048")
"""Kinds of key that LibreOffice signs with here."""


@dataclass(frozen=True, slots=True)
class OfficeSigner:
    """Who LibreOffice signs as."""

    subject: str
    """A text in its certificate's subject and in no other's."""
    certificate: SigningCertificate
    key_file: Path


def make_office_signer(folder: Path, kind: str) -> OfficeSigner:
    """Make a signer with a kind of key under a test PKI of its own."""
    lab = make_software_lab(folder / "pki", kind)
    # A role for each kind: the names of NSS's database must differ.
    signer = lab.signers[tuple(Role)[OFFICE_KINDS.index(kind)]]
    data = pkcs12.serialize_key_and_certificates(
        kind.encode(),
        signer.key,
        x509.load_der_x509_certificate(signer.certificate.der),
        [x509.load_der_x509_certificate(lab.authority.issuing_certificate.der)],
        NoEncryption(),
    )
    file = folder / "key.p12"
    file.write_bytes(data)
    return OfficeSigner(f"CN=TEST {signer.role}", signer.certificate, file)

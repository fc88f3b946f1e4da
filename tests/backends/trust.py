"""A test PKI for tokens that are not the rehearsal's, and `iki` configured to sign with one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID

from agent.lab.ca import TestCertificationAuthority
from agent.lab.ca_builders import TEST_POLICY
from agent.lab.layout import LabLayout
from agent.lab.rehearsal import publish_crls
from agent.pki.requests import load_certification_request
from tests.backends.backend import Place, PlacedKey
from tests.support.lab import Lab

_DAY = timedelta(days=1)
_PRESENT = frozenset({"digital_signature"})
_USAGES = (
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


class TestPKI:
    """Root and issuing CA with current CRLs, laid out as a rehearsal's."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        """Make it in an empty folder."""
        self._layout = LabLayout(folder)
        now = datetime.now(UTC)
        self._authority = TestCertificationAuthority.create(
            self._layout.authority, not_before=now - _DAY, not_after=now + 900 * _DAY
        )
        publish_crls(self._layout, this_update=now - timedelta(minutes=5), next_update=now + 30 * _DAY)

    @property
    def root(self) -> Path:
        """The trust anchor, PEM."""
        return self._layout.authority / "test-root.crt.pem"

    @property
    def issuing(self) -> Path:
        """The issuing CA's certificate, PEM."""
        return self._layout.authority / "test-issuing.crt.pem"

    def certify(self, public_key: bytes) -> bytes:
        """Issue a signer's certificate for a public key alone: what a card is delivered with."""
        key = load_der_public_key(public_key)
        assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        issuer, now = self._authority.issuing_certificate.library, datetime.now(UTC)
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TEST Meter Works Ltd"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "7F"),
                x509.NameAttribute(NameOID.COMMON_NAME, "TEST backend"),
            ]
        )
        usage = x509.KeyUsage(**{name: name in _PRESENT for name in _USAGES})
        policies = [x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), None)]
        identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = x509.CertificateBuilder(issuer.subject, subject, key, x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + 365 * _DAY)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.CertificatePolicies(policies), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        return builder.sign(self._authority.keys["issuing"], SHA256()).public_bytes(Encoding.DER)

    def answer(self, request: Path) -> bytes:
        """Issue the certificate that a certification request asks for, DER."""
        loaded = load_certification_request(request.read_bytes(), where=str(request))
        now = datetime.now(UTC)
        return self._authority.issue(
            loaded, not_before=now - timedelta(minutes=5), not_after=now + 365 * _DAY, name="backend"
        )

    def configure(self, folder: Path, place: Place, key: PlacedKey, *, certificate: str = "token") -> Lab:
        """Write a configuration whose signer `manufacturer` is a key of a token; a folder of its own."""
        folder.mkdir()
        lab = Lab(folder)
        lab.pin("manufacturer").parent.mkdir()
        lab.pin("manufacturer").write_text(f"{place.pin}\n", encoding="utf-8")
        lab.pin("manufacturer").chmod(0o600)
        lab.configuration.write_text("\n".join(self._write_tables(place, key, certificate)), encoding="utf-8")
        return lab

    def _write_tables(self, place: Place, key: PlacedKey, certificate: str) -> Sequence[str]:
        variables = ", ".join(f'{name} = "{value}"' for name, value in place.variables.items())
        profile = place.profile
        return (
            "[module]",
            f'path = "{place.module}"',
            f"environment = {{ {variables} }}",
            'pin_ledger = "pin-ledger"',
            f'reserved = "{profile.reserved}"',
            "[module.profile]",
            f"sessions = {profile.sessions}",
            f"serialise = {str(profile.serialise).lower()}",
            f"deadline_seconds = {int(profile.deadline)}",
            f"notice_seconds = {int(profile.notice)}",
            "[trust]",
            f'anchors = ["{self.root}"]',
            f'intermediates = ["{self.issuing}"]',
            f'crls = ["{self._layout.crls}"]',
            "[crl]",
            'store = "crls.sqlite"',
            "[audit]",
            'path = "audit.jsonl"',
            "[signers.manufacturer]",
            'role = "manufacturer"',
            f'token = "{name_key(place, key)}"',
            f'certificate = "{certificate}"',
            'pin = { file = "pins/manufacturer.pin" }',
            "[signers.manufacturer.subject]",
            'organisation = "TEST Meter Works Ltd"',
            'role_code = "7F"',
            'common_name = "TEST backend"',
            "",
        )


def name_key(place: Place, key: PlacedKey) -> str:
    """Write the URI of a key with its token's attributes."""
    token, found = place.token, key.uri
    return str(replace(token, object=found.object, id=found.id))

"""The rehearsal PKI: a root and an issuing CA that nobody may trust, in a directory."""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, Final, Literal

from cryptography import x509

from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.lab.ca_builders import (
    CAKey,
    Validity,
    build_ca_name,
    build_end_entity_certificate,
    build_issuing_certificate,
    build_revocation_list,
    build_root_certificate,
    build_tsa_certificate,
)
from agent.lab.ca_keys import generate_ca_key, load_ca_key, save_ca_key
from agent.lab.ca_registry import (
    IssuedCertificate,
    Registry,
    load_registry,
    save_registry,
)
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.names import COMMON_NAME
from agent.pki.pem import to_pem
from agent.pki.requests import CertificationRequest

CAName = Literal["root", "issuing"]
CA_NAMES: Final[tuple[CAName, CAName]] = ("root", "issuing")
_COMMON_NAMES: Final[dict[CAName, str]] = {"root": "TEST IKI Root CA", "issuing": "TEST IKI Issuing CA"}


@dataclass(frozen=True, slots=True)
class TestCertificationAuthority:
    """Root and issuing CA of one rehearsal directory; every instant is a parameter.

    Files: `test-only-{root,issuing}.key.pem`, `test-{root,issuing}.crt.pem`, `test-only-registry.json`.
    """

    __test__: ClassVar[bool] = False  # not a test class, whatever its name begins with

    directory: Path
    certificates: dict[CAName, SigningCertificate]
    keys: dict[CAName, CAKey] = field(repr=False)

    @classmethod
    def create(
        cls, directory: Path, *, not_before: datetime, not_after: datetime, key_kind: str = "ec-p256"
    ) -> "TestCertificationAuthority":
        """Create both CAs in a directory, which is made when it is not there.

        Both live from `not_before` to `not_after`; `key_kind` is one of `ca_keys.KEY_KINDS`.

        Raises:
            UsageError: `lab-exists`, `lab-validity-invalid`, `lab-not-writable` or `lab-key-kind-unknown`.

        """
        keys: dict[CAName, CAKey] = {name: generate_ca_key(key_kind) for name in CA_NAMES}
        validity = Validity(not_before, not_after)
        serials: dict[CAName, int] = {name: x509.random_serial_number() for name in CA_NAMES}
        ders = _build_authorities(keys, serials, validity)
        registry = Registry()
        for name in CA_NAMES:
            record = IssuedCertificate(serials[name], name, "root", not_before, not_after)
            registry = registry.with_issued(record)
        _save_authorities(directory, ders, keys)
        save_registry(directory, registry)
        return cls.load(directory)

    @classmethod
    def load(cls, directory: Path) -> "TestCertificationAuthority":
        """Load both CAs from a directory.

        Raises:
            UsageError: `lab-absent` when there is none; `lab-key-malformed`.
            DocumentError: `certificate-malformed`.

        """
        certificates: dict[CAName, SigningCertificate] = {}
        for name in CA_NAMES:
            path = certificate_path(directory, name)
            try:
                data = path.read_bytes()
            except OSError as error:
                raise UsageError(
                    "lab-absent",
                    f"{directory}: there is no rehearsal CA",
                    hint="make one with `iki lab up`",
                ) from error
            certificates[name] = load_certificate(data, where=str(path))
        keys: dict[CAName, CAKey] = {name: load_ca_key(_key_path(directory, name)) for name in CA_NAMES}
        return cls(directory, certificates, keys)

    @property
    def root_certificate(self) -> SigningCertificate:
        """The trust anchor of the rehearsal."""
        return self.certificates["root"]

    @property
    def issuing_certificate(self) -> SigningCertificate:
        """The CA that issues to signers."""
        return self.certificates["issuing"]

    def issue(
        self,
        request: CertificationRequest,
        *,
        not_before: datetime,
        not_after: datetime,
        serial: int | None = None,
        name: str = "",
    ) -> bytes:
        """Issue a signer's certificate from its request; the DER.

        `serial` is random when left out; `name` is what `revoke` will call it, else the common name.

        Raises:
            UsageError: `lab-serial-taken`, `lab-serial-invalid`, `lab-validity-invalid`, `lab-not-writable`,
                or `lab-registry-malformed`.

        """
        number = x509.random_serial_number() if serial is None else serial
        label = name or (request.subject_name.values(COMMON_NAME) or ("",))[0]
        build = partial(build_end_entity_certificate, request.library)
        return self._issue(build, IssuedCertificate(number, label, "issuing", not_before, not_after))

    def issue_tsa(self, key: CAKey, *, not_before: datetime, not_after: datetime, name: str) -> bytes:
        """Issue the certificate of a time-stamping authority with this key; the DER.

        Raises:
            UsageError: `lab-validity-invalid`, `lab-not-writable` or `lab-registry-malformed`.

        """
        number = x509.random_serial_number()
        build = partial(build_tsa_certificate, key.public_key())
        return self._issue(build, IssuedCertificate(number, name, "issuing", not_before, not_after))

    def _issue(
        self, build: Callable[[x509.Certificate, CAKey, int, Validity], bytes], record: IssuedCertificate
    ) -> bytes:
        """Build a certificate of the issuing CA, and then register it."""
        registry = load_registry(self.directory).with_issued(record)
        der = build(
            self.issuing_certificate.library,
            self.keys["issuing"],
            record.serial,
            Validity(record.not_before, record.not_after),
        )
        save_registry(self.directory, registry)
        return der

    def revoke(self, which: int | str, *, at: datetime, reason: str = "unspecified") -> IssuedCertificate:
        """Revoke a certificate by serial number or name; it shows in the next CRL that is built.

        Raises:
            UsageError: `lab-certificate-unknown`, `lab-certificate-revoked`, `lab-reason-unknown`,
                `lab-revocation-date-invalid`, `lab-not-writable` or `lab-registry-malformed`.

        """
        registry, record = load_registry(self.directory).with_revoked(which, at, reason)
        save_registry(self.directory, registry)
        return record

    def list_issued(self) -> tuple[IssuedCertificate, ...]:
        """List all that was issued, the CAs first.

        Raises:
            UsageError: `lab-registry-malformed`.

        """
        return load_registry(self.directory).issued

    def build_crl(self, which: CAName, *, this_update: datetime, next_update: datetime) -> bytes:
        """Build the next complete CRL of one of the CAs; the DER, with a number one higher than the last.

        Raises:
            UsageError: `lab-validity-invalid`, `lab-registry-malformed` or `lab-not-writable`.

        """
        registry, number = load_registry(self.directory).with_next_crl(which)
        der = build_revocation_list(
            self.certificates[which].library,
            self.keys[which],
            number,
            Validity(this_update, next_update),
            registry.revoked_by(which),
        )
        save_registry(self.directory, registry)
        return der


def certificate_path(directory: Path, name: CAName) -> Path:
    """Name the PEM file of a CA's certificate."""
    return directory / f"test-{name}.crt.pem"


def _key_path(directory: Path, name: CAName) -> Path:
    """Name the PEM file of a CA's private key."""
    return directory / f"test-only-{name}.key.pem"


def _build_authorities(
    keys: dict[CAName, CAKey], serials: dict[CAName, int], validity: Validity
) -> dict[CAName, bytes]:
    """Build both CA certificates."""
    names = {name: build_ca_name(_COMMON_NAMES[name]) for name in CA_NAMES}
    root = build_root_certificate(keys["root"], names["root"], serials["root"], validity)
    issuing = build_issuing_certificate(
        keys["issuing"].public_key(),
        names["issuing"],
        x509.load_der_x509_certificate(root),
        keys["root"],
        serial=serials["issuing"],
        validity=validity,
    )
    return {"root": root, "issuing": issuing}


def _save_authorities(directory: Path, ders: dict[CAName, bytes], keys: dict[CAName, CAKey]) -> None:
    """Write certificates and keys into a directory that has none."""
    if certificate_path(directory, "root").exists():
        raise UsageError(
            "lab-exists", f"{directory}: there is a rehearsal CA already", hint="choose another directory"
        )
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in CA_NAMES:
            save_ca_key(_key_path(directory, name), keys[name])
            certificate_path(directory, name).write_bytes(to_pem("CERTIFICATE", ders[name]))
    except OSError as error:
        raise UsageError(
            "lab-not-writable",
            f"{directory}: cannot be written: {error.strerror}",
            hint="choose a directory that you may write to",
        ) from error

"""What the rehearsal CA has issued and revoked: one small JSON file, replaced atomically."""

import json
import os
import tempfile
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.instants import format_instant, parse_instant

REGISTRY_FILE: Final = "test-only-registry.json"
REASONS: Final = (
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
)
"""What a complete CRL may give as a reason (RFC 5280 clause 5.3.1)."""
HOLD: Final = "certificateHold"
FIRST_YEAR: Final = 1950
"""The first year that UTCTime can say."""
MAX_SERIAL: Final = 2**159 - 1
"""20 octets as a positive DER INTEGER (RFC 5280 clause 4.1.2.2)."""


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """One certificate of the rehearsal PKI."""

    serial: int
    name: str
    """What `revoke` calls it: the lab's name for the signer, or the common name."""
    issuer: str
    """`root` or `issuing`."""
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything issued, oldest first, and the last CRL number of each CA."""

    issued: tuple[IssuedCertificate, ...] = ()
    crl_numbers: dict[str, int] = field(default_factory=dict)

    def with_issued(self, record: IssuedCertificate) -> "Registry":
        """Build the registry with one certificate more.

        Raises:
            UsageError: `lab-serial-taken` when its issuer has used the serial number, or
                `lab-serial-invalid`.

        """
        if not 0 < record.serial <= MAX_SERIAL:
            raise UsageError(
                "lab-serial-invalid",
                "a serial number is positive and has at most 20 octets",
                hint="leave the serial number out, or choose another",
            )
        if any((known.issuer, known.serial) == (record.issuer, record.serial) for known in self.issued):
            raise UsageError(
                "lab-serial-taken",
                f"serial number {record.serial:#x} was issued before",
                hint="leave the serial number out, or choose another",
            )
        return replace(self, issued=(*self.issued, record))

    def with_revoked(
        self, which: int | str, at: datetime, reason: str
    ) -> tuple["Registry", IssuedCertificate]:
        """Build the registry with one certificate revoked, and that certificate's record.

        A name stands for the newest certificate of that name which is not revoked for good.

        Raises:
            UsageError: `lab-certificate-unknown`, `lab-certificate-revoked`, `lab-reason-unknown`, or
                `lab-revocation-date-invalid`.

        """
        _check_revocation(at, reason)
        named = [record for record in self.issued if which in (record.serial, record.name)]
        if not named:
            known = ", ".join(dict.fromkeys(record.name for record in self.issued))
            raise UsageError(
                "lab-certificate-unknown", f"no certificate of {which!r} was issued", hint=f"issued: {known}"
            )
        standing = [record for record in named if record.revoked_at is None or record.reason == HOLD]
        if not standing:
            raise UsageError(
                "lab-certificate-revoked",
                f"{which!r} is revoked already",
                hint="issue a new certificate first",
            )
        revoked = replace(standing[-1], revoked_at=at, reason=reason)
        issued = tuple(revoked if record is standing[-1] else record for record in self.issued)
        return replace(self, issued=issued), revoked

    def with_next_crl(self, issuer: str) -> tuple["Registry", int]:
        """Build the registry after one CRL more of an issuer, and that CRL's number."""
        number = self.crl_numbers.get(issuer, 0) + 1
        return replace(self, crl_numbers={**self.crl_numbers, issuer: number}), number

    def revoked_by(self, issuer: str) -> tuple[IssuedCertificate, ...]:
        """List what an issuer has revoked."""
        return tuple(
            record for record in self.issued if record.issuer == issuer and record.revoked_at is not None
        )


def load_registry(directory: Path) -> Registry:
    """Load the registry of a rehearsal CA's directory.

    Raises:
        UsageError: `lab-registry-malformed` when it is missing or cannot be read.

    """
    path = directory / REGISTRY_FILE
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        issued = tuple(_parse_record(record) for record in table["issued"])
        numbers = {str(issuer): int(number) for issuer, number in table["crl_numbers"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "lab-registry-malformed",
            f"{path}: cannot be read as the registry of a rehearsal CA",
            hint="make a new lab with `iki lab up`",
        ) from error
    return Registry(issued, numbers)


def save_registry(directory: Path, registry: Registry) -> None:
    """Replace the registry file atomically: it is whole, old or new, whatever happens.

    Raises:
        UsageError: `lab-not-writable` when the directory does not take it.

    """
    table = {
        "comment": "TEST ONLY: the rehearsal CA's record of what it issued and revoked",
        "issued": [_write_record(record) for record in registry.issued],
        "crl_numbers": registry.crl_numbers,
    }
    try:
        _replace_file(directory / REGISTRY_FILE, json.dumps(table, indent=1).encode() + b"\n")
    except OSError as error:
        raise UsageError(
            "lab-not-writable",
            f"{directory}: the registry cannot be written: {error.strerror}",
            hint="choose a directory that you may write to",
        ) from error


def _check_revocation(at: datetime, reason: str) -> None:
    """Refuse a reason or a date that a complete CRL cannot say."""
    if reason not in REASONS:
        raise UsageError(
            "lab-reason-unknown", f"no reason to revoke for: {reason!r}", hint=f"one of {', '.join(REASONS)}"
        )
    if at.year < FIRST_YEAR:
        raise UsageError(
            "lab-revocation-date-invalid", "no CRL can say a year before 1950", hint="give a later date"
        )


def _replace_file(path: Path, data: bytes) -> None:
    """Write beside the file, flush to disk, and rename over it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _parse_record(table: dict[str, Any]) -> IssuedCertificate:
    """Read one certificate's record."""
    revoked_at = table["revoked_at"]
    return IssuedCertificate(
        serial=int(table["serial"], 16),
        name=str(table["name"]),
        issuer=str(table["issuer"]),
        not_before=parse_instant(table["not_before"]),
        not_after=parse_instant(table["not_after"]),
        revoked_at=None if revoked_at is None else parse_instant(revoked_at),
        reason=str(table["reason"]),
    )


def _write_record(record: IssuedCertificate) -> dict[str, str | None]:
    """Write one certificate's record; the serial number in hexadecimal."""
    return {
        "serial": f"{record.serial:X}",
        "name": record.name,
        "issuer": record.issuer,
        "not_before": format_instant(record.not_before),
        "not_after": format_instant(record.not_after),
        "revoked_at": None if record.revoked_at is None else format_instant(record.revoked_at),
        "reason": record.reason,
    }

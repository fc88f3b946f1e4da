"""Revocation has three answers (RFC 5280 clause 6.3.3, for complete CRLs signed by the certificate's issuer).

1. Only lists of the issuer's name, signed with the issuer's key, are looked at further; the issuer's
   keyUsage, when there, must hold cRLSign.
2. A list that is a delta, is indirect, has a critical extension not understood, is out of scope, or has an
   entry for the certificate that makes no sense, vouches for nothing. If it names the certificate, nothing
   else may vouch either, unless it speaks of a hold only and a newer usable list supersedes it.
3. A list that names the certificate with a revocationDate at or before the instant revokes it, however
   stale the list: REVOKED. Only certificateHold ends, by a newer list that covers holds and omits it.
4. Lists that do not, and are fresh at the instant (thisUpdate ≤ at ≤ nextUpdate + tolerance), vouch for the
   reasons they cover. All reasons covered: GOOD.
5. Anything else: UNDETERMINED, which the caller must treat as a refusal.

Set aside for now: delta and indirect CRLs, and CRLs signed by another key of the same CA.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agent.errors import DocumentError
from agent.instants import format_instant
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import CertificateList, CRLEntry
from agent.pki.crl_scope import ALL_REASONS, covered_reasons
from agent.pki.path_checks import ALLOWED_HASHES
from agent.pki.signatures import SignatureMismatch
from agent.pki.signed import signature_hash, verify_signed

HOLD: Final = "certificateHold"
REMOVED: Final = "removeFromCRL"


@dataclass(frozen=True, slots=True)
class CRLEvidence:
    """Which list an answer rests on: what an audit record keeps."""

    issuer: str
    number: int | None
    this_update: datetime
    next_update: datetime | None
    sha256: str
    """Lower-case hexadecimal, of the DER."""


@dataclass(frozen=True, slots=True)
class Good:
    """Shown to be unrevoked at the instant."""

    evidence: tuple[CRLEvidence, ...]
    """The lists relied on, newest first: one, or several that divide the reasons among them."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """Revoked at or before the instant."""

    at: datetime
    """revocationDate, aware UTC."""
    reason: str
    """A CRLReason name (RFC 5280 clause 5.3.1)."""
    evidence: tuple[CRLEvidence, ...]
    """The list that says so."""


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Not shown either way; refuses."""

    code: str
    """Stable, kebab-case: one of `UNDETERMINED_CODES`."""
    why: str
    """One sentence that names the list and its times."""
    evidence: tuple[CRLEvidence, ...] = ()
    """The list spoken of, if there is one."""


RevocationAnswer = Good | Revoked | Undetermined

UNDETERMINED_CODES: Final = (
    "crl-reasons-partial",
    "crl-stale",
    "crl-not-yet-valid",
    "crl-delta",
    "crl-indirect",
    "crl-extension-unknown",
    "crl-entry-invalid",
    "crl-scope",
    "crl-signer-unsuitable",
    "crl-signature-wrong",
    "crl-absent",
)
"""Every code, the one nearest to an answer first: with several lists, that is the one reported."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One list, as it bears on one certificate."""

    crl: CertificateList
    problem: str = ""
    """The code that keeps the list from answering; empty when it may."""
    entry: CRLEntry | None = None
    reasons: frozenset[str] = frozenset()

    @property
    def age_key(self) -> tuple[datetime, int]:
        """Orders lists of one issuer from old to new."""
        return (self.crl.this_update, -1 if self.crl.number is None else self.crl.number)


def judge_revocation(
    certificate: SigningCertificate,
    *,
    issuer: SigningCertificate,
    crls: Iterable[CertificateList],
    at: datetime,
    tolerance: timedelta,
    maximum_age: timedelta,
) -> RevocationAnswer:
    """Judge whether a certificate is revoked at an instant, from the lists at hand.

    `issuer` is the certificate above it on its validated path. `tolerance` is added to nextUpdate;
    `maximum_age` after thisUpdate is the end of a list without nextUpdate. Both limits are inclusive.
    """
    name = certificate.issuer_name.comparable
    readings = sorted(
        (
            _read(crl, certificate, issuer)
            for crl in dict.fromkeys(crls)
            if crl.issuer_name.comparable == name
        ),
        key=lambda reading: reading.age_key,
        reverse=True,
    )
    usable = [reading for reading in readings if not reading.problem]
    if revoked := _revocation(usable, at):
        return revoked
    for reading in readings:
        if reading.problem and reading.entry is not None and not _superseded(reading, usable, at):
            return _undetermined(reading.problem, reading.crl, at, "and it names the certificate")
    return _vouching(usable, at, tolerance, maximum_age) or _nearest(
        readings, certificate, at, tolerance, maximum_age
    )


def describe_evidence(crl: CertificateList) -> CRLEvidence:
    """Build the evidence that names a list."""
    return CRLEvidence(crl.issuer, crl.number, crl.this_update, crl.next_update, crl.sha256.hex())


def _read(crl: CertificateList, certificate: SigningCertificate, issuer: SigningCertificate) -> _Reading:
    """Apply steps 1 and 2."""
    if forged := _signature_problem(crl, issuer):
        return _Reading(crl, forged)  # its entries are nobody's word
    try:
        entry = crl.entry_for(certificate.serial)
    except DocumentError:
        return _Reading(crl, "crl-entry-invalid", CRLEntry(certificate.serial, crl.this_update, ""))
    reasons = covered_reasons(crl.scope, certificate)
    problem = ""
    if crl.is_delta:
        problem = "crl-delta"
    elif crl.scope.is_indirect:
        problem = "crl-indirect"
    elif crl.unknown_critical:
        problem = "crl-extension-unknown"
    elif not reasons:
        problem = "crl-scope"
    elif entry is not None and entry.reason == REMOVED:
        problem = "crl-entry-invalid"  # clause 5.3.1: in delta CRLs only
    return _Reading(crl, problem, entry, reasons)


def _signature_problem(crl: CertificateList, issuer: SigningCertificate) -> str:
    """Find why a list is not the issuer's word; empty when it is (clause 6.3.3 (f) and (g))."""
    if issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
        return "crl-signer-unsuitable"
    try:
        verify_signed(crl.signed, crl.library, issuer.spki_der)
    except (SignatureMismatch, DocumentError):
        return "crl-signature-wrong"
    return "" if signature_hash(crl.library) in ALLOWED_HASHES else "crl-signature-wrong"


def _revocation(usable: list[_Reading], at: datetime) -> Revoked | None:
    """Apply step 3: permanent revocations before holds, the earliest date first."""
    standing = [
        (reading.entry.reason == HOLD, reading.entry.revoked_at, reading)
        for reading in usable
        if reading.entry is not None and reading.entry.revoked_at <= at and not _lifted(reading, usable, at)
    ]
    if not standing:
        return None
    is_hold, revoked_at, reading = min(standing, key=lambda item: item[:2])
    reason = HOLD if is_hold or reading.entry is None else reading.entry.reason
    return Revoked(revoked_at, reason, (describe_evidence(reading.crl),))


def _lifted(reading: _Reading, usable: list[_Reading], at: datetime) -> bool:
    """Tell whether a newer list ends the hold that this one reports (clause 5.3.1)."""
    if reading.entry is None or reading.entry.reason != HOLD:
        return False
    return any(other.entry is None and HOLD in other.reasons for other in _newer(reading, usable, at))


def _superseded(reading: _Reading, usable: list[_Reading], at: datetime) -> bool:
    """Tell whether a newer usable list overtakes what an unusable one says of the certificate."""
    passing = reading.entry is not None and reading.entry.reason in {HOLD, REMOVED}
    return passing and any(HOLD in other.reasons for other in _newer(reading, usable, at))


def _newer(reading: _Reading, usable: list[_Reading], at: datetime) -> list[_Reading]:
    """List the usable lists issued after this one, and not after the instant."""
    return [other for other in usable if other.age_key > reading.age_key and other.crl.this_update <= at]


def _vouching(
    usable: list[_Reading], at: datetime, tolerance: timedelta, maximum_age: timedelta
) -> Good | Undetermined | None:
    """Apply step 4: newest first, until every reason is covered."""
    covered: frozenset[str] = frozenset()
    relied: list[CertificateList] = []
    for reading in usable:
        if not _freshness_problem(reading.crl, at, tolerance, maximum_age) and reading.reasons - covered:
            covered |= reading.reasons
            relied.append(reading.crl)
    if covered == ALL_REASONS:
        return Good(tuple(describe_evidence(crl) for crl in relied))
    if not relied:
        return None
    missing = ", ".join(sorted(ALL_REASONS - covered))
    return _undetermined("crl-reasons-partial", relied[0], at, f"no list covers {missing}")


def _freshness_problem(
    crl: CertificateList, at: datetime, tolerance: timedelta, maximum_age: timedelta
) -> str:
    """Find why a list cannot speak about an instant; empty when it can."""
    if at < crl.this_update:
        return "crl-not-yet-valid"
    end = crl.this_update + maximum_age if crl.next_update is None else crl.next_update + tolerance
    return "crl-stale" if at > end else ""


def _nearest(
    readings: list[_Reading],
    certificate: SigningCertificate,
    at: datetime,
    tolerance: timedelta,
    maximum_age: timedelta,
) -> Undetermined:
    """Apply step 5: name the list that came nearest to an answer, the newest of equals."""
    found = [
        (reading.problem or _freshness_problem(reading.crl, at, tolerance, maximum_age), reading.crl)
        for reading in readings
    ]
    if not found:
        return Undetermined("crl-absent", f"there is no CRL issued by {certificate.issuer}.")
    code, crl = min(found, key=lambda item: UNDETERMINED_CODES.index(item[0]))
    return _undetermined(code, crl, at, "")


_REASONS_WHY: Final = {
    "crl-reasons-partial": "covers some revocation reasons only",
    "crl-stale": "is out of date",
    "crl-not-yet-valid": "was issued later than the instant judged",
    "crl-delta": "is a delta CRL, which this program does not apply",
    "crl-indirect": "is an indirect CRL, which this program does not apply",
    "crl-extension-unknown": "has a critical extension that is not understood",
    "crl-entry-invalid": "has an entry that makes no sense in it",
    "crl-scope": "is not for this kind of certificate or distribution point",
    "crl-signer-unsuitable": "comes from an issuer whose keyUsage lacks cRLSign",
    "crl-signature-wrong": "is not signed with the issuer's key by an allowed algorithm",
}


def _undetermined(code: str, crl: CertificateList, at: datetime, more: str) -> Undetermined:
    """Build the answer about one list."""
    until = "no nextUpdate" if crl.next_update is None else f"nextUpdate {format_instant(crl.next_update)}"
    number = "" if crl.number is None else f" number {crl.number}"
    why = (
        f"the CRL{number} of {crl.issuer} (thisUpdate {format_instant(crl.this_update)}, {until})"
        f" {_REASONS_WHY[code]}{', ' if more else ''}{more}; judged at {format_instant(at)}."
    )
    return Undetermined(code, why, (describe_evidence(crl),))

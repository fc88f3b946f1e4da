"""Revocation has three answers (RFC 5280 clause 6.3.3).

1. Only lists of the certificate's issuer, or of a CRL issuer that the certificate names, are looked at
   further: signed with the issuer's key, or by a CRL signer of the list's name who is proven (`crl_signers`);
   keyUsage, when there, must hold cRLSign.
2. A delta CRL is read as one list with the newest complete CRL it builds on (`crl_delta`).
3. A list that is a delta without its base, has a critical extension not understood, is out of scope, or has
   an entry for the certificate that makes no sense, vouches for nothing. If it names the certificate,
   nothing else may vouch either, unless it speaks of a hold only and a newer usable list supersedes it.
4. A list that names the certificate with a revocationDate, or an invalidityDate, at or before the instant
   revokes it, however stale the list: REVOKED. Only certificateHold ends, by a newer list that covers holds
   and omits it.
5. Lists that do not, and are fresh at the instant (thisUpdate ≤ at ≤ nextUpdate + tolerance) or issued
   after it, up to `known_until`, vouch for the reasons they cover. All reasons covered: GOOD.
6. Anything else: UNDETERMINED, which the caller must treat as a refusal.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from agent.errors import DocumentError
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList
from agent.pki.crl_delta import CombinedList, is_base_of
from agent.pki.crl_entries import HOLD, REMOVED, CRLEntry
from agent.pki.crl_scope import ALL_REASONS, covered_reasons, crl_issuers
from agent.pki.crl_signers import CRLSigners, find_signer_problem
from agent.pki.revocation_answers import (
    UNDETERMINED_CODES,
    CRLEvidence,
    Good,
    RevocationAnswer,
    Revoked,
    Undetermined,
    build_undetermined,
    describe_evidence,
)

__all__ = [
    "UNDETERMINED_CODES",
    "CRLEvidence",
    "CRLSigners",
    "Good",
    "RevocationAnswer",
    "Revoked",
    "Undetermined",
    "describe_evidence",
    "freshness_problem",
    "judge_revocation",
]

_MAX_SIGNERS: Final = 3
"""CRL signers whose own revocation hangs on another CRL signer: more than any real PKI stacks."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a certificate is judged by."""

    crls: tuple[RevocationList, ...]
    at: datetime
    tolerance: timedelta
    maximum_age: timedelta
    signers: CRLSigners | None
    known_until: datetime
    asked: frozenset[SigningCertificate] = frozenset()
    """CRL signers and certificates whose state is being asked for: nobody vouches for himself."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One list, as it bears on one certificate."""

    crl: RevocationList
    problem: str = ""
    """The code that keeps the list from answering; empty when it may."""
    entry: CRLEntry | None = None
    reasons: frozenset[str] = frozenset()
    signed_by: bytes = b""
    """SubjectPublicKeyInfo."""

    @property
    def age_key(self) -> tuple[datetime, int]:
        """Orders lists of one issuer from old to new."""
        return (self.crl.this_update, -1 if self.crl.number is None else self.crl.number)


def judge_revocation(
    certificate: SigningCertificate,
    *,
    issuer: SigningCertificate,
    crls: Iterable[RevocationList],
    at: datetime,
    tolerance: timedelta,
    maximum_age: timedelta,
    signers: CRLSigners | None = None,
    known_until: datetime | None = None,
) -> RevocationAnswer:
    """Judge whether a certificate is revoked at an instant, from the lists at hand.

    `issuer` is the certificate above it on its validated path. `tolerance` is added to nextUpdate;
    `maximum_age` after thisUpdate is the end of a list without nextUpdate. Both limits are inclusive.
    `signers` are where other signers of CRLs are looked for; without them only the issuer signs.

    For an `at` in the past, lists issued after it and up to `known_until` may vouch too: what they do not
    name was not revoked before. It is for the caller to end it where a list may be silent for another reason:
    when the certificate expires, or its issuer expires or is revoked (RFC 5280 clause 3.3).
    """
    asked = frozenset({certificate})
    lists = tuple(dict.fromkeys(crls))
    terms = _Terms(lists, at, tolerance, maximum_age, signers, known_until or at, asked)
    return _judge(certificate, issuer, terms)


def _judge(certificate: SigningCertificate, issuer: SigningCertificate, terms: _Terms) -> RevocationAnswer:
    """Apply the steps in order."""
    names = crl_issuers(certificate)
    found = [
        _read(crl, certificate, issuer, terms) for crl in terms.crls if crl.issuer_name.comparable in names
    ]
    readings = sorted(_combined(found, certificate), key=lambda reading: reading.age_key, reverse=True)
    usable = [reading for reading in readings if not reading.problem]
    if revoked := _revocation(usable, terms.at):
        return revoked
    for reading in readings:
        if reading.problem and reading.entry is not None and not _superseded(reading, usable, terms.at):
            return build_undetermined(reading.problem, reading.crl, terms.at, "and it names the certificate")
    return _vouching(usable, terms) or _nearest(readings, certificate, terms)


def _read(
    crl: RevocationList, certificate: SigningCertificate, issuer: SigningCertificate, terms: _Terms
) -> _Reading:
    """Apply step 1, and read the list."""

    def is_unrevoked(
        signer: SigningCertificate, member: SigningCertificate, above: SigningCertificate
    ) -> bool:
        asked = terms.asked | {signer, member}
        if member in terms.asked or signer in terms.asked or len(terms.asked) > 2 * _MAX_SIGNERS:
            return False
        return isinstance(_judge(member, above, replace(terms, asked=asked)), Good)

    forged, key = find_signer_problem(crl, issuer, terms.signers, terms.at, is_unrevoked)
    if forged:
        return _Reading(crl, forged)  # its entries are nobody's word
    return _examine(crl, certificate, key)


def _examine(crl: RevocationList, certificate: SigningCertificate, key: bytes) -> _Reading:
    """Apply step 3 to one list."""
    try:
        entry = crl.entry_for(certificate.serial, certificate.issuer_name)
    except DocumentError:
        return _Reading(crl, "crl-entry-invalid", CRLEntry(certificate.serial, crl.this_update, ""))
    reasons = covered_reasons(crl.scope, certificate, crl.issuer_name)
    problem = ""
    if crl.unknown_critical:
        problem = "crl-extension-unknown"
    elif not reasons:
        problem = "crl-scope"
    elif crl.base_number is not None:
        problem = "crl-delta"
    elif entry is not None and entry.reason == REMOVED:
        problem = "crl-entry-invalid"  # clause 5.3.1: in delta CRLs only
    return _Reading(crl, problem, entry, reasons, key)


def _combined(readings: list[_Reading], certificate: SigningCertificate) -> list[_Reading]:
    """Apply step 2: put the combination in the place of a delta that has a base."""
    bases = [reading for reading in readings if not reading.problem]
    result = []
    for reading in readings:
        base = max(
            (
                item
                for item in bases
                if reading.problem == "crl-delta"
                and item.signed_by == reading.signed_by
                and is_base_of(item.crl, reading.crl)
            ),
            key=lambda item: item.age_key,
            default=None,
        )
        if base is None:
            result.append(reading)
        else:
            result.append(_examine(CombinedList(base.crl, reading.crl), certificate, base.signed_by))
    return result


def _revocation(usable: list[_Reading], at: datetime) -> Revoked | None:
    """Apply step 4: permanent revocations before holds, the earliest date first."""
    standing = [
        (reading.entry.reason == HOLD, reading.entry.counts_from, reading)
        for reading in usable
        if reading.entry is not None
        and _takes_effect(reading.entry, reading.crl) <= at
        and not _lifted(reading, usable, at)
    ]
    if not standing:
        return None
    is_hold, revoked_at, reading = min(standing, key=lambda item: item[:2])
    reason = HOLD if is_hold or reading.entry is None else reading.entry.reason
    omitted = any(other.entry is None and other.reasons for other in _newer(reading, usable, at))
    return Revoked(revoked_at, reason, describe_evidence(reading.crl), is_omitted=omitted)


def _takes_effect(entry: CRLEntry, crl: RevocationList) -> datetime:
    """Say from when an entry counts: a list in force that names the certificate revokes it (6.3.3 i).

    A revocationDate in the future of the list does not postpone that; one in its past is earlier than it,
    and so may be an invalidityDate.
    """
    return min(entry.counts_from, crl.this_update)


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


def _vouching(usable: list[_Reading], terms: _Terms) -> Good | Undetermined | None:
    """Apply step 5: newest first, until every reason is covered."""
    covered: frozenset[str] = frozenset()
    relied: list[RevocationList] = []
    for reading in usable:
        stale = _silence(reading.crl, terms)
        if not stale and reading.reasons - covered:
            covered |= reading.reasons
            relied.append(reading.crl)
    if covered == ALL_REASONS:
        return Good(tuple(item for crl in relied for item in describe_evidence(crl)))
    if not relied:
        return None
    missing = ", ".join(sorted(ALL_REASONS - covered))
    return build_undetermined("crl-reasons-partial", relied[0], terms.at, f"no list covers {missing}")


def _silence(crl: RevocationList, terms: _Terms) -> str:
    """Find why a list that omits the certificate says nothing of the instant; empty when it vouches."""
    if terms.at < crl.this_update <= terms.known_until:
        return ""
    return freshness_problem(crl, terms.at, terms.tolerance, terms.maximum_age)


def freshness_problem(crl: RevocationList, at: datetime, tolerance: timedelta, maximum_age: timedelta) -> str:
    """Find why a list cannot vouch at an instant, as a code; empty when it can."""
    if at < crl.this_update:
        return "crl-not-yet-valid"
    end = crl.this_update + maximum_age if crl.next_update is None else crl.next_update + tolerance
    return "crl-stale" if at > end else ""


def _nearest(readings: list[_Reading], certificate: SigningCertificate, terms: _Terms) -> Undetermined:
    """Apply step 6: name the list that came nearest to an answer, the newest of equals."""
    found = [
        (
            reading.problem or _silence(reading.crl, terms),
            reading.crl,
        )
        for reading in readings
    ]
    if not found:
        return Undetermined("crl-absent", f"there is no CRL issued by {certificate.issuer}.")
    code, crl = min(found, key=lambda item: UNDETERMINED_CODES.index(item[0]))
    return build_undetermined(code, crl, terms.at)

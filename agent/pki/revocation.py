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
   A list that was put aside as a rollback or fork revokes too, and lifts nothing.
5. While the newest lists are a fork (`crl_forks`), nothing vouches. Else lists that do not name it, and are
   fresh at the instant (thisUpdate ≤ at ≤ nextUpdate + tolerance) or issued after it, up to `known_until`,
   vouch for the reasons they cover; a delta CRL only with a base that is fresh. All reasons covered: GOOD.
6. Anything else: UNDETERMINED, which the caller must treat as a refusal.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList
from agent.pki.crl_entries import HOLD, REMOVED, CRLEntry
from agent.pki.crl_forks import find_forks, series_of
from agent.pki.crl_freshness import Lifetime, find_silence, freshness_problem
from agent.pki.crl_scope import ALL_REASONS, crl_issuers
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
from agent.pki.revocation_readings import Reading, combine, examine, read_nothing

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


_LAST: Final = 1 << 161
"""After every number: they have at most 20 octets (clause 5.2.3)."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a certificate is judged by."""

    crls: tuple[RevocationList, ...]
    lifetime: Lifetime
    signers: CRLSigners | None
    doubt: str = ""
    asked: frozenset[SigningCertificate] = frozenset()
    """CRL signers and certificates whose state is being asked for: nobody vouches for himself."""

    @property
    def at(self) -> datetime:
        """The instant judged."""
        return self.lifetime.at


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
    doubt: str = "",
) -> RevocationAnswer:
    """Judge whether a certificate is revoked at an instant, from the lists at hand.

    `issuer` is the certificate above it on its validated path. `tolerance` is added to nextUpdate;
    `maximum_age` after thisUpdate is the end of a list without nextUpdate. Both limits are inclusive.
    `signers` are where other signers of CRLs are looked for; without them only the issuer signs.

    For an `at` in the past, lists issued after it and up to `known_until` may vouch too: what they do not
    name was not revoked before. It is for the caller to end it where a list may be silent for another reason:
    when the certificate expires, or its issuer expires or is revoked (RFC 5280 clause 3.3).

    `doubt` is the code for why lists may be missing from those at hand, whatever they are: they then revoke,
    and vouch for nothing.
    """
    asked = frozenset({certificate})
    lists = tuple(dict.fromkeys(crls))
    lifetime = Lifetime(at, known_until or at, tolerance, maximum_age)
    terms = _Terms(lists, lifetime, signers, doubt, asked)
    return _judge(certificate, issuer, terms)


def _judge(certificate: SigningCertificate, issuer: SigningCertificate, terms: _Terms) -> RevocationAnswer:
    """Apply the steps in order."""
    names = crl_issuers(certificate)
    found = [
        _read(crl, certificate, issuer, terms) for crl in terms.crls if crl.issuer_name.comparable in names
    ]
    readings = sorted(combine(found, certificate), key=lambda reading: reading.age_key, reverse=True)
    usable = [reading for reading in readings if not reading.problem]
    if revoked := _revocation(usable, terms.at):
        return revoked
    for reading in readings:
        if reading.problem and reading.entry is not None and not _superseded(reading, usable, terms.at):
            return build_undetermined(reading.problem, reading.crl, terms.at, "and it names the certificate")
    if fork := _find_fork(found, usable, terms):
        return fork
    answer = _vouching(usable, terms)
    if isinstance(answer, Good) and terms.doubt:
        return build_undetermined(terms.doubt, usable[0].crl, terms.at)
    return answer or _nearest(readings, certificate, terms)


def _find_fork(found: list[Reading], usable: list[Reading], terms: _Terms) -> Undetermined | None:
    """Find an unsettled fork in a series that lists are usable of; its evidence are all lists of the fork."""
    forks = find_forks(
        ((reading.signed_by, reading.crl) for reading in found if reading.signed_by),
        terms.lifetime.known_until,
    )
    named = (series_of(reading.signed_by, reading.crl) for reading in usable) if forks else ()
    lists = next((forks[name] for name in named if name in forks), ())
    if not lists:
        return None
    evidence = tuple(item for crl in lists for item in describe_evidence(crl))
    return replace(build_undetermined("crl-fork", lists[0], terms.at), evidence=evidence)


def _read(
    crl: RevocationList, certificate: SigningCertificate, issuer: SigningCertificate, terms: _Terms
) -> Reading:
    """Apply step 1, and read the list."""

    def is_unrevoked(
        signer: SigningCertificate, member: SigningCertificate, above: SigningCertificate
    ) -> bool:
        asked = terms.asked | {signer, member}
        if member in terms.asked or signer in terms.asked or len(terms.asked) > 2 * _MAX_SIGNERS:
            return False
        return isinstance(_judge(member, above, replace(terms, asked=asked)), Good)

    try:
        forged, key = find_signer_problem(crl, issuer, terms.signers, terms.at, is_unrevoked)
    except IkiError as error:
        return read_nothing(crl, certificate, error)
    if forged:
        return Reading(crl, forged)  # its entries are nobody's word
    return examine(crl, certificate, key)


def _revocation(usable: list[Reading], at: datetime) -> Revoked | None:
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


def _lifted(reading: Reading, usable: list[Reading], at: datetime) -> bool:
    """Tell whether a newer list ends the hold that this one reports (clause 5.3.1)."""
    if reading.entry is None or reading.entry.reason != HOLD:
        return False
    return any(other.entry is None and HOLD in other.reasons for other in _newer(reading, usable, at))


def _superseded(reading: Reading, usable: list[Reading], at: datetime) -> bool:
    """Tell whether a newer usable list overtakes what an unusable one says of the certificate."""
    passing = reading.entry is not None and reading.entry.reason in {HOLD, REMOVED}
    return passing and any(HOLD in other.reasons for other in _newer(reading, usable, at))


def _newer(reading: Reading, usable: list[Reading], at: datetime) -> list[Reading]:
    """List the usable lists issued after this one, and not after the instant.

    What was put aside has no successors by its number, and succeeds nothing.
    """
    mine = reading.age_key if not reading.crl.refused else (reading.crl.this_update, _LAST)
    return [
        other
        for other in usable
        if not other.crl.refused and other.age_key > mine and other.crl.this_update <= at
    ]


def _vouching(usable: list[Reading], terms: _Terms) -> Good | Undetermined | None:
    """Apply step 5: newest first, until every reason is covered."""
    covered: frozenset[str] = frozenset()
    relied: list[RevocationList] = []
    for reading in usable:
        stale, _ = find_silence(reading.crl, terms.lifetime)
        if not stale and reading.reasons - covered:
            covered |= reading.reasons
            relied.append(reading.crl)
    if covered == ALL_REASONS:
        return Good(tuple(item for crl in relied for item in describe_evidence(crl)))
    if not relied:
        return None
    missing = ", ".join(sorted(ALL_REASONS - covered))
    return build_undetermined("crl-reasons-partial", relied[0], terms.at, f"no list covers {missing}")


def _nearest(readings: list[Reading], certificate: SigningCertificate, terms: _Terms) -> Undetermined:
    """Apply step 6: name the list that came nearest to an answer, the newest of equals."""
    found = [
        (reading.problem, reading.crl) if reading.problem else find_silence(reading.crl, terms.lifetime)
        for reading in readings
    ]
    if not found:
        return Undetermined("crl-absent", f"there is no CRL issued by {certificate.issuer}.")
    code, crl = min(found, key=lambda item: UNDETERMINED_CODES.index(item[0]))
    return build_undetermined(code, crl, terms.at)

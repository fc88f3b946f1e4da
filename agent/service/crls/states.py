"""How fresh the store's CRLs are, and what each configured CA's lists can vouch for."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.crl_delta import is_base_of
from agent.pki.crl_forks import find_forks, series_of
from agent.pki.crl_scope import ALL_REASONS
from agent.pki.crl_signers import may_sign_crls
from agent.service.crls.stored import StoredList

_LAST_INSTANT: Final = datetime.max.replace(tzinfo=UTC)


class Freshness(StrEnum):
    """What a CA's list is good for."""

    FRESH = "fresh"
    """Inside its time."""
    GRACE = "grace"
    """Past nextUpdate, inside the tolerance that the policy allows."""
    STALE = "stale"
    """Keeps revoking what it revoked, and vouches for nothing."""
    PARTIAL = "partial"
    """What is fresh does not vouch for all that the CA issues: kind, reasons, extension, fork, no base."""
    NOT_YET_VALID = "not-yet-valid"
    """There is no other, and its thisUpdate is yet to come: vouches for nothing before."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class IssuerState:
    """One list of a CA; or that there is none, or that they do not suffice."""

    issuer: str
    """RFC 4514."""
    freshness: Freshness
    crl: StoredList | None = None
    age: timedelta | None = None
    """Since thisUpdate; negative when that is yet to come."""
    left: timedelta | None = None
    """Until it vouches no more, tolerance left out; negative when that is past."""
    problem: str = ""
    """Why a list vouches for nothing however fresh, a code of `agent.pki.revocation`; empty when it does."""


@dataclass(frozen=True, slots=True)
class _Issuer:
    """A CA, by its name: with several keys it is one issuer, and so are its separate CRL signers."""

    comparable: bytes
    text: str
    keys: tuple[bytes, ...]
    issues_authorities: bool
    """Whether a configured CA is below it; else it issues users' certificates."""


def list_states(
    authorities: Iterable[SigningCertificate],
    lists: Iterable[StoredList],
    *,
    at: datetime,
    tolerance: timedelta,
    maximum_age: timedelta,
) -> tuple[IssuerState, ...]:
    """List the state of every CA's newest lists, one for each scope, deltas too.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    every = tuple(lists)
    states: list[IssuerState] = []
    for issuer in _list_issuers(tuple(authorities)):
        signed = _list_signed(issuer, every)
        own = [(key, crl) for key, crl in signed if crl.this_update <= at]
        forks = find_forks(own, at)
        newest = _newest(own)
        rows = [
            replace(_state_of(crl, at, tolerance, maximum_age), problem=problem)
            for key, crl in newest
            for problem in [_find_problem(crl, newest, is_forked=series_of(key, crl) in forks)]
        ]
        states += rows
        if not any(crl.base_number is None for _, crl in newest):
            early = [crl for _, crl in _newest(signed) if crl.this_update > at and crl.base_number is None]
            states += [_state_of(crl, at, tolerance, maximum_age) for crl in early]
            states += [] if early else [IssuerState(issuer.text, Freshness.ABSENT)]
        elif all(row.freshness is Freshness.FRESH for row in rows) and not _suffice(issuer, rows):
            states.append(IssuerState(issuer.text, Freshness.PARTIAL))
    return tuple(states)


def _list_issuers(authorities: tuple[SigningCertificate, ...]) -> Iterator[_Issuer]:
    """Group the CAs' keys by name."""
    for name, text in {
        item.subject_name.comparable: item.subject for item in authorities if item.is_ca
    }.items():
        same = [item for item in authorities if item.subject_name.comparable == name and may_sign_crls(item)]
        below = any(
            item.is_ca and item.issuer_name.comparable == name and item.subject_name.comparable != name
            for item in authorities
        )
        yield _Issuer(name, text, tuple(dict.fromkeys(item.spki_der for item in same)), below)


def _list_signed(issuer: _Issuer, lists: Iterable[StoredList]) -> list[tuple[bytes, StoredList]]:
    """List what a CA signed, with the key that did."""
    return [
        (key, crl)
        for crl in lists
        if crl.issuer_name.comparable == issuer.comparable
        for key in [next((key for key in issuer.keys if crl.is_signed_by(key)), None)]
        if key is not None
    ]


def _newest(lists: Iterable[tuple[bytes, StoredList]]) -> list[tuple[bytes, StoredList]]:
    """Choose the newest of each scope and kind; what was put aside is none."""
    newest: dict[object, tuple[bytes, StoredList]] = {}
    for key, crl in sorted(lists, key=lambda item: (item[1].this_update, item[1].number or 0)):
        if not crl.refused and not crl.standing:
            newest[crl.scope, crl.base_number is None] = (key, crl)
    return list(newest.values())


def _find_problem(crl: StoredList, own: list[tuple[bytes, StoredList]], *, is_forked: bool) -> str:
    """Find why a list vouches for no certificate, as `agent.pki.revocation` would."""
    if is_forked:
        return "crl-fork"
    if crl.unknown_critical:
        return "crl-extension-unknown"
    if crl.scope.only_attribute_certificates:
        return "crl-scope"
    if crl.base_number is not None and not any(is_base_of(base, crl) for _, base in own):
        return "crl-delta"
    return ""


def _suffice(issuer: _Issuer, rows: Iterable[IssuerState]) -> bool:
    """Tell whether complete lists cover every reason for the kind of certificate that the CA issues."""
    covered = frozenset[str]()
    for row in rows:
        if row.crl is None or row.problem or row.crl.base_number is not None:
            continue
        scope = row.crl.scope
        excluded = scope.only_user_certificates if issuer.issues_authorities else scope.only_ca_certificates
        covered |= frozenset() if excluded else scope.reasons
    return covered == ALL_REASONS


def _state_of(crl: StoredList, at: datetime, tolerance: timedelta, maximum_age: timedelta) -> IssuerState:
    """Judge one list, as `agent.pki.revocation` does."""
    has_end = crl.next_update is not None
    end = crl.next_update or crl.this_update + min(maximum_age, _LAST_INSTANT - crl.this_update)
    freshness = Freshness.FRESH if crl.this_update <= at else Freshness.NOT_YET_VALID
    if at > end:
        freshness = Freshness.GRACE if has_end and at <= end + tolerance else Freshness.STALE
    return IssuerState(crl.issuer, freshness, crl, at - crl.this_update, end - at)

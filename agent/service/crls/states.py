"""How fresh the store's CRLs are: fresh, grace, stale or absent, for each configured CA."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agent.pki.certificate import SigningCertificate
from agent.service.crls.stored import StoredList


class Freshness(StrEnum):
    """What a CA's list is good for."""

    FRESH = "fresh"
    """Vouches."""
    GRACE = "grace"
    """Past nextUpdate, inside the tolerance that the policy allows."""
    STALE = "stale"
    """Keeps revoking what it revoked, and vouches for nothing."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class IssuerState:
    """One list of a CA, or that there is none."""

    issuer: str
    """RFC 4514."""
    freshness: Freshness
    crl: StoredList | None = None
    age: timedelta | None = None
    """Since thisUpdate."""
    left: timedelta | None = None
    """Until it vouches no more, tolerance left out; negative when that is past."""


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
    known = _newest(crl for crl in lists if crl.this_update <= at)
    states: list[IssuerState] = []
    for name, keys in _keys_by_name(authorities).items():
        own = [
            crl
            for crl in known
            if crl.issuer_name.comparable == name[0] and any(crl.is_signed_by(key) for key in keys)
        ]
        states += [_state_of(crl, at, tolerance, maximum_age) for crl in own]
        if not any(crl.base_number is None for crl in own):
            states.append(IssuerState(name[1], Freshness.ABSENT))
    return tuple(states)


def _keys_by_name(authorities: Iterable[SigningCertificate]) -> dict[tuple[bytes, str], list[bytes]]:
    """Group the CAs' keys by name: a CA with two keys is one issuer."""
    found: dict[bytes, tuple[str, list[bytes]]] = {}
    for certificate in authorities:
        if certificate.is_ca:
            entry = found.setdefault(certificate.subject_name.comparable, (certificate.subject, []))
            entry[1].append(certificate.spki_der)
    return {(name, text): keys for name, (text, keys) in found.items()}


def _newest(lists: Iterable[StoredList]) -> list[StoredList]:
    """Choose the newest of each issuer, scope and kind."""
    newest: dict[object, StoredList] = {}
    for crl in sorted(lists, key=lambda item: (item.this_update, item.number or 0)):
        newest[crl.issuer_name.comparable, crl.scope, crl.base_number is None] = crl
    return list(newest.values())


def _state_of(crl: StoredList, at: datetime, tolerance: timedelta, maximum_age: timedelta) -> IssuerState:
    """Judge one list, as `agent.pki.revocation` does."""
    has_end = crl.next_update is not None
    end = crl.next_update or crl.this_update + maximum_age
    freshness = Freshness.FRESH
    if at > end:
        freshness = Freshness.GRACE if has_end and at <= end + tolerance else Freshness.STALE
    return IssuerState(crl.issuer, freshness, crl, at - crl.this_update, end - at)

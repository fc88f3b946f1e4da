"""Forks: two lists of one CA, key and scope with one number, of which nobody can say which is right.

A list with a greater number settles it. Until then no list of the series vouches: what one of the two leaves
out may be what the other was made for.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from agent.pki.crl import RevocationList
from agent.pki.crl_scope import CRLScope

_ROLLBACK: Final = "crl-rollback"
Series = tuple[bytes, bytes, CRLScope]
"""SubjectPublicKeyInfo of the signer, comparable name of the issuer, scope."""
_Position = tuple[int, datetime | None]


def series_of(signer: bytes, crl: RevocationList) -> Series:
    """Name the lists, complete and delta, that speak of the same."""
    return signer, crl.issuer_name.comparable, crl.scope


def find_forks(
    signed: Iterable[tuple[bytes, RevocationList]], until: datetime
) -> dict[Series, tuple[RevocationList, ...]]:
    """Find the series with a fork that nothing issued up to `until` settles, each with the lists of the fork.

    `signed` are lists with the keys that signed them. What was put aside as a rollback settles nothing.
    """
    series: dict[Series, list[RevocationList]] = {}
    for signer, crl in signed:
        if crl.this_update <= until and crl.refused != _ROLLBACK:
            series.setdefault(series_of(signer, crl), []).append(crl)
    found = {name: _find_fork(lists) for name, lists in series.items() if len(lists) > 1}
    return {name: fork for name, fork in found.items() if fork}


def _find_fork(lists: list[RevocationList]) -> tuple[RevocationList, ...]:
    """Find the newest lists where there are several; a delta CRL settles a fork of delta CRLs alone."""
    complete = _newest([crl for crl in lists if crl.base_number is None])
    if len(complete) > 1:
        return complete
    delta = _newest([crl for crl in lists if crl.base_number is not None])
    if len(delta) > 1 and not (complete and _position(complete[0])[0] > _position(delta[0])[0]):
        return delta
    return ()


def _newest(lists: list[RevocationList]) -> tuple[RevocationList, ...]:
    """List what has the last number: more than one is a fork."""
    if not lists:
        return ()
    last = max(lists, key=lambda crl: (-1 if crl.number is None else crl.number, crl.this_update))
    same = [crl for crl in lists if _position(crl) == _position(last)]
    # A long list is hashed only where it matters.
    return tuple({crl.identity: crl for crl in same}.values()) if len(same) > 1 else tuple(same)


def _position(crl: RevocationList) -> _Position:
    """Say where in its series a list belongs: by number, else by thisUpdate."""
    return (-1, crl.this_update) if crl.number is None else (crl.number, None)

"""Until when a list vouches (RFC 5280 clauses 5.1.2.5 and 6.3.3 (a))."""

from datetime import datetime, timedelta

from agent.dataclass import dataclass
from agent.pki.crl import RevocationList
from agent.pki.crl_delta import CombinedList


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When lists are asked, and how long they are believed."""

    at: datetime
    known_until: datetime
    """Lists issued after `at`, up to here, may vouch too."""
    tolerance: timedelta
    maximum_age: timedelta


def find_silence(crl: RevocationList, lifetime: Lifetime) -> tuple[str, RevocationList]:
    """Find why a list that omits the certificate says nothing of the instant, and which list it hangs on.

    The code is empty when it vouches. Of a delta CRL and its base both must be in time: clause 6.3.3 (a)
    would let a delta CRL prolong its base, but what is past its nextUpdate vouches for nothing here.
    """
    if isinstance(crl, CombinedList):
        code, silent = find_silence(crl.base, lifetime)
        return (code, silent) if code else find_silence(crl.delta, lifetime)
    if crl.refused:
        return crl.refused, crl
    if lifetime.at < crl.this_update <= lifetime.known_until:
        return "", crl
    return freshness_problem(crl, lifetime.at, lifetime.tolerance, lifetime.maximum_age), crl


def freshness_problem(crl: RevocationList, at: datetime, tolerance: timedelta, maximum_age: timedelta) -> str:
    """Find why a list cannot vouch at an instant, as a code; empty when it can."""
    if at < crl.this_update:
        return "crl-not-yet-valid"
    # Instants are subtracted, never added to: a nextUpdate of the last day of the year 9999 is valid.
    if crl.next_update is None:
        return "crl-stale" if at - crl.this_update > maximum_age else ""
    return "crl-stale" if at - crl.next_update > tolerance else ""

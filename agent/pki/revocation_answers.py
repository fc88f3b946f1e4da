"""The three answers about revocation, and the evidence that they rest on."""

from datetime import datetime
from typing import Final

from agent.dataclass import dataclass
from agent.instants import format_instant
from agent.pki.crl import RevocationList
from agent.pki.crl_delta import CombinedList


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
    """The lists relied on, newest first: one, or several that divide the reasons, or a delta and its base."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """Revoked at or before the instant."""

    at: datetime
    """revocationDate, or the invalidityDate when that is earlier; aware UTC."""
    reason: str
    """A CRLReason name (RFC 5280 clause 5.3.1)."""
    evidence: tuple[CRLEvidence, ...]
    """The list that says so."""
    is_omitted: bool = False
    """A newer list leaves it out, which takes nothing back (RFC 5280 clauses 3.3 and 5.3.1)."""


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
    "crl-store-unusable",
    "crl-fork",
    "crl-reasons-partial",
    "crl-stale",
    "crl-not-yet-valid",
    "crl-delta",
    "crl-rollback",
    "crl-extension-unknown",
    "crl-entry-invalid",
    "crl-scope",
    "crl-signer-unproven",
    "crl-signer-unsuitable",
    "crl-signature-wrong",
    "crl-absent",
)
"""Every code, the one nearest to an answer first: with several lists, that is the one reported."""

_REASONS_WHY: Final = {
    "crl-store-unusable": "may have been followed by another, which the store would know that cannot be read",
    "crl-fork": "is one of two with the same number, and no newer one says which is right",
    "crl-rollback": "was put aside because its number or thisUpdate went backwards",
    "crl-reasons-partial": "covers some revocation reasons only",
    "crl-stale": "is out of date",
    "crl-not-yet-valid": "was issued later than the instant judged",
    "crl-delta": "is a delta CRL, and the complete CRL that it builds on is not at hand",
    "crl-extension-unknown": "has a critical extension that is not understood",
    "crl-entry-invalid": "has an entry that makes no sense in it",
    "crl-scope": "is not for this kind of certificate or distribution point",
    "crl-signer-unproven": "is signed by a CRL signer who is not shown to be valid and unrevoked",
    "crl-signer-unsuitable": "comes from an issuer whose keyUsage lacks cRLSign",
    "crl-signature-wrong": "is not signed with its issuer's key by an allowed algorithm",
}


def build_undetermined(code: str, crl: RevocationList, at: datetime, more: str = "") -> Undetermined:
    """Build the answer about one list; `more` is a clause of what else is to be said."""
    until = "no nextUpdate" if crl.next_update is None else f"nextUpdate {format_instant(crl.next_update)}"
    number = "" if crl.number is None else f" number {crl.number}"
    why = (
        f"the CRL{number} of {crl.issuer} (thisUpdate {format_instant(crl.this_update)}, {until})"
        f" {_REASONS_WHY[code]}{', ' if more else ''}{more}; judged at {format_instant(at)}."
    )
    return Undetermined(code, why, describe_evidence(crl))


def describe_evidence(crl: RevocationList) -> tuple[CRLEvidence, ...]:
    """Build the evidence that names a list: of a combined one, delta and base."""
    if isinstance(crl, CombinedList):
        return (*describe_evidence(crl.delta), *describe_evidence(crl.base))
    return (CRLEvidence(crl.issuer, crl.number, crl.this_update, crl.next_update, crl.sha256.hex()),)

"""Delta CRLs (RFC 5280 clause 5.2.4): a complete CRL and the changes since, read as one list."""

from datetime import datetime

from agent.dataclass import dataclass
from agent.pki.crl import RevocationList
from agent.pki.crl_entries import REMOVED, CRLEntry
from agent.pki.crl_scope import CRLScope
from agent.pki.names import DistinguishedName


@dataclass(frozen=True, slots=True)
class CombinedList:
    """A complete CRL brought up to date by a delta CRL; number and dates are the delta's."""

    base: RevocationList
    delta: RevocationList

    @property
    def der(self) -> bytes:
        """The delta CRL; the combination has no octets of its own."""
        return self.delta.der

    @property
    def where(self) -> str:
        """Where the delta was read."""
        return self.delta.where

    @property
    def sha256(self) -> bytes:
        """That of the delta CRL."""
        return self.delta.sha256

    @property
    def identity(self) -> bytes:
        """That of the delta CRL."""
        return self.delta.identity

    @property
    def refused(self) -> str:
        """Why either was put aside."""
        return self.delta.refused or self.base.refused

    @property
    def issuer_name(self) -> DistinguishedName:
        """The issuer of both."""
        return self.delta.issuer_name

    @property
    def issuer(self) -> str:
        """The issuer of both as RFC 4514 writes it."""
        return self.delta.issuer

    @property
    def number(self) -> int | None:
        """The delta's number."""
        return self.delta.number

    @property
    def base_number(self) -> int | None:
        """None: the combination is complete."""
        return None

    @property
    def this_update(self) -> datetime:
        """The delta's."""
        return self.delta.this_update

    @property
    def next_update(self) -> datetime | None:
        """The delta's."""
        return self.delta.next_update

    @property
    def scope(self) -> CRLScope:
        """The scope of both."""
        return self.base.scope

    @property
    def unknown_critical(self) -> tuple[str, ...]:
        """What is not understood of either."""
        return (*self.delta.unknown_critical, *self.base.unknown_critical)

    def is_signed_by(self, spki_der: bytes) -> bool:
        """Tell whether the key signed both."""
        return self.delta.is_signed_by(spki_der) and self.base.is_signed_by(spki_der)

    def entry_for(self, serial: int, issuer: DistinguishedName | None = None) -> CRLEntry | None:
        """Find the entry: the delta's word counts first, and may be that there is none any more.

        Raises:
            DocumentError: `crl-malformed` when a list names it, but the entry cannot be read.

        """
        change = self.delta.entry_for(serial, issuer)
        if change is None:
            return self.base.entry_for(serial, issuer)
        return None if change.reason == REMOVED else change


def is_base_of(base: RevocationList, delta: RevocationList) -> bool:
    """Tell whether a complete and a delta CRL may be combined; that one key signed both is asked elsewhere.

    Clause 5.2.4: one issuer, one scope, BaseCRLNumber ≤ number of the complete CRL < number of the delta.
    """
    numbers = (delta.base_number, base.number, delta.number)
    if base.base_number is not None or None in numbers:
        return False
    since, complete, changed = (number for number in numbers if number is not None)
    return (
        since <= complete < changed
        and base.this_update <= delta.this_update
        and base.issuer_name.comparable == delta.issuer_name.comparable
        and base.scope == delta.scope
    )

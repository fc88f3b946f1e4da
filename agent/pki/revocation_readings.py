"""One CRL, as it bears on one certificate (RFC 5280 clause 6.3.3): what keeps it from answering."""

from datetime import datetime

from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList
from agent.pki.crl_delta import CombinedList, is_base_of
from agent.pki.crl_entries import REMOVED, CRLEntry
from agent.pki.crl_scope import covered_reasons
from agent.pki.revocation_answers import UNDETERMINED_CODES


@dataclass(frozen=True, slots=True)
class Reading:
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


def examine(crl: RevocationList, certificate: SigningCertificate, key: bytes) -> Reading:
    """Apply step 3 to one list."""
    try:
        entry = crl.entry_for(certificate.serial, certificate.issuer_name)
    except IkiError as error:
        return read_nothing(crl, certificate, error)
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
    return Reading(crl, problem, entry, reasons, key)


def read_nothing(crl: RevocationList, certificate: SigningCertificate, error: IkiError) -> Reading:
    """Read a list that cannot be read, itself or in its store: it may well name the certificate."""
    code = error.code if error.code in UNDETERMINED_CODES else "crl-entry-invalid"
    return Reading(crl, code, CRLEntry(certificate.serial, crl.this_update, ""))


def combine(readings: list[Reading], certificate: SigningCertificate) -> list[Reading]:
    """Apply step 2: put the combination in the place of a delta that has a base."""
    bases = [reading for reading in readings if not reading.problem and not reading.crl.refused]
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
            result.append(examine(CombinedList(base.crl, reading.crl), certificate, base.signed_by))
    return result

"""What the page says in words: British dates, and what a verdict means to whoever asked."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from agent.findings import Level
from agent.pki.revocation import Good, RevocationAnswer, Revoked
from agent.verdicts import Indication, SubIndication, Verdict

if TYPE_CHECKING:
    from agent.policy.verdict import FileVerdict

VERDICTS: Final = {
    Indication.TOTAL_PASSED: "Passed",
    Indication.INDETERMINATE: "Indeterminate",
    Indication.TOTAL_FAILED: "Failed",
}
"""The verdict in large."""
MEANINGS: Final = {
    Indication.TOTAL_PASSED: "Wholly and correctly signed by those who must sign, with certificates shown to"
    " be valid and unrevoked.",
    Indication.INDETERMINATE: "Not shown to be valid, and not shown to be forged: something needed for a"
    " verdict is missing, or says no.",
    Indication.TOTAL_FAILED: "Not what was signed, or not validly signed: do not rely on it.",
}
"""One sentence for each."""
REASONS: Final = {
    SubIndication.FORMAT_FAILURE: "the document, or a signature in it, is not built as it must be",
    SubIndication.HASH_FAILURE: "something was changed after it was signed",
    SubIndication.SIG_CRYPTO_FAILURE: "a signature value is not by the key of its certificate",
    SubIndication.NOT_YET_VALID: "a signature is from before its certificate",
    SubIndication.SIG_CONSTRAINTS_FAILURE: "a rule about signatures or about who must sign is not kept",
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: "a certificate, or one above it, breaks a rule",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: "an algorithm or a key is too weak",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: "the certificate of a signature is not there",
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: "no chain leads to a trust anchor",
    SubIndication.REVOKED_NO_POE: "a certificate is revoked, and nothing proves that the signature is older",
    SubIndication.REVOKED_CA_NO_POE: "a CA's certificate is revoked, and nothing proves that the signature"
    " is older",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "a certificate is outside of its validity, and nothing proves that"
    " the signature is from inside",
    SubIndication.TRY_LATER: "revocation could not be determined: a fresh CRL may",
}
"""The sub-indications of ETSI EN 319 102-1 table 6 in words."""
LEVELS: Final = {Level.REFUSE: "Problem", Level.WARN: "Warning", Level.INFORM: "Note"}
"""The levels of findings, one at a time."""


def spell_instant(instant: datetime) -> str:
    """Write an aware instant as `22 November 2026 at 17:14:06 UTC`: no reader takes it for another day."""
    utc = instant.astimezone(UTC)
    return f"{spell_date(utc)} at {utc:%H:%M:%S} UTC"


def spell_date(instant: datetime) -> str:
    """Write the day of an aware instant as `22 November 2026`, in UTC."""
    utc = instant.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}"


def explain(verdict: Verdict) -> str:
    """Say in one sentence why the verdict is what it is; empty when it passed."""
    reason = REASONS.get(verdict.sub_indication) if verdict.sub_indication else None
    return f"{reason[0].upper()}{reason[1:]}." if reason else ""


def count_warnings(verdict: "FileVerdict") -> str:
    """Say with how many warnings a verdict passed; empty when there is none, or it did not pass."""
    number = sum(finding.level is Level.WARN for finding in verdict.findings)
    if not number or verdict.verdict.indication is not Indication.TOTAL_PASSED:
        return ""
    return f"with {number} warning{'' if number == 1 else 's'}"


def word_revocation(answer: RevocationAnswer) -> str:
    """Say what is known of the revocation of a certificate."""
    match answer:
        case Good():
            return "shown to be unrevoked"
        case Revoked():
            return f"REVOKED since {spell_instant(answer.at)} ({answer.reason})"
        case _:
            return f"revocation NOT DETERMINED: {answer.why}"


# Not strftime's: it speaks the language of the machine.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

"""Verdicts in the words of ETSI EN 319 102-1 (clauses 5.1.3 and 5.1.4)."""

from collections.abc import Iterable
from enum import StrEnum

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.findings import Finding, Level


class Indication(StrEnum):
    """Main status indication, ETSI EN 319 102-1 table 5."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


class SubIndication(StrEnum):
    """Sub-indication, ETSI EN 319 102-1 table 6; only those this program can reach."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    TRY_LATER = "TRY_LATER"


_FAILED = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.NOT_YET_VALID,
    }
)
_MAX_WORDS = 500
"""Characters of a place or message."""
_WORSE_LAST = (Indication.TOTAL_PASSED, Indication.INDETERMINATE, Indication.TOTAL_FAILED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An indication and, unless it is TOTAL-PASSED, the reason as a sub-indication."""

    indication: Indication
    sub_indication: SubIndication | None = None

    @classmethod
    def of(cls, sub_indication: SubIndication) -> "Verdict":
        """Build the verdict that a sub-indication belongs to (EN 319 102-1 table 6)."""
        failed = sub_indication in _FAILED
        return cls(Indication.TOTAL_FAILED if failed else Indication.INDETERMINATE, sub_indication)


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding, and the sub-indication it leads to; None when it does not weigh on the verdict."""

    finding: Finding
    sub_indication: SubIndication | None


def problem(code: str, where: str, message: str, clause: str, sub_indication: SubIndication) -> Problem:
    """Build a problem that refuses."""
    return Problem(Finding(code, Level.REFUSE, where, message, clause), sub_indication)


@dataclass(frozen=True, slots=True)
class DeclaredFinding:
    """A finding's code with what always goes with it; each room declares its own once, in `findings.py`."""

    code: str
    """Stable, kebab-case."""
    meaning: str
    """One sentence, for docs/findings.md."""
    clause: str
    sub_indication: SubIndication | None = SubIndication.FORMAT_FAILURE
    """None for what does not weigh on the verdict."""
    level: Level = Level.REFUSE

    def at(self, where: str, message: str, *, hint: str = "") -> Problem:
        """Build the problem found at one place."""
        finding = Finding(self.code, self.level, _short(where), _short(message), self.clause, hint)
        return Problem(finding, self.sub_indication)

    def error(self, message: str, *, hint: str = "") -> DocumentError:
        """Build the error for a document that cannot be read further."""
        return DocumentError(self.code, _short(message), hint=hint, clause=self.clause)


def _short(text: str) -> str:
    """Cut what a stranger made long: names and texts of a document end in messages."""
    return text if len(text) <= _MAX_WORDS else text[:_MAX_WORDS] + "…"


PASSED = Verdict(Indication.TOTAL_PASSED)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Find the worst verdict, the first of equals; TOTAL-PASSED when there is none to choose from."""
    return max(verdicts, key=lambda verdict: _WORSE_LAST.index(verdict.indication), default=PASSED)

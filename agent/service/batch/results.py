"""What came of each document of a batch, and of the batch as a whole."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.findings import Finding

WORSE_LAST: Final = (
    ExitStatus.OK,
    ExitStatus.INDETERMINATE,
    ExitStatus.FAILED,
    ExitStatus.REFUSED,
    ExitStatus.DOCUMENT,
    ExitStatus.TOKEN,
    ExitStatus.AGENT,
    ExitStatus.USAGE,
    ExitStatus.INTERNAL,
    ExitStatus.INTERRUPTED,
)
"""The statuses that documents, and batches, can have; of several the last in this order counts."""


_DEFECT: Final = "this is a defect of iki: run it for this document alone with IKI_DEBUG=1, and report it"


class Outcome(StrEnum):
    """What came of a document."""

    SIGNED = "signed"
    COUNTERSIGNED = "countersigned"
    ALREADY_DONE = "already done"
    """The output was there, and is this input with this signer's signature."""
    PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "TOTAL-FAILED"
    REFUSED = "refused"
    """Policy said no."""
    ERROR = "error"
    """Something else is wrong with the document, its file, or its output."""
    NOT_TRIED = "not tried"
    """The batch ended before its turn."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of one document."""

    file: Path
    outcome: Outcome
    status: ExitStatus
    """What its own command would have ended with."""
    output: Path | None = None
    sha256: str = ""
    """Of the output that was made, or of the file that was verified; hex, empty when neither is."""
    code: str = ""
    """Of the error, or the first finding that refuses."""
    message: str = ""
    hint: str = ""
    findings: tuple[Finding, ...] = ()
    verdict: Mapping[str, object] | None = None
    """As `iki verify --json` describes it."""
    seconds: float = 0.0


def result_of_error(file: Path, output: Path | None, error: Exception) -> BatchResult:
    """Build the result of a document that an error ended; what is none of ours is a defect."""
    if not isinstance(error, IkiError):
        message = f"internal: {type(error).__name__}: {error}"
        return BatchResult(
            file, Outcome.ERROR, ExitStatus.INTERNAL, output, code="internal", message=message, hint=_DEFECT
        )
    refused = error.exit_status is ExitStatus.REFUSED
    return BatchResult(
        file,
        Outcome.REFUSED if refused else Outcome.ERROR,
        error.exit_status,
        output,
        code=error.code,
        message=error.message,
        hint=error.hint,
        findings=getattr(error, "findings", ()),
    )


def worst_status(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """Find the exit status of a batch: the worst of its documents'."""
    return max(statuses, key=WORSE_LAST.index, default=ExitStatus.OK)


def count_outcomes(results: Iterable[BatchResult]) -> dict[Outcome, int]:
    """Count what came of the documents, in the order of `Outcome`."""
    counted = Counter(result.outcome for result in results)
    return {outcome: counted[outcome] for outcome in Outcome if counted[outcome]}

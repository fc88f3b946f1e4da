"""A batch of documents to verify: looked into by worker processes, judged in this one."""

from collections.abc import Callable, Collection
from pathlib import Path

from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.exits import ExitStatus
from agent.findings import Level
from agent.policy.verdict import FileVerdict, Judge
from agent.report.verdict_report import describe_verdict
from agent.roles import Role
from agent.service.batch.results import BatchResult, Outcome, result_of_error
from agent.service.beside import SUFFIX, signature_alone
from agent.service.documents.pool import DocumentPool
from agent.service.opening import DocumentRequest
from agent.service.verification import judge_examination, with_hint
from agent.verdicts import Indication

_OUTCOMES = {
    Indication.TOTAL_PASSED: (Outcome.PASSED, ExitStatus.OK),
    Indication.INDETERMINATE: (Outcome.INDETERMINATE, ExitStatus.INDETERMINATE),
    Indication.TOTAL_FAILED: (Outcome.FAILED, ExitStatus.FAILED),
}


@dataclass(frozen=True, slots=True)
class BatchVerifier:
    """Verifies the documents of a batch; may be used by several threads."""

    pool: DocumentPool
    load_judge: Callable[[], Judge]
    """Gives what documents are judged against, for the thread that asks."""
    container: ContainerFormat
    required: Collection[frozenset[Role]]

    def verify(self, file: Path) -> BatchResult:
        """Verify a document.

        Raises:
            IkiError: it cannot be read, or cost its worker process.

        """
        verdict = self._judge(file)
        outcome, status = _OUTCOMES[verdict.verdict.indication]
        refusing = next((item for item in verdict.findings if item.level is Level.REFUSE), None)
        return BatchResult(
            file,
            outcome,
            ExitStatus.DOCUMENT if verdict.malformed else status,
            sha256=verdict.sha256,
            code=refusing.code if refusing else "",
            message=refusing.message if refusing else "",
            hint=refusing.hint if refusing else "",
            findings=verdict.findings,
            verdict=describe_verdict(verdict),
        )

    def fail(self, file: Path, error: Exception) -> BatchResult:
        """Build the result of a document that was not verified."""
        return result_of_error(file, None, error)

    def skip(self, file: Path) -> BatchResult:
        """Build the result of a document whose turn did not come."""
        return BatchResult(file, Outcome.NOT_TRIED, ExitStatus.OK)

    def _judge(self, file: Path) -> FileVerdict:
        if file.suffix.lower() == SUFFIX:
            raise signature_alone(file)
        judge = self.load_judge()
        if self.container is ContainerFormat.PACKAGE:
            examination = self.pool.examine(DocumentRequest(file))
            return with_hint(judge_examination(str(file), examination, judge, required=self.required), file)
        # Most files are workbooks that carry their signatures: those are verified without the reader of CMS.
        from agent.service.detached_verification import choose_signature, judge_detached  # noqa: PLC0415

        request = DocumentRequest(file, self.container, choose_signature(file, None))
        return judge_detached(request, self.pool.examine(request), judge, required=self.required)

"""Verifying one document that came in: verdict, row of the table, and report. The one place that does it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.desk.names import show
from agent.desk.state import TableRow
from agent.findings import Level
from agent.instants import format_instant
from agent.policy.verdict import COUNTERSIGNED, SIGNED, FileVerdict, SignatureVerdict
from agent.report.html.words import VERDICTS, explain
from agent.roles import Role
from agent.service.beside import SUFFIX, signature_alone
from agent.service.documents.pool import DocumentPool
from agent.service.files import read_file
from agent.service.opening import DocumentRequest
from agent.service.reporting import build_report
from agent.service.verification import judge_examination
from agent.service.workspace import Workspace, build_judge

REQUIREMENTS: Final[dict[str, Collection[frozenset[Role]]]] = {
    "countersigned": COUNTERSIGNED,
    "manufacturer": SIGNED,
}
"""What can be asked for: a countersigned submission, or the manufacturer's signature alone."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one document."""

    row: TableRow
    word: str
    reason: str
    report: bytes


def judge_document(
    path: Path, name: str, requirement: str, workspace: Workspace, pool: DocumentPool
) -> Judgement:
    """Verify a document that lies at `path` and is called `name`; a worker process looks into it first.

    Raises:
        UsageError: `signature-alone` for a `.p7s`; trust material is missing.
        DocumentError: it is too large, or trust material is malformed, or it cost its worker.

    """
    if name.lower().endswith(SUFFIX):
        raise signature_alone(Path(name))
    judge = build_judge(workspace, at=datetime.now(UTC))
    examination = pool.examine(DocumentRequest(path, called=Path(name)))
    verdict = judge_examination(name, examination, judge, required=REQUIREMENTS[requirement])
    data = read_file(path, what="workbook", limit=judge.limits.max_file_bytes)
    page = build_report(data, verdict, judge, required=requirement, made_at=datetime.now(UTC))
    return Judgement(
        _build_row(verdict, name, requirement),
        VERDICTS[verdict.verdict.indication],
        explain(verdict.verdict),
        b"".join(page),
    )


def _build_row(verdict: FileVerdict, name: str, requirement: str) -> TableRow:
    counts = {level: sum(finding.level is level for finding in verdict.findings) for level in Level}
    serious = sorted(
        (finding for finding in verdict.findings if finding.level is not Level.INFORM),
        key=lambda finding: finding.level is not Level.REFUSE,
    )
    sub_indication = verdict.verdict.sub_indication
    return TableRow(
        name=name,
        verdict=verdict.verdict.indication.value,
        sub_indication=sub_indication.value if sub_indication else "",
        at=format_instant(verdict.at),
        sha256=verdict.sha256,
        signers="; ".join(map(_name_signer, verdict.signatures)),
        problems=counts[Level.REFUSE],
        warnings=counts[Level.WARN],
        first_finding=show(f"{serious[0].where}: {serious[0].message}") if serious else "",
        requirement=requirement,
    )


def _name_signer(signature: SignatureVerdict) -> str:
    certificate = signature.record.certificate
    name = certificate.display_name if certificate else "unknown signer"
    return show(f"{signature.record.claimed_role or 'no role'}: {name}")

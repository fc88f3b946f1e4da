"""Verifying one document that came in: verdict, row of the table, and report. The one place that does it."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.desk.names import show
from agent.desk.state import TableRow
from agent.findings import Level
from agent.instants import format_instant
from agent.policy.verdict import COUNTERSIGNED, SIGNED, FileVerdict, Judge, SignatureVerdict
from agent.report.html.words import VERDICTS, explain
from agent.roles import Role
from agent.service.beside import SUFFIX, signature_alone
from agent.service.detached_verification import judge_detached
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


@dataclass(frozen=True, slots=True)
class Drop:
    """A document that came in, with the `.p7s` over it if one came along: where they lie, and their names."""

    path: Path
    name: str
    signature: Path | None = None
    signature_name: str = ""


def judge_document(drop: Drop, requirement: str, workspace: Workspace, pool: DocumentPool) -> Judgement:
    """Verify a document; a worker process looks into it first.

    Raises:
        UsageError: `signature-alone` for a `.p7s`; trust material is missing.
        DocumentError: it is too large, or trust material is malformed, or it cost its worker.

    """
    name = drop.name
    if name.lower().endswith(SUFFIX):
        raise signature_alone(Path(name))
    judge = build_judge(workspace, at=datetime.now(UTC))
    verdict = _judge(drop, judge, REQUIREMENTS[requirement], pool)
    data = read_file(drop.path, what="document", limit=judge.limits.max_file_bytes)
    page = build_report(data, verdict, judge, required=requirement, made_at=datetime.now(UTC))
    return Judgement(
        _build_row(verdict, drop, requirement),
        VERDICTS[verdict.verdict.indication],
        explain(verdict.verdict),
        b"".join(page),
    )


def _judge(
    drop: Drop, judge: Judge, required: Collection[frozenset[Role]], pool: DocumentPool
) -> FileVerdict:
    if drop.signature is None:
        examination = pool.examine(DocumentRequest(drop.path, called=Path(drop.name)))
        return judge_examination(drop.name, examination, judge, required=required)
    request = DocumentRequest(
        drop.path,
        ContainerFormat.CMS,
        drop.signature,
        called=Path(drop.name),
        signature_called=Path(drop.signature_name),
    )
    return judge_detached(request, pool.examine(request), judge, required=required)


def _build_row(verdict: FileVerdict, drop: Drop, requirement: str) -> TableRow:
    counts = {level: sum(finding.level is level for finding in verdict.findings) for level in Level}
    serious = sorted(
        (finding for finding in verdict.findings if finding.level is not Level.INFORM),
        key=lambda finding: finding.level is not Level.REFUSE,
    )
    sub_indication = verdict.verdict.sub_indication
    return TableRow(
        name=drop.name,
        verdict=verdict.verdict.indication.value,
        sub_indication=sub_indication.value if sub_indication else "",
        at=format_instant(verdict.at),
        sha256=verdict.sha256,
        signers="; ".join(map(_name_signer, verdict.signatures)),
        problems=counts[Level.REFUSE],
        warnings=counts[Level.WARN],
        first_finding=show(f"{serious[0].where}: {serious[0].message}") if serious else "",
        requirement=requirement,
        signature_file=drop.signature_name,
    )


def _name_signer(signature: SignatureVerdict) -> str:
    certificate = signature.record.certificate
    name = certificate.display_name if certificate else "unknown signer"
    return show(f"{signature.record.claimed_role or 'no role'}: {name}")

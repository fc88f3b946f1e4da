"""`POST /v1/verify` and `/v1/policy/explain`: judging without a key."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from aiohttp import web

from agent.containers import ContainerFormat
from agent.daemon.callers import check_configuration, name_file
from agent.daemon.endpoints.image import ImageQuery, list_images
from agent.daemon.routing import Call, Endpoint
from agent.daemon.uploads import Upload, receiving, require_document
from agent.daemon.wire import ExplanationAnswer, FileName, Name, VerdictAnswer
from agent.errors import UsageError
from agent.instants import parse_instant
from agent.policy.explanation import Explanation
from agent.policy.verdict import COUNTERSIGNED, SIGNED, FileVerdict, Judge
from agent.report.policy_report import describe_explanation
from agent.report.verdict_report import describe_verdict
from agent.service.explaining import explain_with
from agent.service.kept_trust import let_go
from agent.service.opening import DocumentRequest
from agent.service.verification import judge_examination
from agent.service.workspace import build_judge


class VerifyQuery(msgspec.Struct, forbid_unknown_fields=True):
    """How the document is to be judged."""

    file: FileName = "document"
    format: ContainerFormat = ContainerFormat.PACKAGE
    signature: FileName = "document.p7s"
    """What the part `signature` is called, with the format `cms`."""
    require: Literal["manufacturer"] | None = None
    """Ask for the manufacturer's signature alone."""
    at: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    """Judge as of this time (ISO 8601); left out, now."""


class ExplainQuery(ImageQuery, forbid_unknown_fields=True, kw_only=True):
    """What is to be explained."""

    signer: Name
    file: FileName = "document"


async def _verify(call: Call) -> web.Response:
    async with receiving(call) as upload:
        require_document(upload)
        verdict = await call.agent.work(_judge, call, upload)
    return _json(describe_verdict(verdict))


def _judge(call: Call, upload: Upload) -> FileVerdict:
    """Verify, in a thread."""
    judge = build_judge(call.agent.workspace, at=_read_instant(call.query))
    try:
        return _judge_by(judge, call, upload)
    finally:
        let_go(judge.trust)


def _read_instant(query: VerifyQuery) -> datetime:
    return parse_instant(query.at) if query.at else datetime.now(UTC)


def _judge_by(judge: Judge, call: Call, upload: Upload) -> FileVerdict:
    query: VerifyQuery = call.query
    document = require_document(upload)
    required = SIGNED if query.require else COUNTERSIGNED
    name = Path(query.file)
    if query.format is ContainerFormat.PACKAGE:
        examination = call.agent.documents.examine(DocumentRequest(document, called=name))
        return judge_examination(query.file, examination, judge, required=required)
    if upload.signature is None:
        raise UsageError(
            "signature-missing",
            "there is no signature in the request",
            hint="send multipart/form-data with the parts document and signature",
        )
    from agent.service.detached_verification import judge_detached  # noqa: PLC0415 - as in `iki verify`

    request = DocumentRequest(
        document, query.format, upload.signature, called=name, signature_called=Path(query.signature)
    )
    return judge_detached(request, call.agent.documents.examine(request), judge, required=required)


async def _explain(call: Call) -> web.Response:
    check_configuration(call)
    async with receiving(call) as upload:
        explanation = await call.agent.work(_explain_here, call, upload.document)
    return _json(describe_explanation(explanation))


def _explain_here(call: Call, document: Path | None) -> Explanation:
    """Explain, in a thread."""
    query: ExplainQuery = call.query
    return explain_with(
        call.agent.tokens.load_certificate,
        call.peer.requester,
        query.signer,
        name_file(document, query.file, None) if document else None,
        call.agent.workspace,
        images=list_images(query),
        documents=call.agent.documents,
        load_trust=call.agent.trust.load,
    )


def _json(value: dict[str, Any]) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/verify",
        "verify",
        "Verify a signed document against the agent's trust; a bad signature is a verdict, not a problem.",
        _verify,
        VerdictAnswer,
        query=VerifyQuery,
        uploads=True,
        failures=(422,),
    ),
    Endpoint(
        "POST",
        "/policy/explain",
        "explain-policy",
        "What every rule says of a signer, and of a document if there is one; nothing is signed.",
        _explain,
        ExplanationAnswer,
        query=ExplainQuery,
        uploads=True,
        failures=(404, 409, 422),
    ),
)

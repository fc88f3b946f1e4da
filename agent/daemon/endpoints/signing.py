"""`POST /v1/sign` and `/countersign`: a document comes in, and leaves signed."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
from aiohttp import web

from agent.containers import ContainerFormat
from agent.daemon.callers import build_ring, check_configuration, name_file
from agent.daemon.delivery import MIXED, Delivery
from agent.daemon.endpoints.image import ImageQuery, list_images
from agent.daemon.routing import Call, Endpoint
from agent.daemon.uploads import receiving, require_document
from agent.daemon.wire import FileName, Name
from agent.errors import AgentError, UsageError
from agent.operations import Operation
from agent.service.additions import Additions
from agent.service.signing import SigningJob, SigningResult, sign_document
from agent.service.signing_summary import describe_signing


class SignQuery(ImageQuery, forbid_unknown_fields=True, kw_only=True):
    """What is asked for, beside the document."""

    signer: Name
    """As the agent's configuration names it."""
    file: FileName = "document"
    """What the document is called: for messages and the audit log."""
    folder: FileName | None = None
    """The folder that `file` is relative to, for the audit log."""
    format: ContainerFormat = ContainerFormat.PACKAGE
    timestamp: bool = False
    tsa: Annotated[list[str], msgspec.Meta(max_length=10)] = msgspec.field(default_factory=list)
    """TSAs to ask in place of the configured ones; only the agent's own user may say so."""
    embed_revocation: bool = False
    final_try: bool = False


class CountersignQuery(SignQuery, forbid_unknown_fields=True, kw_only=True):
    """The same for a countersignature."""

    signature: FileName = "document.p7s"
    """What the part `signature` is called, with the format `cms`."""


async def _sign(call: Call) -> web.StreamResponse:
    return await _run(call, Operation.SIGN)


async def _countersign(call: Call) -> web.StreamResponse:
    return await _run(call, Operation.COUNTERSIGN)


async def _run(call: Call, operation: Operation) -> web.StreamResponse:
    check_configuration(call)
    query: SignQuery = call.query
    if query.tsa and not call.peer.controls:
        raise AgentError(
            "tsa-refused",
            "only the agent's own user may name a TSA",
            hint="leave --tsa out: the agent asks those of its configuration",
        )
    async with receiving(call) as upload:
        document = require_document(upload)
        signature = _check_signature(operation, query, upload.signature)
        job = SigningJob(
            operation,
            name_file(document, query.file, query.folder),
            upload.folder / "output",
            query.signer,
            container=query.format,
            signature=name_file(signature, getattr(query, "signature", ""), query.folder)
            if signature
            else None,
            additions=Additions(query.timestamp or bool(query.tsa), tuple(query.tsa), query.embed_revocation),
            images=list_images(query),
        )
        delivery = Delivery(call.request, job.output)
        result = await call.agent.work(_work, call, job, delivery)
        return await delivery.end(describe_signing(result, None))


def _work(call: Call, job: SigningJob, delivery: Delivery) -> SigningResult:
    """Sign, in a thread."""
    query: SignQuery = call.query
    workspace = call.agent.workspace
    keys = build_ring(call, job.signer, final_try=query.final_try)
    return sign_document(
        job,
        workspace,
        keys,
        call.agent.documents,
        trust=call.agent.trust.load,
        requester=call.peer.requester,
        output=delivery,
    )


def _check_signature(operation: Operation, query: SignQuery, signature: Path | None) -> Path | None:
    """Check that a signature comes along exactly where one is countersigned that lies beside its file."""
    wanted = operation is Operation.COUNTERSIGN and query.format is ContainerFormat.CMS
    if wanted is (signature is not None):
        return signature
    if wanted:
        raise UsageError(
            "signature-missing",
            "there is no signature in the request",
            hint="send multipart/form-data with the parts document and signature",
        )
    raise UsageError("signature-without-cms", "the part signature has no use here", hint="leave it out")


_FAILURES: Final = (404, 409, 422, 502)

ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/sign",
        "sign",
        "Sign a document as its manufacturer; the answer is the signed document, then what was done.",
        _sign,
        MIXED,
        query=SignQuery,
        uploads=True,
        failures=_FAILURES,
    ),
    Endpoint(
        "POST",
        "/countersign",
        "countersign",
        "Countersign what a manufacturer signed, once that has passed verification.",
        _countersign,
        MIXED,
        query=CountersignQuery,
        uploads=True,
        failures=_FAILURES,
    ),
)

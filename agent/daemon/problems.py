"""Errors as problem details: our stable codes, and the exit status that a command would have.

Source: RFC 9457 clauses 3.1 and 3.2.
"""

from typing import Final

import msgspec
from aiohttp import web

from agent.daemon.wire import Problem
from agent.errors import AuditError, IkiError
from agent.exits import ExitStatus
from agent.findings import Finding
from agent.report.verdict_report import describe_finding

MEDIA_TYPE: Final = "application/problem+json"
_TITLES: Final = {
    ExitStatus.USAGE: "the request or the agent's configuration is wrong",
    ExitStatus.REFUSED: "policy refused",
    ExitStatus.FAILED: "the signature is bad",
    ExitStatus.INDETERMINATE: "this could not be determined",
    ExitStatus.TOKEN: "token or PIN",
    ExitStatus.AGENT: "the agent does not do this",
    ExitStatus.DOCUMENT: "the document is malformed or over a limit",
    ExitStatus.INTERNAL: "internal error",
}
_STATUSES: Final = {
    ExitStatus.USAGE: 400,
    ExitStatus.REFUSED: 403,
    ExitStatus.FAILED: 422,
    ExitStatus.INDETERMINATE: 502,
    ExitStatus.TOKEN: 503,
    ExitStatus.AGENT: 503,
    ExitStatus.DOCUMENT: 422,
    ExitStatus.INTERNAL: 500,
}
_BY_CODE: Final = {
    "body-too-large": 413,
    "configuration-other": 409,
    "control-refused": 403,
    "media-type": 415,
    "method-unknown": 405,
    "path-unknown": 404,
    "pin-each-time": 409,
    "peer-refused": 403,
    "signer-unknown": 404,
    "token-locked": 409,
    "tsa-refused": 403,
}
"""Where the code says more than the exit status does."""


def build_problem(error: IkiError) -> web.Response:
    """Build the response to a request that failed."""
    status = _status_of(error)
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    problem = Problem(
        type=f"urn:iki-agent:problem:{error.code}",
        title=_TITLES.get(error.exit_status, "error"),
        status=status,
        detail=error.message,
        code=error.code,
        exit_status=int(error.exit_status),
        hint=error.hint,
        findings=[describe_finding(each) | {"hint": each.hint} for each in findings],
    )
    headers = {"Retry-After": "1"} if error.code == "agent-busy" else None
    return web.Response(
        body=msgspec.json.encode(problem), status=status, content_type=MEDIA_TYPE, headers=headers
    )


def _status_of(error: IkiError) -> int:
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, AuditError):
        return _STATUSES[ExitStatus.AGENT]  # it is not the request that is wrong
    return _STATUSES.get(error.exit_status, _STATUSES[ExitStatus.INTERNAL])

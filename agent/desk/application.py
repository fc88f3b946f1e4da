"""The application: where a request comes from is checked first, and whatever goes wrong is told in JSON."""

import sys
import traceback
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from agent.desk.endpoints import ENDPOINTS
from agent.desk.routing import Endpoint
from agent.desk.state import Desk
from agent.errors import AgentError, IkiError, UsageError
from agent.exits import ExitStatus
from agent.findings import Finding
from agent.report.verdict_report import describe_finding

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer; a report brings a policy of its own along, which is stricter."""
_STATUSES: Final = {
    ExitStatus.USAGE: 400,
    ExitStatus.REFUSED: 403,
    ExitStatus.TOKEN: 503,
    ExitStatus.AGENT: 403,
    ExitStatus.DOCUMENT: 422,
}
_BY_CODE: Final = {
    "body-too-large": 413,
    "desk-full": 507,
    "desk-gone": 404,
    "desk-host": 421,
    "desk-session": 401,
    "desk-token": 401,
    "method-unknown": 405,
    "path-unknown": 404,
    "review-changed": 409,
}


class _InternalError(IkiError):
    """A defect of ours; what it was is told on standard error alone."""


def build_application(desk: Desk) -> web.Application:
    """Build the application with all its endpoints."""
    application = web.Application(middlewares=[_build_guard(desk)])
    for endpoint in ENDPOINTS:
        application.router.add_route(endpoint.method, endpoint.path, _serve(endpoint, desk))
    return application


def _serve(endpoint: Endpoint, desk: Desk) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        desk.admission.check_request(request.headers, is_entrance=endpoint.is_entrance)
        if not endpoint.is_open:
            desk.admission.check_session(request.headers)
        with desk.in_use():
            return await endpoint.serve(desk, request)

    return serve


def _build_guard(desk: Desk) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Make an answer of every error, and say to the browser how little the answer may do."""
        try:
            response = await handler(request)
        except IkiError as error:
            response = _refuse(error)
        except web.HTTPException as error:
            response = _translate(desk, request, error)
        except ConnectionError:
            raise  # nobody is there to be told
        except Exception as error:  # noqa: BLE001 - the boundary: a defect is told in one line
            response = _refuse(_internal(error))
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return guard


_HINTS: Final = {
    "pin-rejected-before": "give the right PIN; if it was changed to this one since, sign once with `iki sign"
    " --final-try` in a terminal",
    "pin-outcome-unknown": "make sure that the PIN is right, then sign once with `iki sign --final-try` in a"
    " terminal: the desk has no final try",
}
"""The next step where the command line's is none of the desk's."""


def _refuse(error: IkiError) -> web.Response:
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    body = {
        "code": error.code,
        "message": error.message,
        "hint": _HINTS.get(error.code, error.hint),
        "findings": [describe_finding(each) | {"hint": each.hint} for each in findings],
    }
    status = _BY_CODE.get(error.code) or _STATUSES.get(error.exit_status, 500)
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def _translate(desk: Desk, request: web.Request, error: web.HTTPException) -> web.Response:
    """Translate what the framework refuses by itself; from elsewhere nobody learns what there is."""
    try:
        desk.admission.check_request(request.headers, is_entrance=False)
    except AgentError as refusal:
        return _refuse(refusal)
    hint = "the page knows what there is"
    match error.status:
        case 404:
            return _refuse(UsageError("path-unknown", f"there is no {request.path}", hint=hint))
        case 405:
            message = f"{request.path} has no {request.method}"
            response = _refuse(UsageError("method-unknown", message, hint=hint))
            response.headers["Allow"] = error.headers["Allow"]
            return response
        case _:
            return _refuse(UsageError("request-invalid", f"refused: {error.reason}", hint=hint))


def _internal(error: Exception) -> IkiError:
    sys.stderr.write("iki: error: internal, at the desk:\n")
    traceback.print_exception(error)
    return _InternalError(
        "internal",
        f"internal: {type(error).__name__}",
        hint="this is a defect of iki: the terminal has the details; report them",
    )

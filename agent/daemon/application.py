"""The application: whoever asks is identified first, and whatever goes wrong is a problem with a code."""

import sys
import time
import traceback
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from agent.daemon.endpoints import ENDPOINTS
from agent.daemon.peers import Peer, identify_peer
from agent.daemon.problems import build_problem
from agent.daemon.routing import PEER, Endpoint, answer
from agent.daemon.state import Agent
from agent.daemon.tls import identify_client
from agent.endpoint import API
from agent.errors import AgentError, DocumentError, IkiError, UsageError

_MAX_JSON: Final = 64 * 1024
"""Octets of a body of JSON; documents are streamed and have a limit of their own."""


class _InternalError(IkiError):
    """A defect of ours; what it was is told on the agent's standard error alone."""


def build_application(agent: Agent) -> web.Application:
    """Build the application with all its endpoints."""
    application = web.Application(middlewares=[_build_guard(agent)], client_max_size=_MAX_JSON)
    for endpoint in ENDPOINTS:
        serve = _serve(endpoint, agent)
        application.router.add_route(endpoint.method, API + endpoint.path, serve, name=endpoint.name)
    return application


def _serve(endpoint: Endpoint, agent: Agent) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        if not endpoint.exists(agent, request[PEER]):
            raise web.HTTPNotFound
        if endpoint.controls and not request[PEER].controls:
            raise AgentError(
                "control-refused",
                f"only the user that the agent runs as may {endpoint.name}",
                hint="run the command as that user, on the agent's own socket",
            )
        return await answer(endpoint, agent, request)

    return serve


def _build_guard(agent: Agent) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Identify who asks, make a problem of every error, and count."""
        began = time.monotonic()
        try:
            request[PEER] = _identify(agent, request)
            response = await handler(request)
        except IkiError as error:
            response = _refuse(agent, error)
        except web.HTTPException as error:
            response = _refuse(agent, _translate(error, request))
            response.headers.update({"Allow": error.headers["Allow"]} if "Allow" in error.headers else {})
        except Exception as error:  # noqa: BLE001 - the boundary: a defect is told in one line
            response = _refuse(agent, _internal(error))
        name = request.match_info.route.name or "unknown"
        agent.metrics.count(name, response.status, time.monotonic() - began)
        return response

    return guard


def _refuse(agent: Agent, error: IkiError) -> web.Response:
    agent.metrics.count_problem(error.code)
    return build_problem(error)


def _identify(agent: Agent, request: web.Request) -> Peer:
    secured = request.get_extra_info("ssl_object")
    if secured is not None:
        return identify_client(secured)
    connection = request.get_extra_info("socket")
    if connection is None:
        raise AgentError("peer-refused", "the connection is gone")
    return identify_peer(connection, agent.workspace.configuration.agent.listen.users)


def _translate(error: web.HTTPException, request: web.Request) -> IkiError:
    """Translate what the framework refuses by itself."""
    hint = "GET /v1/openapi.json says what there is"
    match error.status:
        case 404:
            return UsageError("path-unknown", f"there is no {request.path}", hint=hint)
        case 405:
            return UsageError("method-unknown", f"{request.path} has no {request.method}", hint=hint)
        case 413:
            return DocumentError("body-too-large", f"the body is larger than {_MAX_JSON} octets", hint=hint)
        case _:
            return UsageError("request-invalid", f"the request is refused: {error.reason}", hint=hint)


def _internal(error: Exception) -> IkiError:
    sys.stderr.write("iki: error: internal, in the agent:\n")
    traceback.print_exception(error)
    return _InternalError(
        "internal",
        f"internal: {type(error).__name__}",
        hint="this is a defect of iki: the agent's log has the details; report them",
    )

"""Endpoints: what each takes and answers is declared once, for the server and for the OpenAPI document."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
from aiohttp import web

from agent.daemon.peers import Peer
from agent.daemon.state import Agent
from agent.daemon.wire import Nothing
from agent.dataclass import dataclass
from agent.errors import UsageError

PEER: Final = web.RequestKey("peer", Peer)
"""Where the application keeps who asks."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one endpoint, its parameters converted and checked."""

    agent: Agent
    peer: Peer
    request: web.Request
    query: Any
    body: Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that can be asked for."""

    method: str
    path: str
    """Below `/v1`."""
    name: str
    """The operationId."""
    summary: str
    handle: Callable[[Call], Awaitable[msgspec.Struct | web.StreamResponse]]
    answer: type[msgspec.Struct] | str
    """The type of its JSON, or a media type."""
    query: type[msgspec.Struct] = Nothing
    body: type[msgspec.Struct] | None = None
    """The type of its JSON."""
    uploads: bool = False
    """Its body is a document."""
    controls: bool = False
    """Only for the daemon's own user, on the Unix socket."""
    exists: Callable[[Agent, Peer], bool] = lambda _agent, _peer: True
    """Whether there is such a thing for whoever asks; if not, it is not found."""
    failures: tuple[int, ...] = ()
    """HTTP statuses of problems beyond those that every endpoint has."""


async def answer(endpoint: Endpoint, agent: Agent, request: web.Request) -> web.StreamResponse:
    """Answer a request.

    Raises:
        IkiError: what is wrong with it, or why it failed.

    """
    query = _read_query(endpoint, request)
    body = await _read_body(endpoint, request)
    answered = await endpoint.handle(Call(agent, request[PEER], request, query, body))
    return build_json(answered) if isinstance(answered, msgspec.Struct) else answered


def build_json(value: msgspec.Struct, status: int = HTTPStatus.OK) -> web.Response:
    """Build a response of JSON."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def _read_query(endpoint: Endpoint, request: web.Request) -> msgspec.Struct:
    """Convert the query; what may be there several times is a list."""
    lists = {each.encode_name for each in msgspec.structs.fields(endpoint.query) if _is_list(each.type)}
    given: dict[str, Any] = {}
    for name in request.query:
        values = request.query.getall(name)
        if name not in lists and len(values) > 1:
            raise _wrong("query-invalid", f"the parameter {name} is there {len(values)} times")
        given[name] = values if name in lists else values[0]
    try:
        return msgspec.convert(given, endpoint.query, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong("query-invalid", f"query: {error}") from error


def _is_list(kind: Any) -> bool:
    return get_origin(get_args(kind)[0] if get_origin(kind) is Annotated else kind) is list


async def _read_body(endpoint: Endpoint, request: web.Request) -> msgspec.Struct | None:
    if endpoint.body is None:
        return None
    if request.content_type != "application/json":
        raise _wrong("media-type", f"the body is {request.content_type}, not application/json")
    try:
        return msgspec.json.decode(await request.read(), type=endpoint.body)
    except msgspec.ValidationError as error:
        raise _wrong("body-invalid", f"body: {error}") from error
    except msgspec.DecodeError:
        # not chained: what was sent may hold a PIN
        raise _wrong("body-invalid", "the body is not JSON") from None


def _wrong(code: str, message: str) -> UsageError:
    return UsageError(code, message, hint="GET /v1/openapi.json says what each request takes")

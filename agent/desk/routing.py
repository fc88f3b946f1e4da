"""What an endpoint of the desk is, and how one reads what was asked."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from agent.dataclass import dataclass
from agent.desk.names import clean_name
from agent.desk.spool import too_large
from agent.desk.state import Desk
from agent.errors import UsageError

_PIECE: Final = 256 * 1024
_SIZE: Final = re.compile(r"[0-9]{1,13}", re.ASCII)
_HINT: Final = "reload the page at the address that `iki desk` printed last"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of the things that can be asked."""

    method: str
    path: str
    serve: Callable[[Desk, web.Request], Awaitable[web.StreamResponse]]
    is_open: bool = False
    """It is answered without a session: it says nothing, or its path is a secret itself."""
    is_entrance: bool = False
    """Links from elsewhere may lead to it."""


def answer(value: dict[str, Any]) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


async def receive_document(desk: Desk, request: web.Request, *, apart: int = 0) -> Path:
    """Receive the document that is the body of a request, or what is left of it without `apart` octets.

    Raises:
        DocumentError: `body-too-large`.
        UsageError: `desk-full`, `spool-unusable`, `document-missing`.

    """
    if (request.content_length or 0) - apart > desk.max_octets:
        raise too_large(desk.max_octets)
    if request.content_length == 0:
        raise UsageError("document-missing", "the document is empty", hint="is it the right file?")
    return await desk.spool.receive(request.content.iter_chunked(_PIECE), limit=desk.max_octets)


async def receive_documents(desk: Desk, request: web.Request, *, limit: int) -> tuple[Path | None, Path]:
    """Receive a document, and what belongs to it: the first `front` octets of the body, of at most `limit`.

    Raises:
        UsageError: `request-invalid`, or as `receive_document`.
        DocumentError: `body-too-large`.

    """
    text = request.query.get("front", "")
    if not text:
        return None, await receive_document(desk, request)
    octets = int(text) if _SIZE.fullmatch(text) else 0
    if not 0 < octets < (request.content_length or 0):
        raise invalid("front")
    front = await desk.spool.receive(_take(request, octets), limit=limit)
    try:
        return front, await receive_document(desk, request, apart=octets)
    except BaseException:
        desk.spool.remove(front)
        raise


async def _take(request: web.Request, octets: int) -> AsyncIterator[bytes]:
    while octets:
        piece = await request.content.read(min(octets, _PIECE))
        if not piece:
            raise invalid("front")
        octets -= len(piece)
        yield piece


def read_name(request: web.Request, key: str = "name") -> str:
    """Read what a document of a request is called, as far as it can be shown and written."""
    return clean_name(request.query.get(key, ""))


def read_choice(request: web.Request, key: str, choices: frozenset[str], default: str) -> str:
    """Read one of several words; raises UsageError `request-invalid`."""
    value = request.query.get(key, default)
    if value not in choices:
        raise invalid(key)
    return value


def invalid(key: str) -> UsageError:
    """Build the error of a request that our page does not make."""
    return UsageError("request-invalid", f"the request's {key} is wrong", hint=_HINT)


def gone(what: str) -> UsageError:
    """Build the error of something that is not on the desk any more."""
    hint = "begin with the document again"
    return UsageError("desk-gone", f"{what} is not on the desk any more", hint=hint)

"""The page's own files: what anybody on this machine may read, because it says nothing."""

from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import web

from agent.desk.routing import Endpoint
from agent.desk.state import Desk

_TYPES: Final = {
    "desk.html": "text/html",
    "desk.css": "text/css",
    "desk.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


@cache
def _read(name: str) -> bytes:
    return files("agent.desk").joinpath("page", name).read_bytes()


async def _page(desk: Desk, request: web.Request) -> web.Response:
    del desk, request
    return _file("desk.html")


async def _part(desk: Desk, request: web.Request) -> web.Response:
    del desk
    return _file(request.path.removeprefix("/"))


def _file(name: str) -> web.Response:
    return web.Response(body=_read(name), content_type=_TYPES[name], charset="utf-8")


ENDPOINTS: Final = (
    Endpoint("GET", "/", _page, is_open=True, is_entrance=True),
    *(Endpoint("GET", f"/{name}", _part, is_open=True) for name in _TYPES if name != "desk.html"),
)

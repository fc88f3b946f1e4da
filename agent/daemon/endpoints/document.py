"""`GET /v1/openapi.json`: what all of this is, for programs."""

from functools import cache
from typing import Final

import msgspec
from aiohttp import web

from agent.daemon.routing import Call, Endpoint

JSON: Final = "application/json"


@cache
def _encode() -> bytes:
    from agent.daemon.openapi import build_document  # noqa: PLC0415 - it is about all endpoints, this one too

    return msgspec.json.encode(build_document())


async def _show(call: Call) -> web.Response:
    del call
    return web.Response(body=_encode(), content_type=JSON)


ENDPOINTS: Final = (
    Endpoint("GET", "/openapi.json", "show-openapi", "This document (OpenAPI 3.1).", _show, JSON),
)

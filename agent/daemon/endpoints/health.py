"""`GET /v1/health/live` and `/ready`: for whoever restarts the agent, and for whoever sends it work."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from agent.daemon.endpoints.status import list_tokens
from agent.daemon.routing import Call, Endpoint, build_json
from agent.daemon.wire import LiveAnswer, ReadyAnswer


async def _live(call: Call) -> LiveAnswer:
    del call
    return LiveAnswer(live=True)


async def _ready(call: Call) -> web.Response:
    """Answer 503 as long as a token would not sign: it is locked and asks for a person, or failed last."""
    tokens = list_tokens(call.agent)
    ready = not call.agent.stopping.is_set() and all(token.ready for token in tokens)
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return build_json(ReadyAnswer(ready, tokens), status)


ENDPOINTS: Final = (
    Endpoint("GET", "/health/live", "show-liveness", "Whether the agent answers.", _live, LiveAnswer),
    Endpoint("GET", "/health/ready", "show-readiness", "Whether it can sign now.", _ready, ReadyAnswer),
)

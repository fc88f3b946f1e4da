"""`GET /v1/metrics` and `/v1/audit`: what the agent did, as numbers and as records."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from agent.daemon.endpoints.status import list_tokens
from agent.daemon.metrics import MEDIA_TYPE
from agent.daemon.routing import Call, Endpoint
from agent.daemon.state import Agent
from agent.daemon.wire import AuditAnswer
from agent.service.recording import open_audit


class AuditQuery(msgspec.Struct, forbid_unknown_fields=True):
    """How much of the log is wanted."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20
    """Records, counted from the newest."""


async def _show_metrics(call: Call) -> web.Response:
    agent = call.agent
    lines = agent.metrics.list_lines(agent.active, agent.waiting, list_tokens(agent))
    return web.Response(text="".join(f"{line}\n" for line in lines), content_type=MEDIA_TYPE)


async def _show_audit(call: Call) -> AuditAnswer:
    query: AuditQuery = call.query
    return await call.agent.work(_read_newest, call.agent, query.limit)


def _read_newest(agent: Agent, limit: int) -> AuditAnswer:
    """Read the newest records, in a thread."""
    lines = open_audit(agent.workspace.configuration).list_newest(limit)
    return AuditAnswer([dict(line.members) for line in lines])


ENDPOINTS: Final = (
    Endpoint("GET", "/metrics", "show-metrics", "Numbers, for Prometheus.", _show_metrics, MEDIA_TYPE),
    Endpoint(
        "GET",
        "/audit",
        "show-audit",
        "The newest records of the audit log.",
        _show_audit,
        AuditAnswer,
        query=AuditQuery,
        controls=True,
    ),
)

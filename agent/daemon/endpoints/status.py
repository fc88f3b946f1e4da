"""`GET /v1/agent` and `GET /v1/tokens`: what the agent is, and how its tokens are."""

import os
from typing import Final

from agent import __version__
from agent.daemon.routing import Call, Endpoint
from agent.daemon.state import Agent
from agent.daemon.wire import StatusAnswer, TokenAnswer, TokensAnswer
from agent.instants import format_instant
from agent.service.held.token import HeldToken


def list_tokens(agent: Agent) -> list[TokenAnswer]:
    """List the tokens; they are asked nothing."""
    return [_describe(token) for token in agent.tokens]


def _describe(token: HeldToken) -> TokenAnswer:
    status = token.status
    return TokenAnswer(
        uri=status.uri,
        signers=list(status.signers),
        state=status.state.value,
        ready=status.ready,
        unlocks_itself=status.unlocks_itself,
        asks_person=token.asks_person,
        since=format_instant(status.since),
        problem=status.problem,
    )


async def _show_agent(call: Call) -> StatusAnswer:
    agent, workspace = call.agent, call.agent.workspace
    problem = agent.reload_problem
    return StatusAnswer(
        version=__version__,
        pid=os.getpid(),
        uid=os.getuid(),
        started=format_instant(agent.started),
        configuration=str(workspace.configuration.path),
        configuration_sha256=workspace.configuration.sha256,
        policy_sha256=workspace.policy.sha256,
        loaded=format_instant(agent.loaded),
        reload_problem=problem.message if problem else None,
        active=agent.active,
        waiting=agent.waiting,
        activated=agent.activated,
        drain_seconds=workspace.configuration.agent.drain_seconds,
        tokens=list_tokens(agent),
    )


async def _show_tokens(call: Call) -> TokensAnswer:
    return TokensAnswer(list_tokens(call.agent))


ENDPOINTS: Final = (
    Endpoint("GET", "/agent", "show-agent", "What the agent is and does.", _show_agent, StatusAnswer),
    Endpoint("GET", "/tokens", "list-tokens", "The tokens that it holds.", _show_tokens, TokensAnswer),
)

"""What only the agent's own user may ask: unlock, lock, reload, stop."""

import asyncio
from typing import Final

from agent.daemon.endpoints.status import list_tokens
from agent.daemon.routing import Call, Endpoint
from agent.daemon.wire import LockRequest, Nothing, TokensAnswer, UnlockRequest
from agent.errors import TokenError
from agent.service.held.token import HeldToken
from agent.service.pins.terminal import Operator


async def _unlock(call: Call) -> TokensAnswer:
    """Log in to the tokens one after the other; the first that cannot be ends it."""
    asked: UnlockRequest = call.body
    for token in call.agent.tokens.list_of(asked.signers):
        await call.agent.work(call.agent.tokens.unlock, token, _operator(token, asked))
    return TokensAnswer(list_tokens(call.agent))


async def _lock(call: Call) -> TokensAnswer:
    asked: LockRequest = call.body
    for token in call.agent.tokens.list_of(asked.signers):
        # not among the documents' threads: they may all wait for this very token
        await asyncio.to_thread(token.lock)
    return TokensAnswer(list_tokens(call.agent))


async def _reload(call: Call) -> TokensAnswer:
    await call.agent.reload()
    return TokensAnswer(list_tokens(call.agent))


async def _stop(call: Call) -> Nothing:
    call.agent.stopping.set()
    return Nothing()


def _operator(token: HeldToken, asked: UnlockRequest) -> Operator:
    """Build the operator who gives the PIN that came with the request, once: for the login, and no longer."""
    given = [asked.pin] if asked.pin is not None else []

    def give(label: str) -> str:
        if not given:
            raise TokenError(
                "pin-unavailable",
                f"the {label} has to come with a request to unlock: the agent has no terminal",
                hint=f"iki agent unlock --as {token.signers[0].name}",
            )
        return given.pop()

    return Operator(give, final_try=asked.final_try)


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/agent/unlock",
        "unlock",
        "Log in to tokens; they stay so until they are locked.",
        _unlock,
        TokensAnswer,
        body=UnlockRequest,
        failures=(404,),
        controls=True,
    ),
    Endpoint(
        "POST",
        "/agent/lock",
        "lock",
        "Forget the PINs of tokens and end their workers.",
        _lock,
        TokensAnswer,
        body=LockRequest,
        failures=(404,),
        controls=True,
    ),
    Endpoint(
        "POST",
        "/agent/reload",
        "reload",
        "Read the configuration anew; a wrong one changes nothing.",
        _reload,
        TokensAnswer,
        controls=True,
    ),
    Endpoint(
        "POST",
        "/agent/stop",
        "stop",
        "End the agent, after the requests that are under way.",
        _stop,
        Nothing,
        controls=True,
    ),
)

"""`POST /v1/sign-digest`: for whom a signer's `raw_digest_requesters` name; for all others not found."""

from typing import Final

from aiohttp import web

from agent.daemon.callers import build_ring, check_configuration
from agent.daemon.delivery import MIXED, Delivery
from agent.daemon.peers import Peer
from agent.daemon.routing import Call, Endpoint
from agent.daemon.state import Agent
from agent.daemon.uploads import spooling
from agent.daemon.wire import DigestRequest
from agent.service.raw_digest import DigestResult, RawDigest, describe_digest, is_named, sign_raw_digest


def _exists(agent: Agent, peer: Peer) -> bool:
    """Tell whether any signer's table names whoever asks."""
    signers = agent.workspace.configuration.signers.values()
    return any(is_named(signer, peer.requester) for signer in signers)


async def _sign(call: Call) -> web.StreamResponse:
    check_configuration(call)
    asked: DigestRequest = call.body
    signer = call.agent.workspace.configuration.signers.get(asked.signer)
    if signer is None or not is_named(signer, call.peer.requester):
        raise web.HTTPNotFound
    with spooling(call) as folder:
        delivery = Delivery(call.request, folder / "output")
        result = await call.agent.work(_work, call, delivery)
        return await delivery.end(describe_digest(result))


def _work(call: Call, delivery: Delivery) -> DigestResult:
    """Sign, in a thread."""
    asked: DigestRequest = call.body
    return sign_raw_digest(
        RawDigest(bytes.fromhex(asked.digest), asked.name),
        call.agent.workspace,
        build_ring(call, asked.signer, final_try=asked.final_try),
        requester=call.peer.requester,
        output=delivery,
    )


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/sign-digest",
        "sign-digest",
        "Sign a digest made elsewhere, for whom the configuration names with the key; for others not found."
        " The answer is the signature value (of ECDSA r, then s), then what was done.",
        _sign,
        MIXED,
        body=DigestRequest,
        exists=_exists,
        failures=(404, 409, 422, 502),
    ),
)

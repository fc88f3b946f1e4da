"""`GET /v1/signers`: whom the agent can sign as."""

from typing import Final

from agent.audit.records import Requester
from agent.config.signers import SignerSettings
from agent.daemon.callers import check_configuration
from agent.daemon.routing import Call, Endpoint
from agent.daemon.state import Agent
from agent.daemon.wire import CertificateAnswer, SignerAnswer, SignersAnswer
from agent.errors import IkiError
from agent.instants import format_instant


async def _list_signers(call: Call) -> SignersAnswer:
    """List the signers; certificates on tokens are read from there, without a PIN."""
    check_configuration(call)
    return await call.agent.work(_list, call.agent, call.peer.requester)


def _list(agent: Agent, requester: Requester) -> SignersAnswer:
    signers = agent.workspace.configuration.signers.values()
    return SignersAnswer([_describe(agent, signer, requester) for signer in signers])


def _describe(agent: Agent, signer: SignerSettings, requester: Requester) -> SignerAnswer:
    certificate, problem = None, None
    try:
        loaded = agent.tokens.load_certificate(signer)
    except IkiError as error:
        problem = error.code
    else:
        certificate = CertificateAnswer(
            loaded.subject,
            loaded.serial_hex,
            loaded.sha256.hex(),
            format_instant(loaded.not_before),
            format_instant(loaded.not_after),
        )
    return SignerAnswer(
        signer.name,
        signer.role.value,
        signer.token,
        signer.access.allows(requester.name, requester.uid),
        certificate,
        problem,
    )


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/signers",
        "list-signers",
        "Whom the agent signs as.",
        _list_signers,
        SignersAnswer,
        failures=(409,),
    ),
)

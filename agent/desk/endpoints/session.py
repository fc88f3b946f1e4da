"""`POST /api/session`: the token of the address becomes the page's session; and `POST /api/clear`."""

from typing import Final

from aiohttp import web

from agent import __version__
from agent.audit.records import current_requester
from agent.config.pin_sources import PINEntry, PINPad, PINPrompt, PINSource
from agent.desk.names import show
from agent.desk.routing import Endpoint, answer
from agent.desk.state import MAX_DOCUMENTS, MAX_IMAGE_OCTETS, Desk
from agent.operations import Operation

_MAX_TOKEN: Final = 256


async def _open(desk: Desk, request: web.Request) -> web.Response:
    """Open the page; whatever another page had on the desk is gone."""
    token = await request.content.read(_MAX_TOKEN)
    session = desk.admission.open_session(token)
    async with desk.token_turn:  # a signature under way comes to its end
        desk.clear()
    desk.opened.set()
    configuration = desk.workspace.configuration
    return answer(
        {
            "session": session,
            "version": __version__,
            "requester": current_requester().name,
            "configuration": show(str(configuration.path)),
            "max_octets": desk.max_octets,
            "max_documents": MAX_DOCUMENTS,
            "max_image_octets": MAX_IMAGE_OCTETS,
            "tsa": show(configuration.timestamp.urls[0]) if configuration.timestamp.urls else None,
            "signers": [
                {
                    "name": signer.name,
                    "role": signer.role.value,
                    "operation": (
                        Operation.COUNTERSIGN if signer.role.countersigns else Operation.SIGN
                    ).value,
                    "pin": _word_source(signer.pin),
                }
                for signer in configuration.signers.values()
            ],
        }
    )


def _word_source(source: PINSource) -> str:
    """Say where the PIN comes from: where the command would ask at its terminal, the page asks."""
    match source:
        case PINPrompt():
            return "page"
        case PINPad():
            return "pad"
        case PINEntry():
            return "pinentry"
        case _:
            return "configured"


async def _clear(desk: Desk, request: web.Request) -> web.Response:
    del request
    async with desk.token_turn:
        desk.clear()
    return answer({})


ENDPOINTS: Final = (
    Endpoint("POST", "/api/session", _open, is_open=True),
    Endpoint("POST", "/api/clear", _clear),
)

"""Documents that come in: streamed into files of a folder of their own, which goes when the request ends."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from agent.daemon.routing import Call
from agent.dataclass import dataclass
from agent.errors import AgentError, DocumentError, UsageError

DOCUMENT: Final = "document"
SIGNATURE: Final = "signature"
OCTETS: Final = "application/octet-stream"
PARTS: Final = "multipart/form-data"
_SECONDS: Final = 600.0
"""How long a body may take to come in."""
_HINT: Final = f"send the document as {OCTETS}, or {PARTS} with the parts {DOCUMENT} and {SIGNATURE}"


@dataclass(frozen=True, slots=True)
class Upload:
    """What came in."""

    folder: Path
    """Of this request alone; there is room for the output in it."""
    document: Path | None
    """None when the body was empty."""
    signature: Path | None


@asynccontextmanager
async def receiving(call: Call) -> AsyncIterator[Upload]:
    """Hold what comes with a request in files, while the block lasts.

    Raises:
        UsageError: `media-type`, `body-invalid`, or `spool-unusable`.
        DocumentError: `body-too-large`.
        AgentError: `requester-gone`.

    """
    settings = call.agent.workspace.configuration.agent
    with spooling(call) as folder:
        try:
            async with asyncio.timeout(_SECONDS):
                upload = await _receive(call.request, folder, _Allowance(settings.max_upload_bytes))
        except TimeoutError as error:
            raise _gone(f"it took more than {_SECONDS:.0f} seconds") from error
        except (web.RequestPayloadError, ConnectionError) as error:
            raise _gone("the connection ended") from error
        except (ValueError, HttpProcessingError) as error:
            raise UsageError("body-invalid", "the body is no form of parts", hint=_HINT) from error
        except OSError as error:
            raise _unusable(error) from error
        yield upload


@contextmanager
def spooling(call: Call) -> Iterator[Path]:
    """Hold a folder for one request, while the block lasts; raises UsageError `spool-unusable`."""
    try:
        folder = tempfile.TemporaryDirectory(
            prefix="iki-", dir=call.agent.workspace.configuration.agent.spool
        )
    except OSError as error:
        raise _unusable(error) from error
    with folder as name:
        yield Path(name)


class _Allowance:
    """How much may still come in."""

    def __init__(self, octets: int) -> None:
        self._octets = octets
        self._left = octets

    def take(self, count: int) -> None:
        """Count octets; raises DocumentError when there are too many."""
        self._left -= count
        if self._left < 0:
            raise DocumentError(
                "body-too-large",
                f"the body is larger than the {self._octets} octets that this agent takes",
                hint="raise agent.max_upload_bytes, or add --no-agent",
            )


async def _receive(request: web.Request, folder: Path, allowance: _Allowance) -> Upload:
    allowance.take(request.content_length or 0)
    allowance.take(-(request.content_length or 0))
    if request.content_type == PARTS:
        return await _receive_parts(request, folder, allowance)
    if not request.body_exists and "Content-Type" not in request.headers:
        return Upload(folder, None, None)  # else it is a document of no octets
    if request.content_type != OCTETS:
        raise UsageError("media-type", f"the body is {request.content_type}", hint=_HINT)
    place = folder / DOCUMENT
    with place.open("wb") as file:
        async for piece in request.content.iter_any():
            allowance.take(len(piece))
            file.write(piece)
    return Upload(folder, place, None)


async def _receive_parts(request: web.Request, folder: Path, allowance: _Allowance) -> Upload:
    places: dict[str, Path] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name not in {DOCUMENT, SIGNATURE}:
            raise UsageError("body-invalid", "there is a part that has no use here", hint=_HINT)
        if part.name in places:
            raise UsageError("body-invalid", f"the part {part.name} is there twice", hint=_HINT)
        place = places[part.name] = folder / part.name
        with place.open("wb") as file:
            await _write_part(part, file, allowance)
    return Upload(folder, places.get(DOCUMENT), places.get(SIGNATURE))


async def _write_part(part: BodyPartReader, file: BinaryIO, allowance: _Allowance) -> None:
    while piece := await part.read_chunk(256 * 1024):
        allowance.take(len(piece))
        file.write(piece)


def require_document(upload: Upload) -> Path:
    """Return the document; raises UsageError `document-missing`."""
    if upload.document is None:
        raise UsageError("document-missing", "there is no document in the request", hint=_HINT)
    return upload.document


def _gone(why: str) -> AgentError:
    return AgentError("requester-gone", f"the document did not come in: {why}", hint="send it again")


def _unusable(error: OSError) -> UsageError:
    return UsageError(
        "spool-unusable",
        f"documents under way cannot be kept: {error.strerror or error}",
        hint="make room in the temporary folder, or set agent.spool to a folder on another disk",
    )

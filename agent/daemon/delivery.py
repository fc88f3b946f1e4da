"""The way of an output to whoever asked: it is kept in a file, and leaves when it is on record.

The answer is `multipart/mixed` (RFC 2046 clause 5.1.3): first the document, then what was done as JSON. Where
the second part is missing the document was not released.
"""

import asyncio
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from agent.daemon.uploads import OCTETS
from agent.errors import AgentError
from agent.service.release import PendingOutput

MIXED: Final = "multipart/mixed"
_PIECE: Final = 256 * 1024
_SECONDS: Final = 300.0
"""How long nobody may read what is sent."""


class Delivery(PendingOutput):
    """An output that appears by being sent; used in a thread, but for `end`.

    Its temporary file stands for the decision on record like any other's: a daemon that is killed before it
    was sent leaves it behind, and the next one records that it was not released.
    """

    def __init__(self, request: web.Request, place: Path) -> None:
        """Keep the request that is answered, and where the output is kept until then."""
        super().__init__(place)
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._boundary = f"iki-{secrets.token_hex(16)}"
        self._response: web.StreamResponse | None = None

    def settle(self) -> None:
        """Make it whole; it is not to outlast the machine, and so is not put on disk."""
        self.file.flush()

    def release(self) -> None:
        """Send it, and wait until it is sent; then it is gone from here.

        Raises:
            AgentError: `requester-gone`; it was not released then.

        """
        self.settle()
        sending = asyncio.run_coroutine_threadsafe(self._send(), self._loop)
        try:
            sending.result()
        except (ConnectionError, TimeoutError) as error:
            raise AgentError(
                "requester-gone", "whoever asked did not take the signed document", hint="ask again"
            ) from error
        with suppress(OSError):
            self.part.unlink()

    async def end(self, done: dict[str, Any]) -> web.StreamResponse:
        """Send what was done, and end the answer."""
        if self._response is None:
            raise AgentError("requester-gone", "there is no answer to end")
        data = msgspec.json.encode(done)
        head = f"\r\n{self._head_of_part('application/json', len(data))}".encode()
        await self._response.write(head + data + f"\r\n--{self._boundary}--\r\n".encode())
        await self._response.write_eof()
        return self._response

    async def _send(self) -> None:
        async with asyncio.timeout(_SECONDS) as clock:
            response = web.StreamResponse()
            response.headers["Content-Type"] = f"{MIXED}; boundary={self._boundary}"
            await response.prepare(self._request)
            self._response = response
            size = self.file.seek(0, 2)
            self.file.seek(0)
            await response.write(self._head_of_part(OCTETS, size).encode())
            while piece := self.file.read(_PIECE):
                clock.reschedule(self._loop.time() + _SECONDS)
                await response.write(piece)

    def _head_of_part(self, media_type: str, size: int) -> str:
        return f"--{self._boundary}\r\nContent-Type: {media_type}\r\nContent-Length: {size}\r\n\r\n"

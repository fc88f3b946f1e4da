"""A body in chunks (RFC 9112 clause 7.1), for what the server does not know the length of beforehand."""

import io
from typing import IO, TYPE_CHECKING, Final

from agent.errors import AgentError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LONGEST_LINE: Final = 1024


class ChunkedBody(io.RawIOBase):
    """Reads what the chunks hold; the trailer is passed over with the connection."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Read from the first chunk's size on."""
        super().__init__()
        self._stream = stream
        self._left = 0
        self._ended = False

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read some octets; 0 at the end."""
        if not self._left and not self._ended:
            self._left = self._next_size()
            self._ended = not self._left
        if self._ended:
            return 0
        view = memoryview(buffer).cast("B")
        data = self._stream.read(min(len(view), self._left))
        if not data:
            raise _broken()
        view[: len(data)] = data
        self._left -= len(data)
        if not self._left and self._stream.readline(_LONGEST_LINE).strip():
            raise _broken()
        return len(data)

    def _next_size(self) -> int:
        line = self._stream.readline(_LONGEST_LINE)
        try:
            return int(line.partition(b";")[0].strip(), 16)
        except ValueError:
            raise _broken() from None


def _broken() -> AgentError:
    return AgentError(
        "agent-protocol",
        "the agent's answer ended before it was whole",
        hint="see the agent's log; try again",
    )

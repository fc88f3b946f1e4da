"""HTTP/1.1 over one connection: a request and its answer (RFC 9112), for a server that we know.

`http.client` would do it too. It brings the parsers of e-mail along, which take half as long to import as
all else that `iki agent status` does; and what a daemon of ours answers needs none of them: a status line,
a few headers, and a body whose length they say, or that comes in chunks.
"""

import io
import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, Final, cast

from agent.client.problems import build_error, unreachable
from agent.dataclass import dataclass
from agent.endpoint import API
from agent.errors import AgentError

_LONGEST_LINE: Final = 65536
_MOST_HEADERS: Final = 100
_MOST_JSON: Final = 16 * 1024 * 1024
"""Octets of JSON that are taken from a server."""
_PIECE: Final = 256 * 1024
_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answer:
    """The beginning of a response; its body is read from `stream`, at most `length` octets."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    stream: IO[bytes]
    length: int | None
    """None where the stream ends by itself."""

    def read_json(self) -> Any:
        """Read a body of JSON.

        Raises:
            AgentError: `agent-protocol`.

        """
        if self.length is None or self.length > _MOST_JSON:
            raise _broken(f"{self.length} octets of JSON")
        try:
            return json.loads(self.read(self.length))
        except ValueError as error:
            raise _broken("a body that is no JSON") from error

    def read(self, count: int) -> bytes:
        """Read so many octets; raises AgentError when there are fewer."""
        try:
            data = self.stream.read(count)
        except OSError as error:
            raise unreachable(str(error.strerror or error)) from error
        if len(data) < count:
            raise _broken("less than it announced")
        return data


def exchange(
    connection: socket.socket,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: Iterable[bytes] = (),
    length: int = 0,
) -> Answer:
    """Send a request and read the beginning of its answer.

    Args:
        connection: connected; it is of no use for another request.
        method: of HTTP.
        path: below `/v1`, with its query.
        headers: beyond those that every request has.
        body: the body, in pieces.
        length: octets of the body.

    Raises:
        AgentError: `agent-unreachable`, or `agent-protocol`.
        IkiError: the problem that the server answered with.

    """
    stream = cast(IO[bytes], connection.makefile("rb", _PIECE))
    try:
        # A server that refuses may answer, and close, before it has read all of a body.
        broken = _send(connection, _pack_head(method, path, headers, length), body)
        answer = _read_head(stream, broken)
    except OSError as error:
        raise unreachable(str(error.strerror or error)) from error
    if answer.status not in _SUCCESS:
        raise build_error(answer.status, answer.read_json())
    return answer


def _pack_head(method: str, path: str, headers: Mapping[str, str], length: int) -> bytes:
    lines = {"Host": "iki", "Connection": "close", "Content-Length": str(length), **headers}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {API}{path} HTTP/1.1\r\n{text}\r\n".encode("ascii")


def _send(connection: socket.socket, head: bytes, body: Iterable[bytes]) -> OSError | None:
    try:
        connection.sendall(head)
        for piece in body:
            connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError) as error:
        return error
    return None


def _read_head(stream: IO[bytes], broken: OSError | None) -> Answer:
    line = stream.readline(_LONGEST_LINE)
    if not line:
        raise broken or ConnectionResetError(None, "the connection was closed without an answer")
    parts = line.split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():  # noqa: PLR2004
        raise _broken("a line that is no HTTP")
    headers = dict(_read_headers(stream))
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Answer(int(parts[1]), headers, _open_chunks(stream), None)
    if not headers.get("content-length", "").isdigit():
        raise _broken("neither a length nor chunks")
    return Answer(int(parts[1]), headers, stream, int(headers["content-length"]))


def _open_chunks(stream: IO[bytes]) -> IO[bytes]:
    from agent.client.chunks import ChunkedBody  # noqa: PLC0415 - for documents alone

    return io.BufferedReader(ChunkedBody(stream), _PIECE)


def _read_headers(stream: IO[bytes]) -> Iterator[tuple[str, str]]:
    for _ in range(_MOST_HEADERS):
        line = stream.readline(_LONGEST_LINE).decode("latin-1").rstrip("\r\n")
        if not line:
            return
        name, colon, value = line.partition(":")
        if not colon:
            raise _broken("a header that is none")
        yield name.strip().lower(), value.strip()
    raise _broken("too many headers")


def _broken(what: str) -> AgentError:
    return AgentError(
        "agent-protocol",
        f"the agent's answer cannot be read: {what}",
        hint="is another program listening there, or an agent of another version?",
    )

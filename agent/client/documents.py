"""Documents on their way to the agent, and back signed."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any, Final
from urllib.parse import urlencode

from agent.client.connection import LONG_SECONDS, connected
from agent.client.exchange import Answer, exchange
from agent.dataclass import dataclass
from agent.endpoint import Endpoint
from agent.errors import AgentError

_PIECE: Final = 256 * 1024
_OCTETS: Final = "application/octet-stream"
_MOST_JSON: Final = 16 * 1024 * 1024
_LONGEST_LINE: Final = 1024


@dataclass(frozen=True, slots=True)
class Errand:
    """What the agent is asked to do with a document."""

    path: str
    """Below `/v1`."""
    query: Sequence[tuple[str, str]]
    document: IO[bytes] | None
    signature: IO[bytes] | None = None
    headers: Mapping[str, str] | None = None


def fetch_json(endpoint: Endpoint, errand: Errand) -> Any:
    """Send a document and read an answer of JSON.

    Raises:
        AgentError: nobody answers, or not in our protocol.
        IkiError: the problem that the agent answered with.

    """
    with connected(endpoint, LONG_SECONDS) as connection:
        return _send(connection, errand).read_json()


def fetch_document(endpoint: Endpoint, errand: Errand, write: Callable[[bytes], object]) -> Any:
    """Send a document, and hand the one that comes back to `write`, piece by piece; returns what was done.

    What was written is nothing as long as this has not returned.

    Raises:
        AgentError: nobody answers, not in our protocol, or not to the end.
        IkiError: the problem that the agent answered with.

    """
    with connected(endpoint, LONG_SECONDS) as connection:
        answer = _send(connection, errand)
        boundary = answer.headers.get("content-type", "").partition("boundary=")[2].encode()
        length = _read_part_head(answer, boundary, _OCTETS)
        for piece in _read_pieces(answer, length):
            write(piece)
        _expect(answer, b"\r\n")
        length = _read_part_head(answer, boundary, "application/json")
        if length > _MOST_JSON:
            raise _broken()
        done = answer.read(length)
        _expect(answer, b"\r\n")
        _expect(answer, b"--" + boundary + b"--\r\n")
    try:
        return json.loads(done)
    except ValueError as error:
        raise _broken() from error


def _send(connection: Any, errand: Errand) -> Answer:
    query = f"?{urlencode(errand.query)}" if errand.query else ""
    pieces, length, media_type = _build_body(errand)
    headers = {} if errand.document is None else {"Content-Type": media_type}
    headers |= errand.headers or {}
    path = errand.path + query
    return exchange(connection, "POST", path, headers=headers, body=pieces, length=length)


def _build_body(errand: Errand) -> tuple[Iterator[bytes], int, str]:
    """Build the body: the document alone, or a form of two parts (RFC 7578)."""
    if errand.document is None:
        return iter(()), 0, _OCTETS
    if errand.signature is None:
        return _read_file(errand.document), _size(errand.document), _OCTETS
    boundary = f"iki-{secrets.token_hex(16)}"
    parts = (("document", errand.document), ("signature", errand.signature))
    heads = [_head_of(boundary, name) for name, _ in parts]
    end = f"\r\n--{boundary}--\r\n".encode()
    length = sum(map(len, heads)) + sum(_size(file) for _, file in parts) + len(end)

    def pieces() -> Iterator[bytes]:
        for head, (_, file) in zip(heads, parts, strict=True):
            yield head
            yield from _read_file(file)
        yield end

    return pieces(), length, f"multipart/form-data; boundary={boundary}"


def _head_of(boundary: str, name: str) -> bytes:
    before = "" if name == "document" else "\r\n"
    disposition = f'Content-Disposition: form-data; name="{name}"; filename="{name}"'
    return f"{before}--{boundary}\r\n{disposition}\r\nContent-Type: {_OCTETS}\r\n\r\n".encode()


def _size(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def _read_file(file: IO[bytes]) -> Iterator[bytes]:
    """Read exactly the size that was announced, even when somebody writes to the file meanwhile."""
    left = _size(file)
    while left > 0:
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise AgentError("file-changed", "a file changed while it was read", hint="try again")
        left -= len(piece)
        yield piece


def _read_part_head(answer: Answer, boundary: bytes, media_type: str) -> int:
    """Read a part's boundary and headers; returns its length."""
    _expect(answer, b"--" + boundary + b"\r\n")
    _expect(answer, f"Content-Type: {media_type}\r\n".encode())
    line = answer.stream.readline(_LONGEST_LINE).strip()
    number = line.removeprefix(b"Content-Length: ")
    if not number.isdigit():
        raise _broken()
    _expect(answer, b"\r\n")
    return int(number)


def _read_pieces(answer: Answer, length: int) -> Iterator[bytes]:
    while length > 0:
        piece = answer.read(min(_PIECE, length))
        length -= len(piece)
        yield piece


def _expect(answer: Answer, octets: bytes) -> None:
    if answer.read(len(octets)) != octets:
        raise _broken()


def _broken() -> AgentError:
    return AgentError(
        "agent-protocol",
        "the agent's answer is not what it should be; nothing was released",
        hint="is it an agent of another version? See its log",
    )

"""Connections to the daemon, and the few requests that most commands make."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, Final

from agent.client.exchange import Answer, exchange
from agent.client.problems import unreachable
from agent.endpoint import VARIABLE, Endpoint, TLSEndpoint, UnixEndpoint, default_socket, parse_endpoint

SECONDS: Final = 30.0
"""How long an answer may take that needs no token and no document."""
LONG_SECONDS: Final = 600.0
"""How long the agent may take for a document, or for a token that waits for a touch."""


def find_endpoint() -> Endpoint:
    """Find out where the agent is: where `IKI_AGENT` says, else in the runtime folder.

    Raises:
        UsageError: `agent-address`.

    """
    named = os.environ.get(VARIABLE, "")
    return parse_endpoint(named) if named else UnixEndpoint(default_socket())


_OPEN: Final[set[socket.socket]] = set()


def break_off() -> None:
    """Break off what is under way on every connection of this process: whoever waits gets an AgentError."""
    for connection in tuple(_OPEN):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def connected(endpoint: Endpoint, seconds: float) -> Iterator[socket.socket]:
    """Hold a connection; no single step of what is done with it takes longer than `seconds`.

    Raises:
        AgentError: `agent-unreachable`, or `agent-untrusted`.
        UsageError: `agent-certificate`.

    """
    try:
        connection = _connect(endpoint, seconds)
    except OSError as error:
        raise unreachable(f"{endpoint}: {error.strerror or error}") from error
    _OPEN.add(connection)
    try:
        with connection:
            yield connection
    finally:
        _OPEN.discard(connection)


def _connect(endpoint: Endpoint, seconds: float) -> socket.socket:
    if isinstance(endpoint, TLSEndpoint):
        from agent.client.tls import connect  # noqa: PLC0415 - TLS, for those who need it

        return connect(endpoint, seconds)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    try:
        connection.connect(str(endpoint.path))
    except BaseException:
        connection.close()
        raise
    return connection


def ask(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    seconds: float = SECONDS,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """Make one request with JSON, or nothing, and read its JSON.

    Raises:
        AgentError: nobody answers, or not in our protocol.
        IkiError: the problem that the agent answered with.

    """
    with connected(endpoint, seconds) as connection:
        data = b"" if body is None else json.dumps(body).encode()
        sent = {**headers, **({} if body is None else {"Content-Type": "application/json"})}
        answer: Answer = exchange(connection, method, path, headers=sent, body=(data,), length=len(data))
        return answer.read_json()

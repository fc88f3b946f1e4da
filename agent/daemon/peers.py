"""Who is at the other end of a connection, as the kernel knows them."""

import os
import socket
import struct
import sys

from agent.audit.records import Requester, find_requester
from agent.dataclass import dataclass
from agent.errors import AgentError

_CREDENTIALS = struct.Struct("3i")
"""`struct ucred` (unix(7)): process, user, group."""
_XUCRED = struct.Struct("=Ii")
"""The beginning of macOS's `struct xucred`: version, user."""
_XUCRED_SIZE = 76
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1


@dataclass(frozen=True, slots=True)
class Peer:
    """Whoever connected."""

    requester: Requester
    controls: bool
    """Whether they may unlock, lock, reload and stop: the daemon's own user, on the Unix socket."""


def identify_peer(connection: socket.socket, users: tuple[str, ...]) -> Peer:
    """Identify the process at the other end of a Unix socket; it may be the daemon's own user, or listed.

    Raises:
        AgentError: `peer-refused`.

    """
    uid = _read_uid(connection)
    requester = find_requester(uid)
    own = uid == os.geteuid()
    if own or {requester.name, f"uid:{uid}"} & set(users):
        return Peer(requester, controls=own)
    raise AgentError(
        "peer-refused",
        f"{requester.name} (uid {uid}) may not use this agent",
        hint="ask its operator to add you to listen.users; or add --no-agent",
    )


def _read_uid(connection: socket.socket) -> int:
    """Ask the kernel who connected: SO_PEERCRED (unix(7)), or LOCAL_PEERCRED (unix(4) of macOS)."""
    if sys.platform == "darwin":
        data = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_SIZE)
        return int(_XUCRED.unpack_from(data)[1])
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(data)
    return int(uid)

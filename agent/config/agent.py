"""`[agent]` and `[listen]`: the daemon, who may connect to it, and what it bears."""

from collections.abc import Sequence
from pathlib import Path

from agent.config.access import is_user
from agent.config.paths import resolve_path
from agent.config.raw import RawAgent, RawListen, RawTLS
from agent.config.tables import check_distinct, invalid
from agent.dataclass import dataclass

_LONGEST_SOCKET = 100
"""Octets of a socket's path: `sun_path` has 104 on macOS and 108 on Linux, with a NUL."""


@dataclass(frozen=True, slots=True)
class TLSSettings:
    """`[listen.tls]`: a TCP port where whoever connects shows a client certificate; files are PEM."""

    address: str
    port: int
    """0 lets the system choose one."""
    certificate: Path
    """The agent's, with the certificates between it and the root."""
    key: Path
    client_ca: Path
    """The CAs whose certificates may connect."""
    client_crl: Path | None
    """Lists of those CAs; when it is given, a client without a current list behind it may not connect."""


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """`[listen]`: where the daemon waits for callers, and who they may be."""

    socket: Path | None = None
    """The Unix socket; None means the runtime folder, which only the daemon knows."""
    users: tuple[str, ...] = ()
    """Users who may connect beside the daemon's own, by name or as `uid:1000`."""
    tls: TLSSettings | None = None
    """None means that nobody connects from elsewhere."""


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """`[agent]`: how the daemon behaves."""

    listen: ListenSettings = ListenSettings()
    idle_lock_seconds: int | None = None
    """Seconds without a use after which a token is locked; None means never."""
    drain_seconds: int = 30
    """Seconds that requests under way have to end, when the daemon is stopped."""
    max_requests: int = 32
    """Documents worked on at the same time; others wait."""
    max_waiting: int = 1000
    """Requests that wait; more are told to come back."""
    document_processes: int | None = None
    """Worker processes that look into documents; None is what suits the machine."""
    max_upload_bytes: int = 256 * 1024 * 1024
    """Octets of one request's body."""
    spool: Path | None = None
    """The folder for documents under way; None means the system's temporary folder."""


def build_agent_settings(raw: RawAgent, listen: RawListen, *, folder: Path, where: str) -> AgentSettings:
    """Build the settings; relative paths are relative to `folder`.

    Raises:
        UsageError: `configuration-invalid`.

    """
    spool = raw.spool and resolve_path(raw.spool, folder=folder, where=where, key="agent.spool")
    return AgentSettings(
        listen=ListenSettings(
            socket=_build_socket(listen.socket, folder=folder, where=where),
            users=_build_users(listen.users, where=where),
            tls=None if listen.tls is None else _build_tls(listen.tls, folder=folder, where=where),
        ),
        idle_lock_seconds=raw.idle_lock_seconds,
        drain_seconds=raw.drain_seconds,
        max_requests=raw.max_requests,
        max_waiting=raw.max_waiting,
        document_processes=raw.document_processes,
        max_upload_bytes=raw.max_upload_bytes,
        spool=spool or None,
    )


def _build_socket(text: str | None, *, folder: Path, where: str) -> Path | None:
    if text is None:
        return None
    path = resolve_path(text, folder=folder, where=where, key="listen.socket")
    if len(str(path).encode("utf-8", "surrogateescape")) > _LONGEST_SOCKET:
        problem = f"{path} is longer than the {_LONGEST_SOCKET} octets that a socket's path may have"
        raise invalid(where, "listen.socket", problem)
    return path


def _build_tls(raw: RawTLS, *, folder: Path, where: str) -> TLSSettings:
    files = {
        name: resolve_path(text, folder=folder, where=where, key=f"listen.tls.{name}")
        for name in ("certificate", "key", "client_ca", "client_crl")
        if (text := getattr(raw, name)) is not None
    }
    return TLSSettings(
        address=raw.address,
        port=raw.port,
        certificate=files["certificate"],
        key=files["key"],
        client_ca=files["client_ca"],
        client_crl=files.get("client_crl"),
    )


def _build_users(users: Sequence[str], *, where: str) -> tuple[str, ...]:
    for position, name in enumerate(users):
        if not is_user(name):
            key = f"listen.users[{position}]"
            raise invalid(where, key, 'expected a user name, or a user id as in "uid:1000"')
    check_distinct(users, where=where, key="listen.users")
    return tuple(users)

"""Where the daemon is: an address, and the place of its socket when nobody says otherwise.

Both sides of the socket need this, and the command's side starts with the standard library alone.
"""

import os
import sys
from pathlib import Path
from typing import Final

from agent.dataclass import dataclass
from agent.errors import UsageError

API: Final = "/v1"
"""What every path of the API begins with."""
VARIABLE: Final = "IKI_AGENT"
"""The environment variable that names the daemon's address."""
_FOLDER: Final = "iki-agent"
_SOCKET: Final = "agent.sock"
_HTTPS_PORT: Final = 443


@dataclass(frozen=True, slots=True)
class UnixEndpoint:
    """A socket of this machine."""

    path: Path

    def __str__(self) -> str:
        """Write it as `IKI_AGENT` takes it."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class TLSEndpoint:
    """A server that is reached by TLS."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as `IKI_AGENT` takes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"


Endpoint = UnixEndpoint | TLSEndpoint


def runtime_folder() -> Path:
    """Name the user's own folder for sockets: where nothing outlives the session, or the machine.

    Source: XDG Base Directory Specification 0.8, `$XDG_RUNTIME_DIR`. Where there is none (a container, macOS)
    it is a folder in the temporary one that carries the user's number; whoever makes it checks whose it is.
    """
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    if Path(named).is_absolute():
        return Path(named) / _FOLDER
    number = os.getuid() if sys.platform != "win32" else 0
    systemd = Path(f"/run/user/{number}")
    if systemd.is_dir():
        return systemd / _FOLDER
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"{_FOLDER}-{number}"  # noqa: S108 - see above


def default_socket() -> Path:
    """Name the socket that daemon and commands meet at."""
    return runtime_folder() / _SOCKET


def parse_endpoint(text: str) -> Endpoint:
    """Parse an address: `/path`, `unix:/path`, or `https://host[:port]`.

    Raises:
        UsageError: `agent-address`.

    """
    path = text.removeprefix("unix://").removeprefix("unix:")
    if path.startswith("/"):
        return UnixEndpoint(Path(path))
    from urllib.parse import urlsplit  # noqa: PLC0415 - most are no URL

    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _no_address(text) from None
    is_plain = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
    if parts.scheme == "https" and parts.hostname and is_plain:
        return TLSEndpoint(parts.hostname, port or _HTTPS_PORT)
    raise _no_address(text)


def _no_address(text: str) -> UsageError:
    return UsageError(
        "agent-address",
        f"{VARIABLE}: {text!r} is no address of an agent",
        hint="write /path/of/agent.sock, or https://host:port",
    )

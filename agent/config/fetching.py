"""How far to go for what is fetched over HTTP, and which URLs may be asked at all."""

from datetime import timedelta
from urllib.parse import urlsplit

from agent.config.tables import invalid
from agent.dataclass import dataclass

_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits of one fetch; every number is a maximum that is itself still accepted."""

    timeout: timedelta
    """For one fetch as a whole, redirects included."""
    max_bytes: int
    """Octets of the body."""
    max_redirects: int
    """Redirects followed in one fetch."""


def check_url(text: str, *, where: str, key: str) -> str:
    """Return a URL that may be asked.

    Raises:
        UsageError: `configuration-invalid` for another scheme, no host, a password, or what is no URL.

    """
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError as error:
        raise invalid(where, key, f"is no URL: {error}") from error
    if parts.scheme not in _SCHEMES:
        raise invalid(where, key, f"has the scheme {parts.scheme!r}; only http and https are fetched")
    if not parts.hostname or not port_is_right or not text.isascii() or not text.isprintable() or " " in text:
        raise invalid(where, key, "is no URL of a host")
    if parts.username is not None:
        raise invalid(where, key, "holds a user name, which this program sends to nobody")
    return text

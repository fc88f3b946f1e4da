"""Who may ask the desk anything: its own page alone, opened by whoever saw the address that was printed.

Every user of this machine, and every web site in its browsers, can reach a TCP port on loopback. So each
request must name the desk as its host (a name that was rebound to 127.0.0.1 is another one), must come from
the desk's own page where the browser says where it comes from, and must carry the session, which is in that
page's memory: no cookie is set, because browsers send those of 127.0.0.1 to every port there.

Sources: RFC 9110 section 7.2 (Host), RFC 6454 section 7 (Origin), W3C Fetch Metadata (Sec-Fetch-Site).
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from agent.errors import AgentError

SESSION_HEADER: Final = "Iki-Session"
_OCTETS: Final = 32
_HINT: Final = "use the page at the address that `iki desk` printed last"
_OURS: Final = frozenset({"same-origin", "none"})
"""What a browser says of requests that our page, or the person, made."""


class Admission:
    """The secrets of one desk: a token that opens the page once, and the session of the page that is open."""

    def __init__(self, port: int) -> None:
        """Make the first token."""
        self._host = f"127.0.0.1:{port}"
        self._token = secrets.token_urlsafe(_OCTETS)
        self._session: str | None = None

    @property
    def url(self) -> str:
        """The address that opens the page, once; what is behind `#` is never sent by browsers."""
        return f"http://{self._host}/#{self._token}"

    def check_request(self, headers: Mapping[str, str], *, is_entrance: bool) -> None:
        """Check where a request comes from; links from elsewhere may lead to the entrance alone.

        Raises:
            AgentError: `desk-host`, `desk-origin`.

        """
        if headers.get("Host") != self._host:
            raise AgentError("desk-host", "this is not the host that was asked for", hint=_HINT)
        origin = headers.get("Origin")
        if origin is not None and origin != f"http://{self._host}":
            raise AgentError("desk-origin", "the request comes from another site", hint=_HINT)
        if not is_entrance and headers.get("Sec-Fetch-Site", "none") not in _OURS:
            raise AgentError("desk-origin", "the request comes from another site", hint=_HINT)

    def open_session(self, token: bytes) -> str:
        """Exchange the token, which is another one from then on, for a session, which ends the one before.

        Raises:
            AgentError: `desk-token`.

        """
        if not hmac.compare_digest(token, self._token.encode()):
            raise AgentError("desk-token", "this address was used already, or is not the desk's", hint=_HINT)
        self._token = secrets.token_urlsafe(_OCTETS)
        self._session = secrets.token_urlsafe(_OCTETS)
        return self._session

    def check_session(self, headers: Mapping[str, str]) -> None:
        """Check that a request carries the session.

        Raises:
            AgentError: `desk-session`.

        """
        given = headers.get(SESSION_HEADER, "")
        if self._session is None or not hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), self._session.encode()
        ):
            raise AgentError("desk-session", "this page is not open any more", hint=_HINT)

"""One body over HTTP (RFC 9110), within limits of time, size and redirects: a CRL, or a TSA's answer.

Only http and https are ever spoken, whatever a redirect says; TLS is verified; proxies are those of the
environment. What comes is octets: what they are, and whose, is for others to find out.
"""

import http.client
import ssl
import threading
import time
import urllib.error
import urllib.request
from typing import IO, Any, Final

from agent import __version__
from agent.config.fetching import FetchLimits
from agent.dataclass import dataclass
from agent.errors import IkiError

_PIECE: Final = 64 * 1024
_NOT_MODIFIED: Final = 304
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_FOREIGN: Final = (OSError, http.client.HTTPException, ValueError)
"""What urllib raises: URLError and ssl's errors are OSErrors, a bad URL or header is a ValueError."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a server is asked for, how far to go for it, and how it is called when it does not come."""

    limits: FetchLimits
    accept: str
    """The media types, as the header says them."""
    error: type[IkiError]
    prefix: str
    """What the codes of errors begin with, such as `crl-http`."""
    hint: str
    body: bytes | None = None
    """What is posted; None asks with GET."""
    content_type: str = ""
    """Of `body`."""

    def failure(self, kind: str, message: str) -> IkiError:
        """Build the error of a URL on one line."""
        return self.error(f"{self.prefix}-{kind}", " ".join(message.split()), hint=self.hint)

    def untrusted(self, url: str, error: ssl.SSLError) -> IkiError:
        """Build the error of a TLS connection to somebody else, as far as can be told."""
        reason = getattr(error, "verify_message", "") or error.reason or str(error)
        message = " ".join(f"{url}: the TLS connection is refused: {reason}".split())
        hint = "a private CA is trusted when SSL_CERT_FILE names its certificate; plain http will do, too"
        return self.error(f"{self.prefix}-tls", message, hint=hint)

    def timeout(self, url: str) -> IkiError:
        """Build the error of a server that took too long."""
        seconds = self.limits.timeout.total_seconds()
        return self.failure("timeout", f"{url}: was not there whole within {seconds:g} seconds")


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server said of the version that is kept (RFC 9110 clause 8.8)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body, whole."""

    body: bytes
    validators: Validators
    content_type: str
    """The media type without parameters, lower case."""


NOTHING_KEPT: Final = Validators()


def fetch_octets(url: str, errand: Errand, validators: Validators = NOTHING_KEPT) -> Fetched | None:
    """Fetch a URL; None when the server says that the version kept is still the one.

    The time limit is for everything: name resolution, TLS, redirects, headers and body. A server that sends
    one octet a minute is left behind in a thread of its own.

    Raises:
        IkiError: the errand's, its code the prefix with `-unreachable`, `-timeout`, `-status`, `-redirect`,
            `-too-large`, `-truncated`, `-encoding`, or `-tls`.

    """
    outcome: list[Fetched | IkiError | None] = []
    seconds = errand.limits.timeout.total_seconds()
    deadline = time.monotonic() + seconds

    def work() -> None:
        try:
            outcome.append(_fetch(url, errand, validators, deadline))
        except IkiError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, name=errand.prefix, daemon=True)
    worker.start()
    worker.join(seconds + 1)
    if not outcome:
        raise errand.timeout(url)
    if isinstance(outcome[0], IkiError):
        raise outcome[0]
    return outcome[0]


def _fetch(url: str, errand: Errand, validators: Validators, deadline: float) -> Fetched | None:
    """Fetch, with the socket's own time limit for every single wait."""
    try:
        request = _build_request(url, errand, validators)
        seconds = errand.limits.timeout.total_seconds()
        with _build_opener(errand).open(request, timeout=seconds) as response:
            return _read(url, response, errand, deadline)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == _NOT_MODIFIED and validators != NOTHING_KEPT:
            return None
        if error.code in _REDIRECTS:
            # urllib's own words, which it gives instead of the server's, are for programmers.
            message = f"{url}: the server answers {error.code}, a redirect that cannot be followed"
            raise errand.failure("redirect", message) from error
        message = f"{url}: the server answers {error.code} {error.reason}"
        raise errand.failure("status", message) from error
    except TimeoutError as error:
        raise errand.timeout(url) from error
    except http.client.IncompleteRead as error:
        raise errand.failure("truncated", f"{url}: broke off before its end") from error
    except _FOREIGN as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise errand.timeout(url) from error
        if isinstance(reason, ssl.SSLError):
            raise errand.untrusted(url, reason) from error
        raise errand.failure("unreachable", f"{url}: cannot be fetched: {reason}") from error


def _build_request(url: str, errand: Errand, validators: Validators) -> urllib.request.Request:
    headers = {
        "Accept": errand.accept,
        "Accept-Encoding": "identity",
        "Content-Type": errand.content_type,
        "User-Agent": f"iki-agent/{__version__}",
        "If-None-Match": validators.etag,
        "If-Modified-Since": validators.last_modified,
    }
    return urllib.request.Request(  # noqa: S310 - the opener has no other schemes
        url, data=errand.body, headers={name: value for name, value in headers.items() if value}
    )


def _read(url: str, response: Any, errand: Errand, deadline: float) -> Fetched:
    """Read the body, piece by piece as it comes."""
    if response.status != _OK:
        raise errand.failure("status", f"{url}: the server answers {response.status}")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise errand.failure("encoding", f"{url}: comes in the encoding {encoding}, not asked for")
    body = bytearray()
    while piece := response.read1(_PIECE):
        body += piece
        if len(body) > errand.limits.max_bytes:
            raise errand.failure(
                "too-large", f"{url}: is larger than the {errand.limits.max_bytes} octets allowed"
            )
        if time.monotonic() > deadline:
            raise errand.timeout(url)
    if response.length:
        raise errand.failure("truncated", f"{url}: broke off before its end")
    headers = response.headers
    return Fetched(
        bytes(body),
        Validators(headers.get("ETag", ""), headers.get("Last-Modified", "")),
        headers.get("Content-Type", "").partition(";")[0].strip().lower(),
    )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, to http and https alone, and never from https to http."""

    # We count ourselves, up to the configured number: urllib's own limits are out of the way.
    max_repeats = max_redirections = 1000

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._left = errand.limits.max_redirects

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Build the next request, or refuse."""
        scheme = newurl.partition(":")[0].lower()
        if scheme not in {"http", "https"} or (req.type == "https" and scheme != "https"):
            raise self._refused(f"{req.full_url}: redirects to {newurl}, which is refused")
        if self._left <= 0:
            raise self._refused(f"{req.full_url}: redirects once too often")
        self._left -= 1
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
    ) -> Any:
        """Look at the target before urllib does: it speaks ftp too, and would not ask us."""
        target = headers.get("Location", "")
        scheme, colon, _ = target.partition(":")
        if colon and "/" not in scheme and scheme.lower() not in {"http", "https"}:
            raise self._refused(f"{req.full_url}: redirects to {target}, which is refused")
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def _refused(self, message: str) -> IkiError:
        return self._errand.failure("redirect", message)


def _build_opener(errand: Errand) -> urllib.request.OpenerDirector:
    """Build an opener of http and https alone; `build_opener` would add files, FTP and data URLs."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        _Redirects(errand),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener

"""One CRL over HTTP (RFC 5280 clause 4.2.1.13, RFC 9110), within limits of time, size and redirects.

Only http and https are ever spoken, whatever a redirect says; TLS is verified; proxies are those of the
environment. What comes is octets: whether they are a CRL, and whose, is for others to find out.
"""

import http.client
import ssl
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import IO, Any, Final

from agent import __version__
from agent.config.crl import CRLSettings
from agent.service.crls.errors import CRLSourceError

_PIECE: Final = 64 * 1024
_NOT_MODIFIED: Final = 304
_OK: Final = 200
_ACCEPT: Final = "application/pkix-crl, application/x-pkcs7-crl;q=0.9, */*;q=0.5"
_FOREIGN: Final = (OSError, http.client.HTTPException, ValueError)
"""What urllib raises: URLError and ssl's errors are OSErrors, a bad URL or header is a ValueError."""


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


def fetch_octets(url: str, settings: CRLSettings, validators: Validators) -> Fetched | None:
    """Fetch a URL; None when the server says that the version kept is still the one.

    The time limit is for everything: name resolution, TLS, redirects, headers and body. A server that sends
    one octet a minute is left behind in a thread of its own.

    Raises:
        CRLSourceError: `crl-http-unreachable`, `crl-http-timeout`, `crl-http-status`, `crl-http-redirect`,
            `crl-http-too-large`, `crl-http-truncated`, `crl-http-encoding`, `crl-http-tls`.

    """
    outcome: list[Fetched | CRLSourceError | None] = []
    deadline = time.monotonic() + settings.timeout.total_seconds()

    def work() -> None:
        try:
            outcome.append(_fetch(url, settings, validators, deadline))
        except CRLSourceError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, name="crl-fetch", daemon=True)
    worker.start()
    worker.join(settings.timeout.total_seconds() + 1)
    if not outcome:
        raise _timeout(url, settings)
    if isinstance(outcome[0], CRLSourceError):
        raise outcome[0]
    return outcome[0]


def _fetch(url: str, settings: CRLSettings, validators: Validators, deadline: float) -> Fetched | None:
    """Fetch, with the socket's own time limit for every single wait."""
    headers = {
        "Accept": _ACCEPT,
        "Accept-Encoding": "identity",
        "User-Agent": f"iki-agent/{__version__}",
        "If-None-Match": validators.etag,
        "If-Modified-Since": validators.last_modified,
    }
    try:
        request = urllib.request.Request(  # noqa: S310 - the opener has no other schemes
            url, headers={name: value for name, value in headers.items() if value}
        )
        with _build_opener(settings).open(request, timeout=settings.timeout.total_seconds()) as response:
            return _read(url, response, settings, deadline)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == _NOT_MODIFIED and validators != Validators():
            return None
        message = f"{url}: the server answers {error.code} {error.reason}"
        raise _source_error("crl-http-status", message) from error
    except TimeoutError as error:
        raise _timeout(url, settings) from error
    except http.client.IncompleteRead as error:
        raise _truncated(url) from error
    except _FOREIGN as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise _timeout(url, settings) from error
        if isinstance(reason, ssl.SSLError):
            raise _untrusted(url, reason) from error
        raise _source_error("crl-http-unreachable", f"{url}: cannot be fetched: {reason}") from error


def _read(url: str, response: Any, settings: CRLSettings, deadline: float) -> Fetched:
    """Read the body, piece by piece as it comes."""
    if response.status != _OK:
        raise _source_error("crl-http-status", f"{url}: the server answers {response.status}")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise _source_error("crl-http-encoding", f"{url}: comes in the encoding {encoding}, not asked for")
    body = bytearray()
    while piece := response.read1(_PIECE):
        body += piece
        if len(body) > settings.max_bytes:
            raise _source_error(
                "crl-http-too-large", f"{url}: is larger than the {settings.max_bytes} octets allowed"
            )
        if time.monotonic() > deadline:
            raise _timeout(url, settings)
    if response.length:
        raise _truncated(url)
    return Fetched(
        bytes(body), Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, to http and https alone, and never from https to http."""

    def __init__(self, most: int) -> None:
        self._left = most

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
            raise _source_error(
                "crl-http-redirect", f"{req.full_url}: redirects to {newurl}, which is refused"
            )
        if self._left <= 0:
            raise _source_error("crl-http-redirect", f"{req.full_url}: redirects once too often")
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
            raise _source_error(
                "crl-http-redirect", f"{req.full_url}: redirects to {target}, which is refused"
            )
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _build_opener(settings: CRLSettings) -> urllib.request.OpenerDirector:
    """Build an opener of http and https alone; `build_opener` would add files, FTP and data URLs."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        _Redirects(settings.max_redirects),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _source_error(code: str, message: str) -> CRLSourceError:
    """Build the error of a URL on one line."""
    hint = "open the URL by hand, or get the CRL another way and `iki crl import` it"
    return CRLSourceError(code, " ".join(message.split()), hint=hint)


def _untrusted(url: str, error: ssl.SSLError) -> CRLSourceError:
    reason = getattr(error, "verify_message", "") or error.reason or str(error)
    return CRLSourceError(
        "crl-http-tls",
        " ".join(f"{url}: the TLS connection is refused: {reason}".split()),
        hint="a private CA is trusted when SSL_CERT_FILE names its certificate; a CRL needs no TLS",
    )


def _timeout(url: str, settings: CRLSettings) -> CRLSourceError:
    seconds = settings.timeout.total_seconds()
    return _source_error("crl-http-timeout", f"{url}: was not there whole within {seconds:g} seconds")


def _truncated(url: str) -> CRLSourceError:
    return _source_error("crl-http-truncated", f"{url}: broke off before its end")

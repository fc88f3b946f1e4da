"""The rehearsal's CRLs and CA certificates over HTTP, without login, as the DCC would; and its TSA.

Loopback only. GET and HEAD of files that are public by their place: the CRL folder and the CA certificates.
Nothing else of the environment can be named, so no path can lead out of it. POST asks the TSA (RFC 3161 3.4).
"""

import hashlib
import re
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from agent.config.configuration import Configuration
from agent.errors import UsageError
from agent.formats.timestamp.exchange import REQUEST_TYPE, RESPONSE_TYPE
from agent.lab.ca import CA_NAMES, certificate_path
from agent.lab.layout import LabLayout
from agent.lab.tsa import TestTimestampAuthority
from agent.pki.certificate import load_certificate

_LOOPBACK: Final = "127.0.0.1"
_TSA: Final = "/tsa"
_LENGTH: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_LONGEST_REQUEST: Final = 64 * 1024
"""Octets; a request for a timestamp takes a hundred."""
_CRL: Final = "application/pkix-crl"
_CERTIFICATE: Final = "application/pkix-cert"


def find_port(configuration: Configuration) -> int:
    """Find the port at which the configuration asks the environment's own TSA; 0 when it asks another."""
    ports = (
        urlsplit(url).port
        for url in configuration.timestamp.urls
        if (urlsplit(url).hostname, urlsplit(url).path) == (_LOOPBACK, _TSA)
    )
    return next((port for port in ports if port), 0)


class LabPublisher(ThreadingHTTPServer):
    """The server; `port` 0 lets the system choose one. Environments made before there was a TSA have none."""

    daemon_threads = True

    def __init__(self, layout: LabLayout, port: int) -> None:
        """Bind to the loopback address.

        Raises:
            UsageError: `lab-port-taken`, or the TSA's files are damaged.
            DocumentError: `certificate-malformed`.

        """
        self.layout = layout
        self.authority = TestTimestampAuthority.load(layout) if layout.tsa_key.exists() else None
        try:
            super().__init__((_LOOPBACK, port), _Exchange)
        except (OSError, OverflowError) as error:
            raise UsageError(
                "lab-port-taken",
                f"port {port} cannot be listened on: {error}",
                hint="choose another with --port, or 0 for any",
            ) from error

    @property
    def urls(self) -> tuple[str, ...]:
        """What is published, and the TSA, last."""
        paths = (*_list_paths(self.layout), *((_TSA,) if self.authority else ()))
        return tuple(f"http://{_LOOPBACK}:{self.server_port}{path}" for path in paths)

    def find_published(self, path: str) -> tuple[bytes, str] | None:
        """Find the octets and media type of a path; None when nothing is published there."""
        found = _list_paths(self.layout).get(path)
        if found is None:
            return None
        file, kind = found
        try:
            data = file.read_bytes()
        except OSError:
            return None
        if kind == _CERTIFICATE:
            data = load_certificate(data, where=str(file)).der
        return data, kind


class _Exchange(BaseHTTPRequestHandler):
    """One request."""

    server: LabPublisher
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send what GET would, without the body."""
        self._answer(with_body=False)

    def do_POST(self) -> None:
        """Answer a request for a timestamp."""
        authority = self.server.authority
        length = self.headers.get("Content-Length", "")
        if authority is None or self.path != _TSA:
            self._refuse(HTTPStatus.NOT_FOUND)
        elif self.headers.get_content_type() != REQUEST_TYPE:
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        elif not _LENGTH.fullmatch(length):
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > _LONGEST_REQUEST:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            answer = authority.answer(self.rfile.read(int(length)), datetime.now(UTC))
            self.send_response(HTTPStatus.OK)
            self._send(answer, RESPONSE_TYPE, with_body=True)

    def _refuse(self, status: HTTPStatus) -> None:
        # What was sent along is not read: nothing can follow it on this connection.
        self.close_connection = True
        self.send_error(status)

    def _send(self, data: bytes, kind: str, *, with_body: bool) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: the command's output is its URLs."""

    def _answer(self, *, with_body: bool) -> None:
        found = self.server.find_published(self.path.partition("?")[0])
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        data, kind = found
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        is_known = self.headers.get("If-None-Match") == etag
        self.send_response(HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK)
        self.send_header("ETag", etag)
        if is_known:
            self.end_headers()
        else:
            self._send(data, kind, with_body=with_body)


def _list_paths(layout: LabLayout) -> dict[str, tuple[Path, str]]:
    """List what is published: URL path to file and media type."""
    crls = {f"/{name}.crl": (layout.crls / f"{name}.crl", _CRL) for name in CA_NAMES}
    certificates = {
        f"/{name}.cer": (certificate_path(layout.authority, name), _CERTIFICATE) for name in CA_NAMES
    }
    return crls | certificates

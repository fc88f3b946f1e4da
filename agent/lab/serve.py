"""The rehearsal's CRLs and CA certificates over HTTP, to everyone and without login, as the DCC would.

Loopback only, GET and HEAD only, and only files that are public by their place: the CRL folder and the CA
certificates. Nothing else of the environment can be named, so no path can lead out of it.
"""

import hashlib
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from agent.errors import UsageError
from agent.lab.ca import CA_NAMES, certificate_path
from agent.lab.layout import LabLayout
from agent.pki.certificate import load_certificate

_LOOPBACK: Final = "127.0.0.1"
_CRL: Final = "application/pkix-crl"
_CERTIFICATE: Final = "application/pkix-cert"


class LabPublisher(ThreadingHTTPServer):
    """The server; `port` 0 lets the system choose one."""

    daemon_threads = True

    def __init__(self, layout: LabLayout, port: int) -> None:
        """Bind to the loopback address.

        Raises:
            UsageError: `lab-port-taken`.

        """
        self.layout = layout
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
        """What is published."""
        return tuple(f"http://{_LOOPBACK}:{self.server_port}{path}" for path in _list_paths(self.layout))

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
        if not is_known:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if with_body and not is_known:
            self.wfile.write(data)


def _list_paths(layout: LabLayout) -> dict[str, tuple[Path, str]]:
    """List what is published: URL path to file and media type."""
    crls = {f"/{name}.crl": (layout.crls / f"{name}.crl", _CRL) for name in CA_NAMES}
    certificates = {
        f"/{name}.cer": (certificate_path(layout.authority, name), _CERTIFICATE) for name in CA_NAMES
    }
    return crls | certificates

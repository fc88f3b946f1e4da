"""Servers on loopback that lie in each way, a store in a folder, and long lists."""

import random
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from agent.pki.crl import CertificateList, load_crl
from agent.pki.der import BIT_STRING, INTEGER, SEQUENCE, encode, parse_element
from agent.pki.pem import to_pem
from agent.service.crls.authorities import Authorities
from tests.pki.support import Hierarchy, make_crl, make_hierarchy, sign

Answer = Callable[[BaseHTTPRequestHandler], None]
MADE: Hierarchy = make_hierarchy()
AUTHORITIES = Authorities((MADE.root.certificate,), (MADE.issuing.certificate,))
_REASON = bytes.fromhex("300c300a0603551d1504030a0101")


@contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a server whose every GET is answered by `answer`, over TLS if asked; gives its URL without path."""

    class Exchange(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def answering(body: bytes, *, status: int = 200, **headers: str) -> Answer:
    """Build an answer; header names are written with underscores."""

    def answer(exchange: BaseHTTPRequestHandler) -> None:
        exchange.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            exchange.send_header(name.replace("_", "-"), value)
        exchange.end_headers()
        exchange.wfile.write(body)

    return answer


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_long_list(count: int, *, number: int = 5) -> tuple[CertificateList, list[int]]:
    """Make a list of many entries with random serial numbers of 16 octets; gives those too."""
    chance = random.Random(count)  # noqa: S311 - the same list every time
    serials = [chance.getrandbits(126) | 1 << 125 for _ in range(count)]
    entries = (
        encode(
            SEQUENCE,
            encode(INTEGER, serial.to_bytes(16, "big"))
            + b"\x17\x0d26%02d%02d0000%02dZ" % (1 + index % 5, 1 + index % 28, index % 60)
            + (_REASON if index % 2 else b""),
        )
        for index, serial in enumerate(serials)
    )
    return make_list_of(entries, number=number), serials


def make_list_of(entries: Iterable[bytes], *, number: int) -> CertificateList:
    """Make a list of entries given as DER."""
    empty = make_crl(MADE.issuing, number=number)
    fields = [field.encoded for field in parse_element(empty.signed.tbs).children()]
    tbs = encode(SEQUENCE, b"".join((*fields[:5], encode(SEQUENCE, b"".join(entries)), *fields[5:])))
    algorithm = parse_element(empty.der).children()[1].encoded
    value = encode(BIT_STRING, b"\0" + sign(MADE.issuing.key, tbs))
    return load_crl(encode(SEQUENCE, tbs + algorithm + value), where="long")


def write_certificates(folder: Path) -> tuple[Path, Path]:
    """Write root and issuing CA as PEM."""
    paths = folder / "root.pem", folder / "issuing.pem"
    for path, party in zip(paths, (MADE.root, MADE.issuing), strict=True):
        path.write_bytes(to_pem("CERTIFICATE", party.certificate.der))
    return paths

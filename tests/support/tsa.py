"""A time-stamping authority for tests: `openssl ts` behind a server on loopback, with its own small PKI."""

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agent.pki.pem import to_pem
from tests.pki.support import Entry
from tests.support.tokens import POLICY, TSA_EXTENSIONS, Authority, make_tsa
from tests.support.tools import require_tool

_CONFIGURATION = """\
[tsa]
default_tsa = this
[this]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/chain.pem
signer_digest = {digest}
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {identifier}
"""
_TIMESTAMP = re.compile(r"^\[timestamp\]\n(?:[^\[\n].*\n)*", re.MULTILINE)
Answer = Callable[[bytes], tuple[int, str, bytes]]
"""Status, Content-Type and body for the body of a request."""


@dataclass(frozen=True)
class OpenSSLAuthority:
    """A TSA in a folder of files that `openssl ts` reads."""

    folder: Path
    authority: Authority

    @property
    def anchor(self) -> Path:
        """The trust anchor, PEM."""
        return self.folder / "root.pem"

    @property
    def crls(self) -> Path:
        """A folder with the CRLs of root and issuing CA."""
        return self.folder / "crls"

    def reply(self, request: bytes) -> bytes:
        """Answer a TimeStampReq with `openssl ts -reply`."""
        query, answer = self.folder / "query.tsq", self.folder / "answer.tsr"
        query.write_bytes(request)
        configuration = str(self.folder / "tsa.cnf")
        command = ("ts", "-reply", "-config", configuration, "-queryfile", str(query), "-out", str(answer))
        subprocess.run(
            [require_tool("openssl"), *command], check=True, capture_output=True, timeout=30, cwd=self.folder
        )
        return answer.read_bytes()

    def answer(self, request: bytes) -> tuple[int, str, bytes]:
        """Answer as a good TSA does over HTTP."""
        return 200, "application/timestamp-reply", self.reply(request)

    def publish(self, *entries: Entry) -> None:
        """Publish the CRLs of root and issuing CA, from an hour ago to a day from now."""
        self.crls.mkdir(exist_ok=True)
        now = datetime.now(UTC).replace(microsecond=0)
        for name, crl in zip(("root", "issuing"), self.authority.crls(now, *entries), strict=True):
            (self.crls / f"{name}.crl").write_bytes(crl.der)

    def configure(self, configuration: Path, *urls: str) -> None:
        """Configure this TSA alone, in place of any other."""
        listed = ", ".join(f'"{url}"' for url in urls)
        table = f'urls = [{listed}]\ntrust_anchors = ["{self.anchor}"]\ncrls = ["{self.crls}"]\n'
        forget_tsas(configuration)
        text = configuration.read_text(encoding="utf-8")
        configuration.write_text(f"{text}\n[timestamp]\n{table}", encoding="utf-8")


def forget_tsas(configuration: Path) -> None:
    """Take `[timestamp]` out of a configuration of iki: a rehearsal's names the TSA of `iki lab serve`."""
    text = _TIMESTAMP.sub("", configuration.read_text(encoding="utf-8"))
    configuration.write_text(text, encoding="utf-8")


def make_openssl_authority(
    folder: Path, *, kind: str = "ec-p256", digest: str = "sha256", identifier: str = "sha256"
) -> OpenSSLAuthority:
    """Make a TSA in a folder; it signs with `digest`, and names its certificate by `identifier`."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = make_tsa(TSA_EXTENSIONS, kind=kind)
    files = {"root.pem": authority.root, "chain.pem": authority.issuing, "tsa.pem": authority.tsa}
    for name, party in files.items():
        (folder / name).write_bytes(to_pem("CERTIFICATE", party.certificate.der))
    key = authority.tsa.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tsa.key").write_bytes(key)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(
        _CONFIGURATION.format(folder=folder, digest=digest, policy=POLICY, identifier=identifier)
    )
    made = OpenSSLAuthority(folder, authority)
    made.publish()
    return made


@contextmanager
def serving_tsa(answer: Answer) -> Iterator[str]:
    """Run a server whose every POST is answered by `answer`; gives its URL."""

    class Exchange(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, reply = answer(body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            try:
                self.wfile.write(reply)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()

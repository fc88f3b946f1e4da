"""A time-stamping authority for tests: `openssl ts` behind a server on loopback, with its own small PKI."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agent.pki.certificate import SigningCertificate
from agent.pki.pem import to_pem
from tests.pki.support import Entry, Extensions, Party, ca_extensions, make_crl, make_key, make_party, usage
from tests.support.tools import require_tool

POLICY: Final = "2.999.168.3161"
"""Under the arc for examples, so it can never be a real policy."""
TIME_STAMPING: Final = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")])
TSA_EXTENSIONS: Final[Extensions] = ((usage("digital_signature"), True), (TIME_STAMPING, True))
_BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1000)
_END = _BEGIN + timedelta(days=4000)
_SERIAL: Final = 0x7501
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
accuracy = {accuracy}
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {identifier}
"""
Answer = Callable[[bytes], tuple[int, str, bytes]]
"""Status, Content-Type and body for the body of a request."""


@dataclass(frozen=True)
class TestAuthority:
    """A TSA's root, its issuing CA and its own certificate, in files that `openssl ts` reads."""

    __test__ = False

    folder: Path
    root: Party
    issuing: Party
    tsa: Party

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

    def publish(self, *entries: Entry, this_update: datetime | None = None) -> None:
        """Publish the CRLs of root and issuing CA, from a minute ago to a day from now."""
        now = datetime.now(UTC).replace(microsecond=0)
        self.crls.mkdir(exist_ok=True)
        for name, party, revoked in (("root", self.root, ()), ("issuing", self.issuing, entries)):
            crl = make_crl(
                party,
                revoked,
                this_update=this_update or now - timedelta(minutes=1),
                next_update=now + timedelta(days=1),
                number=len(list(self.folder.iterdir())) + len(entries),
            )
            (self.crls / f"{name}.crl").write_bytes(crl.der)


def make_authority(
    folder: Path,
    *,
    kind: str = "ec-p256",
    extensions: Extensions = TSA_EXTENSIONS,
    end: datetime = _END,
    key_label: str = "tsa",
    digest: str = "sha256",
    identifier: str = "sha256",
    accuracy: str = "secs:1, millisecs:500",
) -> TestAuthority:
    """Make a TSA in a folder; `extensions` and `end` are its certificate's."""
    folder.mkdir(parents=True, exist_ok=True)
    root = make_party("TEST TSA root", None, ca_extensions(), begin=_BEGIN, end=_END)
    issuing = make_party("TEST TSA issuing", root, ca_extensions(0), begin=_BEGIN, end=_END)
    key = make_key(f"{key_label}-{kind}", kind)
    tsa = make_party("TEST TSA", issuing, extensions, key=key, begin=_BEGIN, end=end, serial=_SERIAL)
    _write(folder / "root.pem", root.certificate)
    _write(folder / "tsa.pem", tsa.certificate)
    _write(folder / "chain.pem", issuing.certificate)
    (folder / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "serial").write_text("01\n")
    text = _CONFIGURATION.format(
        folder=folder, digest=digest, policy=POLICY, accuracy=accuracy, identifier=identifier
    )
    (folder / "tsa.cnf").write_text(text)
    authority = TestAuthority(folder, root, issuing, tsa)
    authority.publish()
    return authority


def _write(path: Path, *certificates: SigningCertificate) -> None:
    path.write_bytes(b"".join(to_pem("CERTIFICATE", item.der) for item in certificates))


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

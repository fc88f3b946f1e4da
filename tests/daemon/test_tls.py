"""The API over TLS 1.3: who asks is the subject of the client certificate, and is listed for each key."""

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from agent.exits import ExitStatus
from agent.pki.pem import to_pem
from agent.verdicts import PASSED
from tests.cli.expect import expect_failed, expect_refused
from tests.pki.paths import identifiers
from tests.pki.support import (
    DAY,
    Entry,
    Party,
    ca_extensions,
    make_crl,
    make_key,
    make_name,
    make_party,
    usage,
)
from tests.support.daemon import Daemon, daemon_of
from tests.support.lab import Run, Story


def make_authority(name: str) -> Party:
    """Make a CA."""
    now, key = datetime.now(UTC), make_key(name)
    return make_party(
        name, None, [*ca_extensions(), *identifiers(key, key)], key=key, begin=now - DAY, end=now + DAY
    )


def write_party(path: Path, name: str, authority: Party, *, server: bool = False) -> Party:
    """Make a party with a certificate for TLS, and write certificate and key into one file."""
    now, key = datetime.now(UTC), make_key(name)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([purpose]), False),
        *identifiers(key, authority.key),
    ]
    if server:
        loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        extensions.append((x509.SubjectAlternativeName([loopback]), False))
    made = make_party(make_name(name), authority, extensions, key=key, begin=now - DAY, end=now + DAY)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(to_pem("CERTIFICATE", made.certificate.der) + private)
    path.chmod(0o600)
    return made


@dataclass(frozen=True, slots=True)
class Remote:
    """A daemon that listens for TLS, and who may come."""

    daemon: Daemon
    story: Story
    folder: Path
    subject: str
    """Of the client that is listed."""

    def variables(self, client: str) -> dict[str, str]:
        """What a command elsewhere has set."""
        return {
            "IKI_AGENT": f"https://{self.daemon.address}",
            "IKI_AGENT_CERTIFICATE": str(self.folder / f"{client}.pem"),
            "IKI_AGENT_CA": str(self.folder / "ca.pem"),
        }

    def sign(self, output: Path, client: str = "client", *more: str, signer: str = "manufacturer") -> Run:
        """Sign as a client."""
        file = self.story.form if signer == "manufacturer" else self.story.signed
        operation = "sign" if signer == "manufacturer" else "countersign"
        arguments: tuple[str | Path, ...] = (operation, file, "--as", signer, "-o", output, *more)
        return self.story.lab.iki(*arguments, variables=self.variables(client))


@pytest.fixture(scope="module")
def remote(shared_story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """Run a daemon with a CA for clients; one client is listed for the manufacturer's key alone."""
    folder = tmp_path_factory.mktemp("tls")
    story = shared_story.copy(folder / "story")
    authority, other = make_authority("TEST TLS CA"), make_authority("TEST other CA")
    (folder / "ca.pem").write_bytes(to_pem("CERTIFICATE", authority.certificate.der))
    write_party(folder / "server.pem", "TEST server", authority, server=True)
    client = write_party(folder / "client.pem", "TEST build job", authority)
    subject = client.certificate.subject
    write_party(folder / "unlisted.pem", "TEST unlisted", authority)
    write_party(folder / "stranger.pem", "TEST build job", other)
    revoked = write_party(folder / "revoked.pem", "TEST build job", authority)
    now = datetime.now(UTC)
    entry = Entry(int(revoked.certificate.serial_hex, 16), now - DAY)
    crl = make_crl(authority, [entry], this_update=now - DAY, next_update=now + DAY)
    (folder / "crl.pem").write_bytes(to_pem("X509 CRL", crl.der))
    story.lab.configure(
        "[signers.manufacturer]", f'[signers.manufacturer]\nrequesters = ["root", "subject:{subject}"]'
    )
    tls = {"certificate": "server.pem", "key": "server.pem", "client_ca": "ca.pem", "client_crl": "crl.pem"}
    lines = "".join(f'{name} = "{folder / file}"\n' for name, file in tls.items())
    text = story.lab.configuration.read_text(encoding="utf-8")
    story.lab.configuration.write_text(f"{text}\n[listen.tls]\nport = 0\n{lines}", encoding="utf-8")
    with daemon_of(story.lab) as daemon:
        yield Remote(daemon, story, folder, subject)


def test_a_listed_client_signs_and_is_on_record_by_its_subject(remote: Remote, tmp_path: Path) -> None:
    """`IKI_AGENT=https://…` with a client certificate: the document comes back signed, on record."""
    run = remote.sign(tmp_path / "out.xlsx")
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert remote.story.lab.verify(tmp_path / "out.xlsx", first_only=True).verdict == PASSED
    assert remote.story.lab.read_audit()[-1]["requester"] == {"name": f"subject:{remote.subject}"}


def test_a_client_that_is_not_listed_is_refused(remote: Remote, tmp_path: Path) -> None:
    """Policy refuses it, as any requester; a key without a list is for users of the agent's machine alone."""
    expect_refused(remote.sign(tmp_path / "out.xlsx", "unlisted"), "requester")
    expect_refused(remote.sign(tmp_path / "out.xlsx", signer="supplier"), "requester")
    assert not (tmp_path / "out.xlsx").exists()


@pytest.mark.parametrize("client", ["stranger", "revoked", "ca"])
def test_a_client_without_a_good_certificate_is_not_heard(
    remote: Remote, tmp_path: Path, client: str
) -> None:
    """One of another CA, a revoked one, and a file without a key: nothing is signed."""
    status = ExitStatus.USAGE if client == "ca" else ExitStatus.AGENT
    expect_failed(remote.sign(tmp_path / "out.xlsx", client), status)


def test_a_client_without_a_certificate_is_told_what_is_missing(remote: Remote) -> None:
    """The command says which variable names it."""
    run = remote.story.lab.iki(
        "agent", "status", variables={"IKI_AGENT": remote.variables("client")["IKI_AGENT"]}
    )
    expect_failed(run, ExitStatus.USAGE)
    assert "IKI_AGENT_CERTIFICATE" in run.lines("hint")[0]


def test_a_server_that_is_not_the_agent_is_not_believed(remote: Remote) -> None:
    """A server whose certificate no trusted CA issued gets no document."""
    variables = remote.variables("client") | {"IKI_AGENT_CA": str(remote.folder / "stranger.pem")}
    expect_failed(remote.story.lab.iki("agent", "status", variables=variables), ExitStatus.AGENT)


def test_nothing_is_controlled_from_elsewhere(remote: Remote) -> None:
    """A client may look, and may not unlock, lock, reload or stop; nor risk a token, nor name a TSA."""
    variables = remote.variables("client")
    assert remote.story.lab.iki("agent", "status", variables=variables).status == ExitStatus.OK
    for command in ("lock", "reload", "stop"):
        run = remote.story.lab.iki("agent", command, variables=variables)
        expect_failed(run, ExitStatus.AGENT)
    assert remote.daemon.process.poll() is None
    refused = remote.sign(remote.folder / "out.xlsx", "client", "--tsa", "http://127.0.0.1:9/")
    expect_failed(refused, ExitStatus.AGENT)


def test_nothing_older_than_tls_1_3_is_spoken(remote: Remote) -> None:
    """A client that knows TLS 1.2 alone does not get past the handshake."""
    context = ssl.create_default_context(cafile=str(remote.folder / "ca.pem"))
    context.load_cert_chain(remote.folder / "client.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    host, _, port = remote.daemon.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=60) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname=host)


@pytest.mark.parametrize("name", ["certificate", "key", "client_ca", "client_crl"])
def test_a_file_of_tls_that_is_none_does_not_start(remote: Remote, tmp_path: Path, name: str) -> None:
    """What cannot be used is named, in one line, before anything listens."""
    lab = remote.story.lab.copy(tmp_path / "lab")
    text = lab.configuration.read_text(encoding="utf-8")
    (line,) = (each for each in text.splitlines() if each.startswith(f'{name} = "{remote.folder}'))
    lab.configuration.write_text(text.replace(line, f'{name} = "/dev/null"'), encoding="utf-8")
    allowed = ["--allow-root"] if os.geteuid() == 0 else []
    run = lab.iki("agent", "run", *allowed, variables={"XDG_RUNTIME_DIR": str(tmp_path)})
    expect_failed(run, ExitStatus.USAGE)

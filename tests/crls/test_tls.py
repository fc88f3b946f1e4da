"""Fetching over TLS from a server on loopback, with a CA of its own."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from agent.config.crl import CRLSettings
from agent.pki.pem import to_pem
from agent.service.crls.fetching import Change, FetchOutcome, fetch_crl
from agent.service.crls.store import CRLStore
from tests.crls.support import AUTHORITIES, MADE, Answer, answering, serving
from tests.pki.paths import identifiers
from tests.pki.support import DAY, Party, ca_extensions, make_crl, make_key, make_name, make_party, usage

_SETTINGS = CRLSettings()
_CRL = make_crl(MADE.issuing, number=5)
_LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
_GOOD = answering(_CRL.der)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Party:
    """Make a CA for servers, and have the environment trust it."""
    made = _make_authority("TEST server CA")
    (tmp_path / "ca.pem").write_bytes(to_pem("CERTIFICATE", made.certificate.der))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("no_proxy", "*")
    return made


def _make_authority(name: str) -> Party:
    now, key = datetime.now(UTC), make_key(name)
    return make_party(
        name, None, [*ca_extensions(), *identifiers(key, key)], key=key, begin=now - DAY, end=now + DAY
    )


def _context(
    folder: Path, authority: Party, name: x509.GeneralName = _LOOPBACK, ends: timedelta = DAY
) -> ssl.SSLContext:
    """Make what a server of that name needs, its certificate ending `ends` from now."""
    now, key = datetime.now(UTC), make_key("TEST server")
    extensions = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([name]), False),
        *identifiers(key, authority.key),
    ]
    server = make_party(
        make_name("TEST server"), authority, extensions, key=key, begin=now - 9 * DAY, end=now + ends
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(to_pem("CERTIFICATE", server.certificate.der) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


def _fetch(folder: Path, answer: Answer, context: ssl.SSLContext | None) -> FetchOutcome:
    with CRLStore(folder / "crls.sqlite") as store, serving(answer, context) as url:
        return fetch_crl(store, f"{url}/a.crl", _SETTINGS, AUTHORITIES)


def _code(outcome: FetchOutcome) -> str:
    assert outcome.change is Change.FAILED
    assert outcome.error is not None
    return outcome.error.code


def test_a_server_of_a_trusted_ca_is_believed(authority: Party, tmp_path: Path) -> None:
    """The environment's SSL_CERT_FILE names the CA."""
    assert _fetch(tmp_path, _GOOD, _context(tmp_path, authority)).change is Change.NEW


def test_a_server_of_another_ca_is_refused(authority: Party, tmp_path: Path) -> None:
    """Also when that CA has the name of the trusted one."""
    other = _make_authority("TEST other CA")
    named = make_party("TEST server CA", None, ca_extensions(), key=make_key("TEST imposter"))
    assert authority.certificate.subject == named.certificate.subject
    for issuer in (other, named):
        assert _code(_fetch(tmp_path, _GOOD, _context(tmp_path, issuer))) == "crl-http-tls"


@pytest.mark.parametrize(
    "name", [x509.DNSName("crl.example.org"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))], ids=str
)
def test_a_server_of_another_name_is_refused(
    authority: Party, tmp_path: Path, name: x509.GeneralName
) -> None:
    """The certificate must be for the host of the URL."""
    assert _code(_fetch(tmp_path, _GOOD, _context(tmp_path, authority, name))) == "crl-http-tls"


def test_an_expired_server_certificate_is_refused(authority: Party, tmp_path: Path) -> None:
    """By a minute."""
    context = _context(tmp_path, authority, ends=-timedelta(minutes=1))
    assert _code(_fetch(tmp_path, _GOOD, context)) == "crl-http-tls"


def test_a_redirect_never_leaves_tls(authority: Party, tmp_path: Path) -> None:
    """From https to http is refused; from http to https is followed, and TLS verified there."""
    context = _context(tmp_path, authority)
    with serving(_GOOD) as plain:
        away = answering(b"", status=302, Location=f"{plain}/a.crl")
        assert _code(_fetch(tmp_path, away, context)) == "crl-http-redirect"
    with serving(_GOOD, context) as secure:
        into = answering(b"", status=302, Location=f"{secure}/a.crl")
        assert _fetch(tmp_path, into, None).change is Change.NEW
    with serving(_GOOD, _context(tmp_path, _make_authority("TEST other CA"))) as secure:
        into = answering(b"", status=302, Location=f"{secure}/a.crl")
        assert _code(_fetch(tmp_path, into, None)) == "crl-http-tls"

"""Certification requests made around a token's signature, with openssl as the second judge."""

import base64
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import CertificateSigningRequestBuilder

from agent.errors import DocumentError, UsageError
from agent.pki.algorithms import algorithm_for
from agent.pki.der import BIT_STRING, NULL, SEQUENCE, encode, encode_object_identifier
from agent.pki.pem import to_pem
from agent.pki.requests import (
    RequestSubject,
    assemble_certification_request,
    build_certification_request_info,
    load_certification_request,
)
from agent.pki.signatures import SignatureMismatch, der_to_raw
from tests.pki.support import Key, make_key, make_name, sign, spki_of
from tests.support.tools import require_tool

SUBJECT = RequestSubject("Énergie & Fils, Ltd", "02", "release system 1", bytes.fromhex("90b3d51f30000001"))


def sign_as_token(key: Key, info: bytes) -> bytes:
    """Sign the digest as a PKCS#11 token does: raw r‖s, or RSASSA-PKCS1-v1_5."""
    algorithm = algorithm_for(spki_of(key))
    digest = hashlib.new(algorithm.hash_name, info).digest()
    prehashed = Prehashed(getattr(hashes, algorithm.hash_name.upper())())
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(digest, padding.PKCS1v15(), prehashed)
    return der_to_raw(key.sign(digest, ec.ECDSA(prehashed)), algorithm.coordinate_length)


def make_request(key: Key, subject: RequestSubject = SUBJECT) -> bytes:
    """Make a request, DER."""
    info = build_certification_request_info(subject, spki_of(key))
    return assemble_certification_request(info, algorithm_for(spki_of(key)), sign_as_token(key, info))


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072"])
def test_openssl_verifies_the_request(kind: str, tmp_path: Path) -> None:
    """`openssl req -verify` accepts the self-signature and reads subject and usage."""
    openssl = require_tool("openssl")
    (tmp_path / "csr").write_bytes(make_request(make_key(f"request {kind}", kind)))
    options = ("-noout", "-verify", "-text", "-nameopt", "RFC2253,utf8,-esc_msb")
    result = subprocess.run(
        [openssl, "req", "-inform", "DER", "-in", tmp_path / "csr", *options],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    assert "verify OK" in result.stdout + result.stderr
    wanted = "x500UniqueIdentifier=#03090090B3D51F30000001,CN=release system 1,OU=02,O=Énergie & Fils\\, Ltd"
    assert wanted in result.stdout
    usage = result.stdout.split("X509v3 Key Usage: critical")[1].split()
    assert usage[:2] == ["Digital", "Signature"]


@pytest.mark.parametrize(
    "form",
    [
        lambda der: der,
        lambda der: to_pem("CERTIFICATE REQUEST", der),
        lambda der: to_pem("NEW CERTIFICATE REQUEST", der),
        lambda der: to_pem("NEW CERTIFICATE REQUEST", der).replace(b"\n", b"\r\n"),
        lambda der: (
            b"-----BEGIN CERTIFICATE REQUEST-----"
            + base64.b64encode(der)
            + b"-----END CERTIFICATE REQUEST-----"
        ),
        base64.b64encode,
        base64.encodebytes,
        lambda der: base64.encodebytes(der).replace(b"\n", b"\r\n"),
    ],
    ids=["der", "pem", "new-pem", "crlf", "one-line-pem", "one-line", "wrapped", "wrapped-crlf"],
)
def test_every_form_of_the_portal_is_loaded(form: Callable[[bytes], bytes]) -> None:
    """PEM with either header or none, in one line or wrapped, LF or CRLF, and DER."""
    der = make_request(make_key("request"))
    request = load_certification_request(form(der))
    assert (request.der, request.key_kind, request.key_usage, request.spki_der) == (
        der,
        "ec-p256",
        frozenset({"digitalSignature"}),
        spki_of(make_key("request")),
    )


def test_the_entity_identifier_may_be_left_out() -> None:
    """Without an EUI-64 the name ends with the common name."""
    subject = RequestSubject("Example", "02", "one", None)
    request = load_certification_request(make_request(make_key("request"), subject))
    assert request.subject == "CN=one,OU=02,O=Example"


@pytest.mark.parametrize(
    "fields",
    [
        {"organisation": ""},
        {"organisation": "x" * 65},
        {"organisation": "two\nlines"},
        {"common_name": ""},
        {"common_name": "\udc80"},
        {"role_code": "2"},
        {"role_code": "zz"},
        {"role_code": "002"},
        {"entity_identifier": bytes(7)},
    ],
)
def test_a_subject_that_cannot_be_certified_is_refused(fields: dict[str, Any]) -> None:
    """Empty, over-long or unprintable names, role codes and identifiers of another shape."""
    proper: dict[str, Any] = {
        "organisation": "Example",
        "role_code": "02",
        "common_name": "one",
        "entity_identifier": None,
    }
    with pytest.raises(UsageError) as caught:
        RequestSubject(**{**proper, **fields})
    assert caught.value.code == "request-subject-invalid"


@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048"])
def test_a_wrong_signature_makes_no_request(kind: str) -> None:
    """Rubbish from a token, or the signature of another key, is found before the request exists."""
    key, other = make_key(f"request {kind}", kind), make_key(f"other {kind}", kind)
    info = build_certification_request_info(SUBJECT, spki_of(key))
    algorithm = algorithm_for(spki_of(key))
    for value in (bytes(64), sign_as_token(other, info)):
        with pytest.raises(SignatureMismatch) as caught:
            assemble_certification_request(info, algorithm, value)
        assert caught.value.code == "signature-value-wrong"


def test_a_request_for_somebody_elses_key_is_refused() -> None:
    """Proof of possession: the signature must be by the key inside."""
    der = make_request(make_key("request")).replace(b"release", b"RELEASE")
    with pytest.raises(SignatureMismatch):
        load_certification_request(der)


def test_null_parameters_of_ecdsa_are_read() -> None:
    """Old Java tools write them into requests."""
    key = make_key("request")
    info = build_certification_request_info(SUBJECT, spki_of(key))
    algorithm = encode(SEQUENCE, encode_object_identifier("1.2.840.10045.4.3.2") + encode(NULL, b""))
    der = encode(SEQUENCE, info + algorithm + encode(BIT_STRING, b"\0" + sign(key, info)))
    assert load_certification_request(der).der == der


def test_a_request_without_extensions_is_read() -> None:
    """What another tool made need not ask for a usage."""
    made = CertificateSigningRequestBuilder().subject_name(make_name("other tool"))
    der = made.sign(make_key("request"), hashes.SHA256()).public_bytes(Encoding.DER)
    assert load_certification_request(der).key_usage is None


def test_a_request_for_an_unsupported_key_is_refused() -> None:
    """Ed25519 keys make no signature that this program knows."""
    key = ed25519.Ed25519PrivateKey.generate()
    made = CertificateSigningRequestBuilder().subject_name(make_name("edwards")).sign(key, None)
    with pytest.raises(DocumentError) as caught:
        load_certification_request(made.public_bytes(Encoding.PEM))
    assert caught.value.code == "key-unsupported"
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert build_certification_request_info(SUBJECT, spki)


@pytest.mark.parametrize(
    "data", [b"", b"hello!", b"AAAA", b"\x30\x00", to_pem("CERTIFICATE", b"\x30\x00"), b"-----BEGIN"]
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    """One error of one code, whatever is wrong."""
    with pytest.raises(DocumentError) as caught:
        load_certification_request(data)
    assert caught.value.code == "request-malformed"


@pytest.mark.parametrize("spki", [b"", b"\x30\x00", b"key"])
def test_what_is_no_key_makes_no_request(spki: bytes) -> None:
    """The key goes into the request as it is, so it is looked at first."""
    with pytest.raises(DocumentError) as caught:
        build_certification_request_info(SUBJECT, spki)
    assert caught.value.code == "key-malformed"

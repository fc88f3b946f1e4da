"""Keys, algorithms and signature values, with openssl as the second judge."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from agent.errors import DocumentError
from agent.exits import ExitStatus
from agent.pki.algorithms import (
    ECDSA_SHA256,
    RSA_SHA256,
    RSA_SHA512,
    SignatureAlgorithm,
    algorithm_for,
    key_kind,
    key_strength,
    key_weakness,
)
from agent.pki.der import BIT_STRING, INTEGER, NULL, SEQUENCE, encode, encode_object_identifier
from agent.pki.signatures import SignatureMismatch, der_to_raw, raw_to_der, verify_digest_signature
from tests.pki.support import make_key, spki_of
from tests.support.tools import require_tool

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_KINDS = {
    "ec-p256": ("ecdsa-sha256", 32),
    "ec-p384": ("ecdsa-sha384", 48),
    "ec-p521": ("ecdsa-sha512", 66),
    "rsa-2048": ("rsa-sha256", 0),
    "rsa-3072": ("rsa-sha256", 0),
}
_CONTENT = b"what is signed"
_DIGEST = hashlib.sha256(_CONTENT).digest()


def _raw_signature() -> bytes:
    """Sign with P-256 as a token would."""
    key = make_key("signatures")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return der_to_raw(key.sign(_CONTENT, ec.ECDSA(hashes.SHA256())), 32)


def _rsa_signature() -> bytes:
    """Sign with RSA-2048 as a token would."""
    key = make_key("signatures-rsa", "rsa-2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(_CONTENT, padding.PKCS1v15(), hashes.SHA256())


def _rejected(spki: bytes, algorithm: SignatureAlgorithm, signature: bytes, digest: bytes = _DIGEST) -> str:
    """Give the code with which a signature is refused."""
    with pytest.raises(SignatureMismatch) as caught:
        verify_digest_signature(spki, algorithm, digest, signature)
    assert caught.value.exit_status is ExitStatus.FAILED
    return caught.value.code


@pytest.mark.parametrize("kind", _KINDS)
def test_the_algorithm_follows_the_key(kind: str) -> None:
    """The hash is as wide as the curve; RSA takes SHA-256."""
    spki = spki_of(make_key(f"kind {kind}", kind))
    algorithm = algorithm_for(spki)
    assert (key_kind(spki), algorithm.name, algorithm.coordinate_length) == (kind, *_KINDS[kind])
    assert not key_weakness(spki)


def test_a_key_of_another_kind_is_named_and_not_used() -> None:
    """Ed25519 and foreign curves have a kind, but no algorithm."""
    edwards = ed25519.Ed25519PrivateKey.generate().public_key()
    koblitz = ec.generate_private_key(ec.SECP256K1()).public_key()
    for key, kind in ((edwards, "ed25519"), (koblitz, "ec-secp256k1")):
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(DocumentError) as caught:
            algorithm_for(spki)
        assert (key_kind(spki), caught.value.code, bool(key_weakness(spki))) == (
            kind,
            "key-unsupported",
            True,
        )


def test_a_hostile_rsa_key_is_described_not_loaded() -> None:
    """Exponent 1 makes every value a signature of itself: policy can see it, verification refuses it."""
    numbers = encode(INTEGER, b"\0" + b"\xc3" * 256) + encode(INTEGER, b"\1")
    algorithm = encode(SEQUENCE, encode_object_identifier("1.2.840.113549.1.1.1") + encode(NULL, b""))
    spki = encode(SEQUENCE, algorithm + encode(BIT_STRING, b"\0" + encode(SEQUENCE, numbers)))
    strength = key_strength(spki)
    assert (strength.kind, strength.exponent, bool(key_weakness(spki))) == ("rsa-2048", 1, True)
    with pytest.raises((DocumentError, SignatureMismatch)):
        verify_digest_signature(spki, RSA_SHA256, _DIGEST, bytes(256))


@pytest.mark.parametrize("spki", [b"", b"\x30\x00", b"\x30\x03\x02\x01\x01", b"PEM"])
def test_what_is_no_public_key_is_refused(spki: bytes) -> None:
    """A malformed SubjectPublicKeyInfo has its own code, for every question asked of it."""
    for question in (key_kind, algorithm_for):
        with pytest.raises(DocumentError) as caught:
            question(spki)
        assert caught.value.code == "key-malformed"


@pytest.mark.parametrize("kind", _KINDS)
def test_signatures_of_openssl_verify(kind: str, tmp_path: Path) -> None:
    """What openssl signs over the content, this verifies over the digest."""
    openssl = require_tool("openssl")
    key = make_key(f"kind {kind}", kind)
    algorithm = algorithm_for(spki_of(key))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    value = subprocess.run(
        [openssl, "dgst", f"-{algorithm.hash_name}", "-sign", tmp_path / "key.pem"],
        input=_CONTENT,
        capture_output=True,
        check=True,
    ).stdout
    raw = der_to_raw(value, algorithm.coordinate_length) if algorithm.family == "ecdsa" else value
    digest = hashlib.new(algorithm.hash_name, _CONTENT).digest()
    verify_digest_signature(spki_of(key), algorithm, digest, raw)
    assert _rejected(spki_of(key), algorithm, raw, bytes(len(digest))) == "signature-value-wrong"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        bytes(64),
        bytes(32) + b"\1" * 32,
        b"\1" * 32 + bytes(32),
        _P256_ORDER.to_bytes(32, "big") + b"\1" * 32,
        b"\1" * 32 + _P256_ORDER.to_bytes(32, "big"),
        b"\xff" * 64,
        b"\1" * 63,
        b"\1" * 66,
    ],
)
def test_ecdsa_values_out_of_range_or_length_are_refused(value: bytes) -> None:
    """Zero, n and above, too short and too long: none reaches the arithmetic."""
    assert _rejected(spki_of(make_key("signatures")), ECDSA_SHA256, value) == "signature-value-wrong"


def test_an_ecdsa_value_has_one_length() -> None:
    """Zero octets before r and s are another encoding of the same numbers, and refused."""
    raw, spki = _raw_signature(), spki_of(make_key("signatures"))
    verify_digest_signature(spki, ECDSA_SHA256, _DIGEST, raw)
    padded = b"\0" + raw[:32] + b"\0" + raw[32:]
    stretched = raw[:32] + b"\0" + raw[32:]
    der = raw_to_der(raw)
    assert [_rejected(spki, ECDSA_SHA256, value) for value in (padded, stretched, der, raw + b"\0")] == [
        "signature-value-wrong"
    ] * 4


def test_rsa_values_of_another_length_or_padding_are_refused() -> None:
    """Short, long and altered values, and another hash's DigestInfo, are not signatures."""
    raw, spki = _rsa_signature(), spki_of(make_key("signatures-rsa", "rsa-2048"))
    verify_digest_signature(spki, RSA_SHA256, _DIGEST, raw)
    key = make_key("signatures-rsa", "rsa-2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    other_hash = key.sign(_CONTENT, padding.PKCS1v15(), hashes.SHA512())
    probabilistic = key.sign(_CONTENT, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    bad = (
        b"",
        raw[:-1],
        b"\0" + raw,
        raw + b"\0",
        raw[:-1] + bytes((raw[-1] ^ 1,)),
        other_hash,
        probabilistic,
    )
    assert {_rejected(spki, RSA_SHA256, value) for value in bad} == {"signature-value-wrong"}


def test_the_algorithm_must_be_one_of_the_key() -> None:
    """An RSA algorithm over an EC key, and the reverse, is a mismatch of its own."""
    elliptic, modular = spki_of(make_key("signatures")), spki_of(make_key("signatures-rsa", "rsa-2048"))
    assert _rejected(elliptic, RSA_SHA256, _raw_signature()) == "key-algorithm-mismatch"
    assert _rejected(modular, ECDSA_SHA256, _rsa_signature()) == "key-algorithm-mismatch"


def test_a_digest_of_another_hash_is_refused() -> None:
    """A SHA-256 digest is not the digest of an algorithm with SHA-512."""
    spki = spki_of(make_key("signatures-rsa", "rsa-2048"))
    assert _rejected(spki, RSA_SHA512, _rsa_signature()) == "digest-length-wrong"


def test_raw_and_der_are_two_encodings_of_one_signature() -> None:
    """To DER and back gives the same octets, also with leading zeros."""
    raw = bytes(31) + b"\x7f" + b"\x80" + bytes(31)
    assert der_to_raw(raw_to_der(raw), 32) == raw


@pytest.mark.parametrize(
    "der",
    ["", "3000", "300602010102010100", "30070202000102010a", "3006020101020101ff", "30060201ff020101"],
)
def test_der_has_one_encoding(der: str) -> None:
    """Trailing octets, padded and negative integers are refused (RFC 3279 clause 2.2.3)."""
    with pytest.raises(SignatureMismatch) as caught:
        der_to_raw(bytes.fromhex(der), 32)
    assert caught.value.code == "signature-value-wrong"


@pytest.mark.parametrize("raw", [b"", b"\1", b"\1\2\3"])
def test_raw_values_have_two_halves(raw: bytes) -> None:
    """An odd or empty value is not r and s."""
    with pytest.raises(SignatureMismatch):
        raw_to_der(raw)

"""Signatures made on a token, verified by an implementation that had no part in them."""

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, get_args

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm import (
    PIN,
    PKCS11URI,
    HashName,
    KeyKind,
    Module,
    SigningFailed,
    Token,
    TokenDescription,
    TokenUnavailable,
)
from tests.hsm.conftest import USER_PIN
from tests.support.signatures import verify_signature
from tests.support.tools import require_tool

_CURVES: Final = {"ec-p256": "secp256r1", "ec-p384": "secp384r1", "ec-p521": "secp521r1"}


@pytest.fixture(scope="module")
def keyring(module: Module, new_token: Callable[[], TokenDescription]) -> Iterator[Token]:
    """Make a token with one key of every kind, labelled with its kind."""
    description = new_token()
    with module.open_token(description.uri, PIN(USER_PIN), writable=True) as opened:
        for number, kind in enumerate(KeyKind, start=1):
            opened.generate_key(kind, label=kind.value, key_id=bytes([number]))
    with module.open_token(description.uri, PIN(USER_PIN)) as opened:
        yield opened


@pytest.mark.parametrize("hash_name", get_args(HashName))
@pytest.mark.parametrize("kind", KeyKind)
def test_every_kind_signs_every_digest(keyring: Token, kind: KeyKind, hash_name: HashName) -> None:
    """OpenSSL verifies what the token signed, for every kind of key and every digest."""
    key = keyring.find_key(PKCS11URI(object=kind.value))
    digest = hashlib.new(hash_name, b"a document").digest()
    signature = key.sign_digest(digest, hash_name)
    assert signature.kind == ("ecdsa" if kind.startswith("ec") else "rsa-pkcs1-v1_5")
    verify_signature(key.public_key, signature, digest, hash_name)


@pytest.mark.parametrize(
    ("hash_name", "salt"), [("sha256", 32), ("sha384", 48), ("sha512", 64), ("sha256", 20)]
)
def test_an_rsa_key_signs_by_pss_on_request(keyring: Token, hash_name: HashName, salt: int) -> None:
    """OpenSSL verifies RSASSA-PSS with the hash, the mask and exactly the salt that was asked for."""
    key = keyring.find_key(PKCS11URI(object="rsa-2048"))
    digest = hashlib.new(hash_name, b"a document").digest()
    signature = key.sign_digest(digest, hash_name, pss_salt=salt)
    assert signature.kind == "rsa-pss"
    verify_signature(key.public_key, signature, digest, hash_name, salt)


def test_an_ec_key_has_no_padding(keyring: Token) -> None:
    """RSASSA-PSS by an EC key is refused before the token is asked."""
    with pytest.raises(SigningFailed) as caught:
        keyring.find_key(PKCS11URI(object="ec-p256")).sign_digest(bytes(32), "sha256", pss_salt=32)
    assert caught.value.code == "key-kind-unsupported"


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.RSA_2048])
def test_the_oracle_can_say_no(keyring: Token, kind: KeyKind) -> None:
    """The verification used above refuses a signature over another digest."""
    key = keyring.find_key(PKCS11URI(object=kind.value))
    signature = key.sign_digest(hashlib.sha256(b"a document").digest(), "sha256")
    with pytest.raises(InvalidSignature):
        verify_signature(key.public_key, signature, hashlib.sha256(b"another document").digest(), "sha256")


def test_openssl_verifies_the_rsa_signature(keyring: Token, tmp_path: Path) -> None:
    """The openssl program agrees, from the document and the DER of the public key."""
    openssl = require_tool("openssl")
    key = keyring.find_key(PKCS11URI(object="rsa-2048"))
    assert key.public_key is not None
    (tmp_path / "document").write_bytes(b"a document")
    (tmp_path / "key.der").write_bytes(key.public_key)
    signature = key.sign_digest(hashlib.sha256(b"a document").digest(), "sha256")
    (tmp_path / "signature").write_bytes(signature.value)
    arguments = [
        "dgst",
        "-sha256",
        "-keyform",
        "DER",
        "-verify",
        "key.der",
        "-signature",
        "signature",
        "document",
    ]
    result = subprocess.run([openssl, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip()) == (0, "Verified OK")


@pytest.mark.parametrize("kind", KeyKind)
def test_a_key_describes_itself(keyring: Token, kind: KeyKind) -> None:
    """Kind, protection and public key of each key are what was asked for."""
    description = keyring.find_key(PKCS11URI(object=kind.value)).description
    assert (description.label, description.kind) == (kind.value, kind.value)
    assert (description.extractable, description.sensitive, description.always_authenticate) == (
        False,
        True,
        False,
    )
    assert description.public_key is not None
    public_key = load_der_public_key(description.public_key)
    if isinstance(public_key, rsa.RSAPublicKey):
        assert (public_key.key_size, public_key.public_numbers().e) == (int(kind.removeprefix("rsa-")), 65537)
    else:
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        assert public_key.curve.name == _CURVES[kind]


@pytest.mark.parametrize(
    ("digest", "hash_name", "code"),
    [
        (b"", "sha256", "digest-length"),
        (bytes(31), "sha256", "digest-length"),
        (bytes(32), "sha384", "digest-length"),
        (bytes(65), "sha512", "digest-length"),
        (bytes(20), "sha1", "hash-unknown"),
    ],
)
def test_refuses_what_is_no_digest(keyring: Token, digest: bytes, hash_name: HashName, code: str) -> None:
    """Octets that are not a digest of the named kind never reach the token."""
    key = keyring.find_key(PKCS11URI(object="ec-p256"))
    with pytest.raises(SigningFailed) as caught:
        key.sign_digest(digest, hash_name)
    assert caught.value.code == code


def test_a_key_ends_with_its_session(module: Module, keyring: Token) -> None:
    """A key kept beyond the `with` block of its token is refused, not sent to a stale handle."""
    with module.open_token(keyring.description.uri, PIN(USER_PIN)) as opened:
        key = opened.find_key(PKCS11URI(object="ec-p256"))
    with pytest.raises(TokenUnavailable) as caught:
        key.sign_digest(bytes(32), "sha256")
    assert caught.value.code == "token-closed"

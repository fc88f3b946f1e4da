"""What every token has to do for a program that uses `hsm`, in its own process or through a worker."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hsm import (
    PKCS11URI,
    KeyAmbiguous,
    KeyNotFound,
    MechanismMissing,
    RawSignature,
    TokenNotFound,
    URIError,
)
from tests.backends.backend import Backend, Place, PlacedKey
from tests.backends.doors import Asked, Door, open_place
from tests.backends.module_door import ModuleDoor
from tests.support.signatures import verify_signature

_MANY = 24


def _ask(text: str, hash_name: str = "sha256", pss_salt: int | None = None) -> Asked:
    return Asked(hashlib.new(hash_name, text.encode()).digest(), hash_name, pss_salt)  # type: ignore[arg-type]


def _check(key: PlacedKey, asked: Asked, signature: RawSignature) -> None:
    verify_signature(key.public_key, signature, asked.digest, asked.hash_name, asked.pss_salt)


def test_exactly_one_token_is_found(door: Door, place: Place) -> None:
    """By its URI, whatever other slots there are; and what the token says of itself names only it."""
    listed = door.list_tokens(place)
    (found, *again) = door.find_tokens(place, place.token, *(token.uri for token in listed))
    assert [token.uri for token in listed].count(found.uri) == 1
    assert [token.uri for token in again] == [token.uri for token in listed]
    assert (found.initialised, found.pin_locked, found.pin_final_try) == (True, False, False)


def test_another_token_is_not_taken_for_it(door: Door, place: Place) -> None:
    """A serial number that fits no token is an error that lists those that are there."""
    with pytest.raises(TokenNotFound) as caught:
        door.find_tokens(place, replace(place.token, serial="no such serial"))
    assert caught.value.code == "token-not-found"
    assert "pkcs11:" in caught.value.message


def test_every_key_is_there_once_and_as_it_was_made(door: Door, place: Place) -> None:
    """Each private key is listed, and shows the public key that was certified."""
    seen = [(key.kind, key.public_key) for key in door.list_keys(place)]
    for key in place.keys:
        assert seen.count((key.kind, key.public_key)) == 1


def test_each_kind_of_key_signs(door: Door, place: Place, kind: str) -> None:
    """A signature over each digest, which OpenSSL verifies with the public key as it was certified."""
    key = place.key(kind)
    asked = [_ask(f"a document {name}", name) for name in ("sha256", "sha384", "sha512")]
    for each, signature in zip(asked, door.sign(place, key.uri, asked), strict=True):
        assert signature.kind == ("ecdsa" if kind.startswith("ec") else "rsa-pkcs1-v1_5")
        _check(key, each, signature)


def test_an_rsa_key_signs_by_pss(door: Door, backend: Backend, place: Place) -> None:
    """RSASSA-PSS with the salt that was asked for."""
    keys = [key for key in place.keys if key.kind.startswith("rsa")]
    if not (backend.pss and keys):
        pytest.skip(f"{backend.name} does not do RSASSA-PSS")
    asked = _ask("a document", pss_salt=32)
    (signature,) = door.sign(place, keys[0].uri, [asked])
    _check(keys[0], asked, signature)


def test_a_key_that_asks_for_the_pin_each_time(door: Door, backend: Backend, place: Place) -> None:
    """CKA_ALWAYS_AUTHENTICATE: it signs twice, and an ordinary key still signs in between."""
    if not backend.always_authenticates:
        pytest.skip(f"{backend.name} has no key that asks each time")
    key = next(key for key in place.keys if key.always_authenticate)
    assert door.find_keys(place, key.uri)[0].always_authenticate
    asked = [_ask("first"), _ask("second")]
    for each, signature in zip(asked, door.sign(place, key.uri, asked), strict=True):
        _check(key, each, signature)


def test_a_key_is_chosen_by_label_and_by_id(door: Door, place: Place, kind: str) -> None:
    """Each attribute of the URI selects, also alone; all must fit."""
    key = place.key(kind)
    alone = [PKCS11URI(object=key.uri.object)] if key.uri.object else []
    alone += [PKCS11URI(id=key.uri.id)] if key.uri.id else []
    whole = replace(place.token, object=key.uri.object, id=key.uri.id, type="private")
    found = door.find_keys(place, *alone, key.uri, whole)
    assert {each.public_key for each in found} == {key.public_key}


def test_a_key_that_is_not_there_is_not_found(door: Door, place: Place) -> None:
    """The message lists the keys that are."""
    with pytest.raises(KeyNotFound) as caught:
        door.find_keys(place, replace(place.keys[0].uri, object="no such key"))
    assert caught.value.code == "key-not-found"
    assert "pkcs11:" in caught.value.message


def test_several_keys_are_not_one(door: Door, place: Place) -> None:
    """A URI that names the token alone is refused where it has several keys."""
    if len(place.keys) == 1:
        assert door.find_keys(place, PKCS11URI())[0].public_key == place.keys[0].public_key
        return
    with pytest.raises(KeyAmbiguous):
        door.find_keys(place, PKCS11URI())


def test_a_uri_of_another_module_or_token_is_refused(door: Door, place: Place) -> None:
    """`module-path` and token attributes have to fit; they choose nothing."""
    with pytest.raises(URIError):
        door.find_tokens(place, replace(place.token, module_path="/usr/lib/another.so"))
    with pytest.raises(URIError):
        door.find_keys(place, replace(place.keys[0].uri, serial="no such serial"))


def test_the_certificate_beside_a_key_is_of_that_key(door: Door, place: Place, kind: str) -> None:
    """Found by the key's URI, and its public key is the key's own."""
    key = place.key(kind)
    der = door.find_certificate(place, key.uri).der
    certified = x509.load_der_x509_certificate(der).public_key()
    assert certified.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == key.public_key


def test_sessions_sign_at_the_same_time(door: Door, place: Place, kind: str) -> None:
    """Several threads, each with a session of its own: every signature is right, and none comes twice."""
    sessions = min(place.profile.sessions, 4)
    if sessions < 2:
        pytest.skip("its profile allows one session")
    key = place.key(kind)
    asked = [_ask(f"document {number}") for number in range(_MANY)]
    signatures = door.sign_together(place, key.uri, asked, sessions)
    for each, signature in zip(asked, signatures, strict=True):
        _check(key, each, signature)
    assert len({signature.value for signature in signatures}) == _MANY


def test_the_key_is_found_again_after_reinitialisation(place: Place, kind: str) -> None:
    """C_Finalize and C_Initialize, a new login, and the key of that name has the same public key."""
    key = place.key(kind)
    asked = _ask("a document")
    around = ModuleDoor().sign_around_reinitialisation(place, key.uri, asked)
    assert [found.public_key for found, _ in around] == [key.public_key] * 2
    for _, signature in around:
        _check(key, asked, signature)


def test_a_worker_that_is_killed_is_replaced(place: Place) -> None:
    """The key is found again by another process, and signs; the client logs in again by itself."""
    key = place.keys[0]
    asked = _ask("a document")
    with open_place(place) as client:
        found = client.find_key(key.uri)
        before = client._transport.pid  # type: ignore[attr-defined]
        os.kill(before, 9)
        _check(key, asked, found.sign_digest(asked.digest, asked.hash_name))
        assert client._transport.pid != before  # type: ignore[attr-defined]


def test_a_mechanism_that_the_token_has_not_is_named(door: Door, backend: Backend, place: Place) -> None:
    """The refusal says which one; the token was not asked to sign."""
    lacking = place.lacking
    if lacking is None:
        pytest.skip(f"{backend.name} lacks nothing that could be asked for")
    poor = replace(place, variables=lacking.variables or place.variables)
    with pytest.raises(MechanismMissing) as caught:
        door.sign(poor, lacking.key.uri, [_ask("a document", pss_salt=lacking.pss_salt)])
    assert caught.value.code == "mechanism-missing"
    assert lacking.mechanism in caught.value.message


def test_the_module_is_found_by_any_link_to_it(door: Door, place: Place, tmp_path: Path) -> None:
    """Vendors and administrators link their modules about; it is the same module."""
    link = tmp_path / "linked.so"
    link.symlink_to(place.module)
    (found,) = door.find_tokens(replace(place, module=link), place.token)
    assert found.initialised

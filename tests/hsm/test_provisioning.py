"""New tokens, keys and certificates: protected, and never over something that is there."""

import re
from collections.abc import Callable

import pytest

import hsm
from hsm import (
    PIN,
    PKCS11URI,
    KeyKind,
    Module,
    PINRejected,
    PINRequired,
    ProvisioningRefused,
    Token,
    TokenDescription,
    TokenNotFound,
    choose_token,
    initialise_token,
)
from tests.hsm.certificates import build_certificate
from tests.hsm.conftest import SO_PIN, USER_PIN
from tests.support.softhsm import SoftHSMEnvironment
from tests.support.tools import require_tool


def test_another_program_sees_a_protected_signing_key(softhsm: SoftHSMEnvironment, token: Token) -> None:
    """pkcs11-tool says sensitive, never extractable, made on the token, and for signing only."""
    program = require_tool("pkcs11-tool")
    token.generate_key(KeyKind.RSA_2048, label="signing key", key_id=b"\xab\x01")
    login = ("--token-label", token.description.label, "--login", "--pin", USER_PIN)
    listing = softhsm.run(
        program, "--module", str(softhsm.library), *login, "--list-objects", "--type", "privkey"
    ).stdout
    fields = dict(re.findall(r"^  (\w+): +(.+?) *$", listing, flags=re.MULTILINE))
    assert fields == {
        "label": "signing key",
        "ID": "ab01",
        "Usage": "sign",
        "Access": "sensitive, always sensitive, never extractable, local",
    }


def test_another_program_finds_the_token_and_its_pin(
    softhsm: SoftHSMEnvironment, description: TokenDescription
) -> None:
    """A token initialised here is a token for pkcs11-tool too, with its user PIN set."""
    program = require_tool("pkcs11-tool")
    listing = softhsm.run(program, "--module", str(softhsm.library), "--list-token-slots").stdout
    block = next(part for part in listing.split("Slot ") if description.serial in part)
    assert f": {description.label}\n" in block
    assert "PIN initialized" in block


def test_a_label_is_given_to_one_token_only(module: Module, description: TokenDescription) -> None:
    """A second token with the same label is refused, and nothing changes."""
    before = module.list_tokens()
    with pytest.raises(ProvisioningRefused) as caught:
        initialise_token(module, label=description.label, so_pin=PIN(SO_PIN), user_pin=PIN(USER_PIN))
    assert caught.value.code == "token-exists"
    assert module.list_tokens() == before


@pytest.mark.parametrize("label", ["", "   ", "x" * 33, "é" * 17])
def test_a_label_has_to_fit(module: Module, label: str) -> None:
    """CK_TOKEN_INFO has room for 32 octets of label, not 32 letters."""
    with pytest.raises(ProvisioningRefused) as caught:
        initialise_token(module, label=label, so_pin=PIN(SO_PIN), user_pin=PIN(USER_PIN))
    assert caught.value.code == "token-label-length"


def test_a_long_label_of_many_octets_comes_back(module: Module) -> None:
    """A label of exactly 32 octets in UTF-8 is kept whole."""
    label = "é" * 16
    made = initialise_token(module, label=label, so_pin=PIN(SO_PIN), user_pin=PIN(USER_PIN))
    assert made.label == label
    assert module.find_token(PKCS11URI.parse(str(made.uri))) == made


def test_a_pin_that_the_token_does_not_take(fresh_softhsm: SoftHSMEnvironment) -> None:
    """A PIN shorter than the token's minimum is refused with its own class."""
    program = """
import sys, pathlib, hsm
module = hsm.open_module(pathlib.Path(sys.argv[1]))
try:
    hsm.initialise_token(module, label="short", so_pin=hsm.PIN("so-pin"), user_pin=hsm.PIN("1"))
except hsm.PINRejected as exc:
    print(exc.code)
"""
    assert fresh_softhsm.run_python(program).stdout.strip() == "pin-length"


@pytest.mark.parametrize(("label", "key_id"), [("key", b"\x02"), ("other", b"\x01"), ("key", b"\x01")])
def test_an_existing_key_is_never_shadowed(token: Token, label: str, key_id: bytes) -> None:
    """A label or an id in use is refused, and the old key is still the only one."""
    made = token.generate_key(KeyKind.EC_P256, label="key", key_id=b"\x01")
    with pytest.raises(ProvisioningRefused) as caught:
        token.generate_key(KeyKind.EC_P256, label=label, key_id=key_id)
    assert caught.value.code == "key-exists"
    assert token.list_keys() == (made.description,)


def test_a_new_key_is_not_paired_with_an_old_certificate(token: Token) -> None:
    """A certificate in the way of a new key's name is a refusal as well."""
    token.import_certificate(build_certificate("old"), label="key", key_id=b"\x01")
    with pytest.raises(ProvisioningRefused) as caught:
        token.generate_key(KeyKind.EC_P256, label="new", key_id=b"\x01")
    assert caught.value.code == "certificate-exists"
    assert token.list_keys() == ()


def test_an_existing_certificate_is_never_shadowed(token: Token) -> None:
    """Two certificates with one id could not be told apart later."""
    token.import_certificate(build_certificate("one"), label="one", key_id=b"\x01")
    with pytest.raises(ProvisioningRefused) as caught:
        token.import_certificate(build_certificate("two"), label="two", key_id=b"\x01")
    assert caught.value.code == "certificate-exists"


@pytest.mark.parametrize(
    "der", [b"", b"not DER", b"-----BEGIN CERTIFICATE-----\n", bytes.fromhex("3003020101")]
)
def test_what_is_no_certificate_is_not_imported(token: Token, der: bytes) -> None:
    """Octets that are no DER certificate are refused before the token sees them."""
    with pytest.raises(ProvisioningRefused) as caught:
        token.import_certificate(der, label="c", key_id=b"\x01")
    assert caught.value.code == "certificate-malformed"


@pytest.mark.parametrize(("label", "key_id"), [("", b"\x01"), ("key", b"")])
def test_an_object_without_a_name_is_refused(token: Token, label: str, key_id: bytes) -> None:
    """A key that nobody could find again is not made."""
    with pytest.raises(ProvisioningRefused) as caught:
        token.generate_key(KeyKind.EC_P256, label=label, key_id=key_id)
    assert caught.value.code == "object-unnamed"


_Write = Callable[[Token], object]


@pytest.mark.parametrize(
    "write",
    [
        lambda opened: opened.generate_key(KeyKind.EC_P256, label="key", key_id=b"\x01"),
        lambda opened: opened.import_certificate(build_certificate("c"), label="c", key_id=b"\x01"),
    ],
    ids=["key", "certificate"],
)
def test_writing_wants_a_writable_session_and_a_login(
    module: Module, description: TokenDescription, write: _Write
) -> None:
    """A token opened for reading, or without a PIN, is not written to."""
    with (
        module.open_token(description.uri, PIN(USER_PIN)) as reading,
        pytest.raises(ProvisioningRefused) as read_only,
    ):
        write(reading)
    with (
        module.open_token(description.uri, None, writable=True) as public,
        pytest.raises(PINRequired) as no_login,
    ):
        write(public)
    assert (read_only.value.code, no_login.value.code) == ("session-read-only", "pin-required")


def test_a_rejected_pin_leaves_the_token_usable(module: Module, description: TokenDescription) -> None:
    """A wrong PIN is an error of its own, and the right PIN works afterwards."""
    with pytest.raises(PINRejected) as caught, module.open_token(description.uri, PIN("9999")):
        pass  # not reached
    assert caught.value.code == "pin-rejected"
    assert "9999" not in caught.value.message + caught.value.hint
    with module.open_token(description.uri, PIN(USER_PIN)) as opened:
        assert opened.list_keys() == ()


def test_every_error_is_of_one_family() -> None:
    """Every exception that this package exports can be caught as HSMError."""
    exported = [getattr(hsm, name) for name in hsm.__all__]
    errors = [each for each in exported if isinstance(each, type) and issubclass(each, Exception)]
    assert len(errors) > 10
    assert [each for each in errors if not issubclass(each, hsm.HSMError)] == []


def test_a_destroyed_key_takes_its_public_half_along_and_nothing_else(
    softhsm: SoftHSMEnvironment, token: Token
) -> None:
    """pkcs11-tool sees the other key pair only."""
    program = require_tool("pkcs11-tool")
    token.generate_key(KeyKind.EC_P256, label="old", key_id=b"\x01")
    kept = token.generate_key(KeyKind.EC_P256, label="kept", key_id=b"\x02").description
    gone = token.destroy_key(PKCS11URI(object="old"))
    assert [uri.type for uri in gone] == ["private", "public"]
    assert token.list_keys() == (kept,)
    login = ("--token-label", token.description.label, "--login", "--pin", USER_PIN)
    listing = softhsm.run(program, "--module", str(softhsm.library), *login, "--list-objects").stdout
    assert set(re.findall(r"^  label: +(.+?) *$", listing, flags=re.MULTILINE)) == {"kept"}


def test_a_replaced_certificate_is_the_only_one(token: Token) -> None:
    """The new one is there before the old one goes; one with another id stays."""
    old, new, other = build_certificate("old"), build_certificate("new"), build_certificate("other")
    token.import_certificate(old, label="key", key_id=b"\x01")
    token.import_certificate(other, label="other", key_id=b"\x02")
    assert token.replace_certificate(new, label="key", key_id=b"\x01").der == new
    assert {each.der for each in token.list_certificates()} == {new, other}


def test_a_token_is_chosen_by_slot_and_serial_number(module: Module, description: TokenDescription) -> None:
    """Without either, the only uninitialised one; with both, they must agree."""
    blank = choose_token(module)
    assert not blank.initialised
    chosen = choose_token(module, slot_id=description.slot_id, serial=description.serial)
    assert (chosen, chosen.initialised) == (description, True)
    for slot_id, serial in ((blank.slot_id, description.serial), (2**40, None)):
        with pytest.raises(TokenNotFound) as caught:
            choose_token(module, slot_id=slot_id, serial=serial)
        assert caught.value.code == "slot-missing"

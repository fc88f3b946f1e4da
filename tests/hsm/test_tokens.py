"""Finding tokens, keys and certificates: exactly one, or an error that says what was seen."""

from collections.abc import Callable

import pytest

from hsm import (
    PIN,
    PKCS11URI,
    CertificateAmbiguous,
    CertificateNotFound,
    KeyAmbiguous,
    KeyKind,
    KeyNotFound,
    Module,
    PINRequired,
    Token,
    TokenAmbiguous,
    TokenDescription,
    TokenNotFound,
    URIError,
)
from tests.hsm.certificates import build_certificate
from tests.hsm.conftest import USER_PIN
from tests.support.softhsm import SoftHSMEnvironment
from tests.support.tools import require_tool


def test_finds_a_token_by_its_own_uri(module: Module, description: TokenDescription) -> None:
    """The URI that a listing prints finds that token again."""
    assert description in module.list_tokens()
    assert module.find_token(PKCS11URI.parse(str(description.uri))) == description


@pytest.mark.parametrize("attribute", ["token", "serial", "slot_id"])
def test_finds_a_token_by_one_attribute(
    module: Module, description: TokenDescription, attribute: str
) -> None:
    """A label, a serial number or a slot is enough when it is unique."""
    values = {"token": description.label, "serial": description.serial, "slot_id": description.slot_id}
    uri = PKCS11URI(**{attribute: values[attribute]})  # type: ignore[arg-type]
    assert module.find_token(uri) == description


def test_no_token(module: Module, description: TokenDescription) -> None:
    """A token that is not there is an error that lists those that are, in one line."""
    with pytest.raises(TokenNotFound) as caught:
        module.find_token(PKCS11URI(token="absent"))
    assert caught.value.code == "token-not-found"
    assert any(str(present.uri) in caught.value.message for present in module.list_tokens())
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_every_attribute_has_to_match(module: Module, description: TokenDescription) -> None:
    """The right label with the wrong serial number is another token."""
    with pytest.raises(TokenNotFound):
        module.find_token(PKCS11URI(token=description.label, serial="0000000000000000"))


def test_ambiguous_token(module: Module, new_token: Callable[[], TokenDescription]) -> None:
    """Two tokens that fit are an error that lists both."""
    one, two = new_token(), new_token()
    with pytest.raises(TokenAmbiguous) as caught:
        module.find_token(PKCS11URI(manufacturer=one.manufacturer))
    assert caught.value.code == "token-ambiguous"
    with pytest.raises(TokenAmbiguous):
        module.find_token(PKCS11URI(model=two.model))


def test_a_uri_of_another_module_is_refused(module: Module, description: TokenDescription) -> None:
    """`module-path` has to be this module's, by whatever link."""
    assert module.find_token(PKCS11URI(token=description.label, module_path=str(module.path))) == description
    with pytest.raises(URIError) as caught:
        module.find_token(PKCS11URI(token=description.label, module_path="/elsewhere/pkcs11.so"))
    assert caught.value.code == "uri-other-module"


def test_finds_a_key_by_label_id_or_as_the_only_one(token: Token) -> None:
    """Label, id, both, or nothing when there is one key, all find the same key."""
    made = token.generate_key(KeyKind.EC_P256, label="signing key", key_id=b"\x00\xff")
    for uri in (
        PKCS11URI(object="signing key"),
        PKCS11URI(id=b"\x00\xff"),
        PKCS11URI(),
        made.description.uri,
        PKCS11URI.parse(str(made.description.uri)),
    ):
        assert token.find_key(uri).description == made.description
    assert token.list_keys() == (made.description,)


def test_no_key_and_ambiguous_key(token: Token) -> None:
    """None and several are two errors, and each lists the keys that were seen."""
    with pytest.raises(KeyNotFound) as empty:
        token.find_key(PKCS11URI())
    token.generate_key(KeyKind.EC_P256, label="first", key_id=b"\x01")
    token.generate_key(KeyKind.EC_P256, label="second", key_id=b"\x02")
    with pytest.raises(KeyNotFound) as absent:
        token.find_key(PKCS11URI(object="first", id=b"\x02"))
    with pytest.raises(KeyAmbiguous) as several:
        token.find_key(PKCS11URI())
    assert (empty.value.code, absent.value.code) == ("key-not-found", "key-not-found")
    assert several.value.code == "key-ambiguous"
    for error in (absent.value, several.value):
        assert "object=first" in error.message
        assert "object=second" in error.message


def test_duplicate_labels_made_by_others_are_ambiguous(
    module: Module, description: TokenDescription, softhsm: SoftHSMEnvironment
) -> None:
    """Two keys with one label, which only another program can make, are not chosen between."""
    program = require_tool("pkcs11-tool")
    login = ("--token-label", description.label, "--login", "--pin", USER_PIN)
    for number in ("01", "02"):
        made = softhsm.run(
            program, "--module", str(softhsm.library), *login, "--keypairgen", "--key-type", "EC:prime256v1",
            "--label", "twin", "--id", number,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
    with module.open_token(description.uri, PIN(USER_PIN)) as opened:
        with pytest.raises(KeyAmbiguous):
            opened.find_key(PKCS11URI(object="twin"))
        assert opened.find_key(PKCS11URI(object="twin", id=b"\x02")).description.id == b"\x02"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (PKCS11URI(object="k", type="cert"), "uri-type-mismatch"),
        (PKCS11URI(object="k", type="public"), "uri-type-mismatch"),
        (PKCS11URI(object="k", token="another"), "uri-other-token"),
    ],
)
def test_a_uri_of_something_else_is_refused(token: Token, uri: PKCS11URI, code: str) -> None:
    """A URI of another type of object, or of another token, does not find a key."""
    with pytest.raises(URIError) as caught:
        token.find_key(uri)
    assert caught.value.code == code


def test_certificates_are_found_like_keys(token: Token) -> None:
    """A certificate object comes back byte for byte, exactly one or an error."""
    first, second = build_certificate("first"), build_certificate("second")
    with pytest.raises(CertificateNotFound) as none:
        token.find_certificate(PKCS11URI())
    made = token.import_certificate(first, label="first", key_id=b"\x01")
    assert (made.der, made.label, made.id) == (first, "first", b"\x01")
    assert token.find_certificate(PKCS11URI()) == made
    token.import_certificate(second, label="second", key_id=b"\x02")
    assert token.find_certificate(PKCS11URI.parse(str(made.uri))) == made
    with pytest.raises(CertificateAmbiguous) as several:
        token.find_certificate(PKCS11URI())
    codes = (none.value.code, several.value.code)
    assert codes == ("certificate-not-found", "certificate-ambiguous")
    assert {each.der for each in token.list_certificates()} == {first, second}


def test_without_a_login_only_public_objects_are_seen(module: Module, description: TokenDescription) -> None:
    """Certificates need no PIN; a key does, and the error says so."""
    with module.open_token(description.uri, PIN(USER_PIN), writable=True) as opened:
        opened.generate_key(KeyKind.EC_P256, label="key", key_id=b"\x01")
        made = opened.import_certificate(build_certificate("key"), label="key", key_id=b"\x01")
    with module.open_token(description.uri, None) as public:
        assert (public.list_certificates(), public.list_keys()) == ((made,), ())
        with pytest.raises(PINRequired) as caught:
            public.find_key(PKCS11URI())
    assert caught.value.code == "pin-required"


def test_a_login_is_shared_and_ends_with_the_last_session(
    module: Module, description: TokenDescription
) -> None:
    """Closing one of two logged-in sessions does not log the other out; closing both does."""
    with module.open_token(description.uri, PIN(USER_PIN), writable=True) as first:
        first.generate_key(KeyKind.EC_P256, label="key", key_id=b"\x01")
        with module.open_token(description.uri, PIN(USER_PIN)) as second:
            assert len(second.list_keys()) == 1
        signature = first.find_key(PKCS11URI()).sign_digest(bytes(32), "sha256")
        assert len(signature.value) == 64
    with module.open_token(description.uri, None) as public:
        assert public.list_keys() == ()

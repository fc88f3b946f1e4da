"""PKCS#11 URIs: what is read, what is refused, and that writing and reading agree."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hsm import PKCS11URI, HSMError, URIError

_TEXT: Final = st.none() | st.text(max_size=20)
_URIS: Final = st.builds(
    PKCS11URI,
    token=_TEXT,
    manufacturer=_TEXT,
    model=_TEXT,
    serial=_TEXT,
    slot_id=st.none() | st.integers(0, 2**64 - 1),
    object=_TEXT,
    id=st.none() | st.binary(max_size=20),
    type=st.sampled_from([None, "cert", "data", "private", "public", "secret-key"]),
    slot_description=_TEXT,
    slot_manufacturer=_TEXT,
    library_description=_TEXT,
    library_manufacturer=_TEXT,
    library_version=st.none()
    | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3})?", fullmatch=True).filter(str.isascii),
    module_name=_TEXT,
    module_path=_TEXT,
    pin_source=_TEXT,
)


@settings(deadline=None)  # shared machines pause
@given(_URIS)
def test_every_uri_round_trips(uri: PKCS11URI) -> None:
    """What is written is read back as the same URI, in one line of ASCII."""
    written = str(uri)
    assert PKCS11URI.parse(written) == uri
    assert written.isascii()
    assert written.isprintable()
    assert " " not in written


@settings(deadline=None)  # shared machines pause
@given(st.text(max_size=60) | st.text(max_size=60).map(lambda text: f"pkcs11:{text}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes anything but a URI or a URIError, and what is read round-trips."""
    try:
        uri = PKCS11URI.parse(text)
    except URIError:
        return
    assert PKCS11URI.parse(str(uri)) == uri


@settings(deadline=None)  # shared machines pause
@given(st.text(alphabet="%;=&?abcdefidtokenslot-0123456789", max_size=40))
def test_near_misses_are_read_or_refused(tail: str) -> None:
    """Texts made of the grammar's own characters are read or refused, never anything else."""
    try:
        uri = PKCS11URI.parse(f"pkcs11:{tail}")
    except URIError:
        return
    assert PKCS11URI.parse(str(uri)) == uri


def test_reads_the_example_of_the_standard() -> None:
    """An example after RFC 7512 section 3 with every kind of attribute is read."""
    text = (
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;"
        "model=1.0;serial=0A1b;slot-id=7;object=my-certificate;type=cert;"
        "id=%69%95%3E%5C%F4%BD%EC%91?module-path=/usr/lib/x.so"
    )
    assert PKCS11URI.parse(text) == PKCS11URI(
        token="The Software PKCS#11 Softtoken",
        manufacturer="Snake Oil, Inc.",
        model="1.0",
        serial="0A1b",
        slot_id=7,
        object="my-certificate",
        type="cert",
        id=bytes.fromhex("69953e5cf4bdec91"),
        module_path="/usr/lib/x.so",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object=my-pubkey;type=public", PKCS11URI(object="my-pubkey", type="public")),
        (
            "object=my-key;type=private?pin-source=file:/etc/token",
            PKCS11URI(object="my-key", type="private", pin_source="file:/etc/token"),
        ),
        (
            "object=my-sign-key;type=private?module-name=mypkcs11",
            PKCS11URI(object="my-sign-key", type="private", module_name="mypkcs11"),
        ),
        (
            "object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1",
            PKCS11URI(object="my-sign-key", type="private", module_path="/mnt/libmypkcs11.so.1"),
        ),
        ("slot-description=Sun%20Metaslot", PKCS11URI(slot_description="Sun Metaslot")),
        (
            (
                "library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;"
                "library-version=1.23"
            ),
            PKCS11URI(
                library_manufacturer="Snake Oil, Inc.",
                library_description="Soft Token Library",
                library_version="1.23",
            ),
        ),
        (
            "token=My%20token%25%20created%20by%20Joe;library-version=3;id=%01%02%03%Ba%dd%Ca%fe%04%05%06",
            PKCS11URI(
                token="My token% created by Joe",
                library_version="3",
                id=bytes.fromhex("010203baddcafe040506"),
            ),
        ),
        (
            "token=A%20name%20with%20a%20substring%20%25%3B;object=my-certificate;type=cert",
            PKCS11URI(token="A name with a substring %;", object="my-certificate", type="cert"),
        ),
        (
            "token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1;object=my-certificate;type=cert",
            PKCS11URI(token="Name with a small A with acute: á", object="my-certificate", type="cert"),
        ),
    ],
)
def test_reads_the_examples_of_the_rfc(text: str, expected: PKCS11URI) -> None:
    """RFC 7512 section 3, all but those with a PIN or with vendors' attributes, which are refused below."""
    assert PKCS11URI.parse(f"pkcs11:{text}") == expected


def test_the_empty_uri_names_anything() -> None:
    """`pkcs11:` has no attributes, and the scheme has no case."""
    assert PKCS11URI.parse("pkcs11:") == PKCS11URI.parse("PKCS11:") == PKCS11URI()


def test_an_empty_value_is_not_an_absent_one() -> None:
    """`token=` asks for an empty label (RFC 7512 section 2.3)."""
    assert PKCS11URI.parse("pkcs11:token=;id=") == PKCS11URI(token="", id=b"")


def test_for_token_leaves_the_object_out() -> None:
    """The token's URI has the token's attributes only."""
    uri = PKCS11URI.parse("pkcs11:token=a;serial=1;slot-id=2;object=b;id=%01;type=private?module-path=/m.so")
    assert uri.for_token() == PKCS11URI(token="a", serial="1", slot_id=2, module_path="/m.so")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "uri-malformed"),
        ("token=a", "uri-malformed"),
        ("https://example.test/", "uri-malformed"),
        ("pkcs11:token", "uri-malformed"),
        ("pkcs11:=a", "uri-malformed"),
        ("pkcs11:token=a;", "uri-malformed"),
        ("pkcs11:token=a?", "uri-malformed"),
        ("pkcs11:token=a b", "uri-malformed"),
        ("pkcs11:token=a/b", "uri-malformed"),
        ("pkcs11:token=%4", "uri-malformed"),
        ("pkcs11:token=%zz", "uri-malformed"),
        ("pkcs11:token=%FF", "uri-malformed"),
        ("pkcs11:token=%ED%A0%80", "uri-malformed"),
        ("pkcs11:token=é", "uri-malformed"),
        ("pkcs11:token=a#b", "uri-malformed"),
        ("pkcs11:token=a\n", "uri-malformed"),
        ("pkcs11:type=key", "uri-malformed"),
        ("pkcs11:slot-id=1x", "uri-malformed"),
        ("pkcs11:slot-id=-1", "uri-malformed"),
        ("pkcs11:slot-id=%D9%A1", "uri-malformed"),
        ("pkcs11:slot-id=18446744073709551616", "uri-malformed"),
        ("pkcs11:token=a;token=a", "uri-attribute-repeated"),
        ("pkcs11:token=a;token=b", "uri-attribute-repeated"),
        ("pkcs11:colour=red", "uri-attribute-unknown"),
        ("pkcs11:Token=a", "uri-attribute-unknown"),
        ("pkcs11:library-version=3.x", "uri-malformed"),
        ("pkcs11:library-version=3.", "uri-malformed"),
        ("pkcs11:vendor-aaa=value-a", "uri-attribute-unknown"),
        ("pkcs11:?vendor-bbb=value-b", "uri-attribute-unknown"),
        ("pkcs11:module-path=/m.so", "uri-attribute-unknown"),
        ("pkcs11:?token=a", "uri-attribute-unknown"),
        ("pkcs11:pin-source=file:/p", "uri-attribute-unknown"),
        ("pkcs11:token=a?pin-value=1234", "uri-pin-value-refused"),
        ("pkcs11:pin-value=1234", "uri-pin-value-refused"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    """What is malformed, unknown, repeated or carries a PIN is refused, with its own code."""
    with pytest.raises(URIError) as caught:
        PKCS11URI.parse(text)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["pkcs11:?pin-value=7391", "pkcs11:pin-value=7391", "pin-value=7391", "pkcs11:?pin-value:7391"]
)
def test_a_refused_pin_is_not_repeated(text: str) -> None:
    """The error about a PIN in a URI does not show the PIN."""
    with pytest.raises(HSMError) as caught:
        PKCS11URI.parse(text)
    assert "7391" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("arguments", [{"type": "key"}, {"slot_id": -1}, {"token": "\ud800"}])
def test_refuses_values_without_a_spelling(arguments: dict[str, object]) -> None:
    """A URI that could not be written cannot be made."""
    with pytest.raises(URIError) as caught:
        PKCS11URI(**arguments)  # type: ignore[arg-type]
    assert caught.value.code == "uri-malformed"

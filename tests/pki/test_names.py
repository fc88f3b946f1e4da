"""Distinguished names as written and as compared."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from agent.pki.der import BIT_STRING, SEQUENCE, SET, encode, encode_object_identifier
from agent.pki.names import DistinguishedName, parse_name

_UTF8, _PRINTABLE, _TELETEX, _BMP = 0x0C, 0x13, 0x14, 0x1E


def _name(*attributes: tuple[str, int, bytes]) -> DistinguishedName:
    """Build a name, one attribute an RDN, with the string types given."""
    rdns = (
        encode(SET, encode(SEQUENCE, encode_object_identifier(oid) + encode(tag, value)))
        for oid, tag, value in attributes
    )
    return parse_name(encode(SEQUENCE, b"".join(rdns)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((_UTF8, b"Example Ltd"), (_PRINTABLE, b"example  LTD")),
        ((_UTF8, b" Example Ltd "), (_UTF8, b"Example Ltd")),
        ((_UTF8, "Énergie".encode()), (_TELETEX, "énergie".encode("latin-1"))),
        ((_BMP, "Energy".encode("utf-16-be")), (_PRINTABLE, b"ENERGY")),
    ],
)
def test_names_compare_without_case_space_or_string_type(
    left: tuple[int, bytes], right: tuple[int, bytes]
) -> None:
    """RFC 5280 clause 7.1: caseIgnoreMatch over the prepared strings."""
    assert _name(("2.5.4.10", *left)).comparable == _name(("2.5.4.10", *right)).comparable


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("2.5.4.10", _UTF8, b"Example"), ("2.5.4.3", _UTF8, b"Example")),
        (("2.5.4.10", _UTF8, b"Example"), ("2.5.4.10", _UTF8, b"Examples")),
        (("2.5.4.45", BIT_STRING, b"\0ab"), ("2.5.4.45", BIT_STRING, b"\0AB")),
    ],
)
def test_different_names_do_not_compare_equal(
    left: tuple[str, int, bytes], right: tuple[str, int, bytes]
) -> None:
    """Type, text and bit strings tell names apart."""
    assert _name(left).comparable != _name(right).comparable


def test_a_bit_string_is_written_as_its_ber() -> None:
    """RFC 4514 clause 2.4: a value without a string form is # and the hexadecimal of its BER."""
    name = _name(("2.5.4.45", BIT_STRING, bytes.fromhex("0090b3d51f30000001")))
    assert name.rfc4514() == "2.5.4.45=#03090090b3d51f30000001"


def test_text_that_does_not_decode_is_written_as_its_ber() -> None:
    """A broken UTF8String neither crashes nor is replaced by something similar."""
    assert _name(("2.5.4.3", _UTF8, b"\xff")).rfc4514() == "2.5.4.3=#0c01ff"


def test_control_characters_never_reach_the_terminal() -> None:
    """A subject with an escape sequence, a newline or a bidi override stays one harmless line."""
    written = _name(("2.5.4.3", _UTF8, "a\x1b[2J\n\u202eb".encode())).rfc4514()
    assert written == "CN=a\\1b[2J\\0a\\e2\\80\\aeb"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=16))
def test_names_are_written_as_cryptography_writes_them(text: str) -> None:
    """An independent writer of RFC 4514 agrees on every printable text."""
    theirs = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "O"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )
    assert parse_name(theirs.public_bytes()).rfc4514() == theirs.rfc4514_string()


def test_a_name_lies_within_its_own_beginning() -> None:
    """Directory subtrees are prefixes of RDNs (RFC 5280 clause 4.2.1.10)."""
    base = _name(("2.5.4.10", _UTF8, b"Example"))
    below = _name(("2.5.4.10", _PRINTABLE, b"EXAMPLE"), ("2.5.4.3", _UTF8, b"x"))
    assert (below.within(base), base.within(below), base.within(base)) == (True, False, True)

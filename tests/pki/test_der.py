"""The strict DER reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pki.der import (
    SEQUENCE,
    MalformedDERError,
    encode,
    encode_object_identifier,
    parse_element,
    parse_object_identifier,
)

_ARCS = st.lists(st.integers(0, 2**70), max_size=6)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "30",
        "3001",
        "300000",
        "30800000",  # indefinite
        "308100",  # long form of a short length
        "30820001ff",  # padded length
        "3085000000000100",  # five length octets
        "1f0100",  # high tag number
        "30ff",
    ],
)
def test_what_is_not_der_is_refused(data: str) -> None:
    """Cut, padded, indefinite or followed by octets: none of them is an element."""
    with pytest.raises(MalformedDERError):
        parse_element(bytes.fromhex(data)).children()


def test_a_child_may_not_reach_beyond_its_parent() -> None:
    """The length of a child is bounded by the parent, not by the buffer."""
    element = encode(SEQUENCE, encode(SEQUENCE, bytes.fromhex("0403ff")) + bytes.fromhex("0500"))
    inner = parse_element(element).children()[0]
    with pytest.raises(MalformedDERError):
        inner.children()


def test_another_tag_than_asked_for_is_refused() -> None:
    """The caller's tag is compared."""
    with pytest.raises(MalformedDERError):
        parse_element(bytes.fromhex("0500"), SEQUENCE)


@given(st.integers(0, 30), st.binary(max_size=70000))
def test_what_was_encoded_is_parsed(tag: int, contents: bytes) -> None:
    """Every length has one encoding, and it reads back."""
    element = parse_element(encode(tag, contents))
    assert (element.tag, element.contents) == (tag, contents)


@given(st.integers(0, 2), st.integers(0, 39), _ARCS)
def test_object_identifiers_survive_both_ways(first: int, second: int, rest: list[int]) -> None:
    """Dotted decimal to DER and back is the same identifier."""
    dotted = ".".join(str(arc) for arc in (first, second, *rest))
    contents = parse_element(encode_object_identifier(dotted)).contents
    assert dotted == parse_object_identifier(contents)


@pytest.mark.parametrize("contents", ["", "80", "2a80", "2a8001"])
def test_malformed_object_identifiers_are_refused(contents: str) -> None:
    """Empty, padded or cut-short identifiers are not guessed at."""
    with pytest.raises(MalformedDERError):
        parse_object_identifier(bytes.fromhex(contents))


@given(st.binary(max_size=200))
def test_rubbish_raises_nothing_else(data: bytes) -> None:
    """Whatever the octets, it is an element or a MalformedDERError."""
    try:
        parse_element(data).children()
    except MalformedDERError:
        return

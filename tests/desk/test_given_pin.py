"""A PIN from the page does not outlast its request."""

import pytest

from agent.errors import TokenError
from agent.service.pins.given import GivenPIN


def test_it_is_overwritten() -> None:
    """When the block is left, also by an error, the octets are gone, and nobody gets them any more."""
    content = bytearray(b"123456")

    given = GivenPIN(content)
    assert given.ask("PIN") == "123456"
    with pytest.raises(ZeroDivisionError), given:
        raise ZeroDivisionError
    assert bytes(content) == b""
    with pytest.raises(TokenError) as caught:
        given.ask("PIN")
    assert caught.value.code == "pin-unavailable"

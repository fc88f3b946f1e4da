"""The PIN stays where it is."""

import copy
import logging
import pickle

import pytest

from hsm import PIN, PINRequired


def test_reveals_its_text_on_demand_only() -> None:
    """The text comes out of `reveal()` and of no representation."""
    pin = PIN("73915")
    assert pin.reveal() == "73915"
    shown = (repr(pin), str(pin), f"{pin}", f"{pin!r}", f"{[pin]}", "%s" % pin)  # noqa: UP031
    assert not any("73915" in text for text in shown)
    assert not hasattr(pin, "__dict__")


def test_does_not_log(caplog: pytest.LogCaptureFixture) -> None:
    """A PIN that is logged by mistake does not show."""
    logging.getLogger("test").warning("opening with %s", PIN("73915"))
    assert "73915" not in caplog.text


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy])
def test_cannot_be_pickled_or_copied(leak: object) -> None:
    """A PIN does not travel to another process."""
    assert callable(leak)
    with pytest.raises(TypeError):
        leak(PIN("73915"))


@pytest.mark.parametrize(
    ("text", "code"), [("", "pin-empty"), ("12\x0034", "pin-malformed"), ("\ud800", "pin-malformed")]
)
def test_refuses_what_no_token_takes(text: str, code: str) -> None:
    """An empty PIN would ask a PIN pad instead; NUL and lone surrogates are no text."""
    with pytest.raises(PINRequired) as caught:
        PIN(text)
    assert caught.value.code == code

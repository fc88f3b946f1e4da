"""The PIN stays where it is."""

import copy
import logging
import os
import pickle
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hsm import PIN, PINRequired
from hsm.worker.protocol import FrameReader, Kind, pack_frame, pack_login, unpack_login


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


def test_is_overwritten_at_its_end() -> None:
    """When the last reference goes, or when it is wiped; what was lent is the memory itself."""
    pin = PIN("73915")
    octets, copied = pin.lend(), pin.copy()
    assert pin.matches(copied)
    del pin
    assert octets == bytes(5)
    assert copied.reveal() == "73915"
    copied.wipe()
    with pytest.raises(PINRequired) as caught:
        copied.lend()
    assert caught.value.code == "pin-wiped"


def test_leaves_nothing_on_its_way() -> None:
    """A request with a PIN is overwritten once it was taken apart, and so is what it was read into."""
    payload = pack_login(PIN("73915"), final_try=False, then=b"rest")
    reading, writing = os.pipe()
    os.write(writing, pack_frame(1, Kind.LOGIN, payload))
    reader = FrameReader(reading)
    assert reader.fill()
    frame = reader.take()
    assert frame is not None
    credential, final_try, rest = unpack_login(frame[2])
    assert (isinstance(credential, PIN), final_try, rest) == (True, False, b"rest")
    assert b"73915" not in bytes(reader._buffer) + bytes(frame[2])
    os.close(reading)
    os.close(writing)


@given(st.lists(st.binary(max_size=200_000), max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_frames_come_out_as_they_went_in(payloads: list[bytes], random: Random) -> None:
    """In whatever pieces the pipe gives them."""
    data = b"".join(bytes(pack_frame(number, Kind.CALL, each)) for number, each in enumerate(payloads))
    reading, writing = os.pipe()
    reader, found = FrameReader(reading), []
    while data:
        size = random.choice((1, 9, 4096, 65536))
        os.write(writing, data[:size])
        data = data[size:]
        assert reader.fill()
        while (frame := reader.take()) is not None:
            found.append(frame)
    os.close(reading)
    os.close(writing)
    assert found == [(number, Kind.CALL, each) for number, each in enumerate(payloads)]

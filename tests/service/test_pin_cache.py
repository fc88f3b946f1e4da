"""How long one PIN stands for the signatures of a key that always authenticates."""

import math
import threading
import time

import pytest

from agent.service.pins.caching import SignaturePIN
from hsm import PIN, Credential, ProtectedPath


class Source:
    """A source that gives another PIN each time."""

    def __init__(self) -> None:
        """Nobody asked yet."""
        self.asked = 0

    def __call__(self) -> Credential:
        """Give the next."""
        self.asked += 1
        return PIN(f"{self.asked:04d}")


def _text(credential: Credential) -> str:
    assert isinstance(credential, PIN)
    return credential.reveal()


def test_never_asks_each_time() -> None:
    """Also for the first: the PIN of the login was for the login."""
    pin = SignaturePIN(Source(), PIN("login"), 0)
    assert [_text(pin()) for _ in range(2)] == ["0001", "0002"]


def test_a_session_asks_never() -> None:
    """The PIN of the login does."""
    source = Source()
    pin = SignaturePIN(source, PIN("login"), math.inf)
    assert [_text(pin()) for _ in range(2)] == ["login"] * 2
    assert source.asked == 0


def test_seconds_count_from_when_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is asked for again, and counts anew."""
    times = iter((1000.0, 1000.0, 1059.0, 1060.0, 1060.0, 1119.0, 1121.0, 1121.0))
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    pin = SignaturePIN(Source(), PIN("login"), 60)
    found = [_text(pin()) for _ in range(5)]
    monkeypatch.undo()
    assert found == ["login", "login", "0001", "0001", "0002"]


def test_what_was_prepared_serves_once_and_its_own_caller() -> None:
    """It is asked for before the signature is authorized; another thread is asked on its own."""
    source = Source()
    pin = SignaturePIN(source, PIN("login"), 0)
    pin.prepare()
    others: list[str] = []
    other = threading.Thread(target=lambda: others.append(_text(pin())))
    other.start()
    other.join()
    assert (others, _text(pin()), _text(pin())) == (["0002"], "0001", "0003")


def test_a_pad_is_never_remembered() -> None:
    """Whatever the policy says: there is nothing to keep."""
    asked: list[int] = []

    def pad() -> Credential:
        asked.append(1)
        return ProtectedPath()

    pin = SignaturePIN(pad, ProtectedPath(), math.inf)
    assert all(isinstance(pin(), ProtectedPath) for _ in range(2))
    assert len(asked) == 2

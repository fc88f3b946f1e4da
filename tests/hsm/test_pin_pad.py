"""A token whose PIN is entered at its own pad: C_Login with NULL, one prompt, and never another by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hsm import (
    PIN,
    HSMError,
    ModuleProfile,
    PINLocked,
    PINRejected,
    PINRequired,
    ProtectedPath,
    TokenUnavailable,
)
from tests.hsm.conftest import USER_PIN
from tests.hsm.failing import FIRST, QUICK, Connect, expect_error, sign
from tests.support.faults import FaultModule

_PAD = f"pad {USER_PIN}"
_HASTY = ModuleProfile(deadline=30.0, pin_entry=1.0)


def test_the_pin_is_entered_there_and_nowhere_else(connect: Connect, faults: FaultModule) -> None:
    """One login, with NULL; then it signs as ever."""
    faults.script(_PAD)
    client = connect()
    client.log_in(ProtectedPath())
    assert len(sign(client.find_key(FIRST))) == 64
    assert (faults.counter("prompts"), faults.calls("C_Login"), faults.journal("pin")) == (1, 1, [])


@pytest.mark.parametrize(
    ("lines", "credential", "code"),
    [
        ((), ProtectedPath(), "pin-pad-missing"),
        ((_PAD,), PIN(USER_PIN), "pin-pad-demanded"),
    ],
    ids=["no pad", "a pad is wanted"],
)
def test_the_wrong_way_is_refused_before_anything_is_sent(
    connect: Connect, faults: FaultModule, lines: tuple[str, ...], credential: PIN | ProtectedPath, code: str
) -> None:
    """What a token does with a PIN that comes the other way is not tried."""
    faults.script(*lines)
    client = connect()
    expect_error(PINRequired, code, lambda: client.log_in(credential))
    assert faults.calls("C_Login") == 0


@pytest.mark.parametrize(
    ("lines", "kind", "code"),
    [
        (("pad 99999999",), PINRejected, "pin-rejected"),
        (("pad nothing",), TokenUnavailable, "cancelled-at-token"),
        ((_PAD, "C_Login * return 0x5"), TokenUnavailable, "token-error"),
        ((_PAD, "C_Login * return 0x31"), TokenUnavailable, "token-full"),
    ],
    ids=["wrong", "cancelled", "error", "memory"],
)
def test_a_person_is_asked_once(
    connect: Connect, faults: FaultModule, lines: tuple[str, ...], kind: type[HSMError], code: str
) -> None:
    """Whatever comes of it, the pad is not used again by itself."""
    faults.script(*lines)
    client = connect()
    expect_error(kind, code, lambda: client.log_in(ProtectedPath()))
    assert faults.calls("C_Login") == 1


def test_a_token_at_its_last_try_is_left_alone(connect: Connect, faults: FaultModule) -> None:
    """FINAL_TRY is seen before the prompt; who insists is asked, and a locked token asks nobody."""
    faults.script("pad 99999999", "tries 2")
    client = connect()
    expect_error(PINRejected, "pin-rejected", lambda: client.log_in(ProtectedPath()))
    expect_error(PINLocked, "pin-final-try", lambda: client.log_in(ProtectedPath()))
    assert faults.counter("prompts") == 1
    expect_error(PINRejected, "pin-rejected", lambda: client.log_in(ProtectedPath(), final_try=True))
    expect_error(PINLocked, "pin-locked", lambda: client.log_in(ProtectedPath(), final_try=True))
    assert faults.counter("prompts") == 2


def test_nobody_at_the_pad(connect: Connect, faults: FaultModule) -> None:
    """The time is a person's, not a call's; when it is over, the process that waits is ended."""
    faults.script(_PAD, "C_Login * hang")
    client = connect(_HASTY)
    expect_error(PINRequired, "pin-not-entered", lambda: client.log_in(ProtectedPath()))
    assert faults.calls("C_Login") == 1


def test_a_person_has_more_time_than_a_call(connect: Connect, faults: FaultModule) -> None:
    """The deadline of a call does not end a login that waits for a person."""
    faults.script(_PAD, "C_Login * sleep 4000")
    client = connect(ModuleProfile(deadline=3.0, pin_entry=60.0))
    client.log_in(ProtectedPath())
    assert len(sign(client.find_key(FIRST))) == 64


@pytest.mark.parametrize(
    "line", ["C_SignInit 1 logout", "C_Sign 1 return 0x32", "C_Sign 1 abort"], ids=["logout", "gone", "crash"]
)
def test_a_lost_login_is_told(connect: Connect, faults: FaultModule, line: str) -> None:
    """What a held PIN would mend is told: nobody is asked at the pad twice for one command."""
    faults.script(_PAD)
    client = connect()
    client.log_in(ProtectedPath())
    key = client.find_key(FIRST)
    faults.script(_PAD, line)
    expect_error(PINRequired, "pin-pad-again", lambda: sign(key))
    assert faults.calls("C_Login") == 0
    client.log_in(ProtectedPath())  # a person who is asked anew
    assert len(sign(client.find_key(FIRST))) == 64


def test_what_needs_no_login_is_mended(connect: Connect, faults: FaultModule) -> None:
    """A stale handle is found again."""
    faults.script(_PAD)
    client = connect()
    client.log_in(ProtectedPath())
    key = client.find_key(FIRST)
    faults.script(_PAD, "C_SignInit 1 invalidate")
    assert len(sign(key)) == 64


def test_a_guard_sees_each_prompt(connect: Connect, faults: FaultModule) -> None:
    """It is entered right before the person is asked: there the word to them belongs."""
    seen: list[object] = []

    @contextmanager
    def guard(credential: object) -> Iterator[None]:
        seen.append(credential)
        assert faults.counter("prompts") == len(seen) - 1
        yield

    faults.script(_PAD, "always")
    client = connect(QUICK)
    client.log_in(ProtectedPath(), guard=guard)
    sign(client.find_key(FIRST))
    assert [type(each) for each in seen] == [ProtectedPath, ProtectedPath]

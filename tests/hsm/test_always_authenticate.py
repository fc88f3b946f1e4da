"""Keys that want a login for each signature: who is asked, and which PIN is never sent again."""

from collections.abc import Iterator

import pytest

from hsm import PIN, ModuleProfile, PINLocked, PINRejected, PINRequired, ProtectedPath, TokenUnavailable
from tests.hsm.conftest import USER_PIN
from tests.hsm.failing import FIRST, IMPATIENT, QUICK, Connect, expect_error, sign
from tests.support.faults import FaultModule

_WRONG = "99999999"


def test_the_pin_of_the_login_serves(connect: Connect, faults: FaultModule) -> None:
    """Without another way to one: a login for the token, and one for each signature."""
    faults.script("always")
    client = connect()
    client.log_in(PIN(USER_PIN))
    key = client.find_key(FIRST)
    assert key.description.always_authenticate
    assert len({sign(key) for _ in range(3)}) == 3
    assert faults.calls("C_Login") == 4


def test_each_signature_asks(connect: Connect, faults: FaultModule) -> None:
    """Once for each, when its result is waited for, and not for the login."""
    faults.script("always")
    asked = 0

    def ask() -> PIN:
        nonlocal asked
        asked += 1
        return PIN(USER_PIN)

    client = connect()
    client.log_in(PIN(USER_PIN), again=ask)
    key = client.find_key(FIRST)
    pending = [key.submit_digest(bytes(32), "sha256") for _ in range(2)]
    assert asked == 0
    assert len({each.result().value for each in pending}) == 2
    assert (asked, faults.calls("C_Login")) == (2, 3)


def _answers(*pins: str) -> Iterator[PIN]:
    return iter([PIN(each) for each in pins])


def test_a_rejected_pin_is_never_sent_again(connect: Connect, faults: FaultModule) -> None:
    """Not for the next signature; another one that is right is taken, and the login stands."""
    faults.script("always")
    client = connect()
    answers = _answers(_WRONG, _WRONG, USER_PIN)
    client.log_in(PIN(USER_PIN), again=lambda: next(answers))
    key = client.find_key(FIRST)
    for _ in range(2):
        expect_error(PINRejected, "pin-rejected", lambda: sign(key))
        assert faults.calls("C_Login") == 2
    assert len(sign(key)) == 64


def test_the_held_pin_rejected_is_the_end_of_it(connect: Connect, faults: FaultModule) -> None:
    """It is sent neither for a signature nor for a login any more."""
    faults.script("always")
    client = connect()
    client.log_in(PIN(USER_PIN))
    key = client.find_key(FIRST)
    faults.script("always", "C_Login 1 return 0xA0")
    for _ in range(2):
        expect_error(PINRejected, "pin-rejected", lambda: sign(key))
    assert faults.calls("C_Login") == 1
    faults.script("always", "C_FindObjectsInit 1 return 0x101")
    with pytest.raises(PINRejected):
        client.list_keys()
    assert faults.calls("C_Login") == 0


@pytest.mark.parametrize(
    ("line", "logins"),
    [
        ("C_SignInit 1 invalidate", 1),
        ("C_Sign 1 return 0x60", 2),
        ("C_Sign 1 return 0x101", 3),
        ("C_Sign 1 return 0x32", 3),
    ],
    ids=["before the login", "handle lost after it", "login lost", "gone"],
)
def test_a_fault_is_survived_and_nobody_asked_twice(
    connect: Connect, faults: FaultModule, line: str, logins: int
) -> None:
    """The PIN of one signature may be sent again for it, as long as it was not rejected."""
    faults.script("always")
    asked: list[int] = []
    client = connect()
    client.log_in(PIN(USER_PIN), again=lambda: asked.append(1) or PIN(USER_PIN))  # type: ignore[func-returns-value]
    key = client.find_key(FIRST)
    faults.script("always", line)
    assert len(sign(key)) == 64
    assert (len(asked), faults.calls("C_Login")) == (1, logins)


@pytest.mark.parametrize("line", ["C_Sign 1 abort", "C_Login 1 abort", "C_Login 1 hang"])
def test_a_pin_whose_fate_nobody_knows_stays_here(connect: Connect, faults: FaultModule, line: str) -> None:
    """The module ended or hung with it: it may have been wrong, so it is not sent again."""
    faults.script("always")
    client = connect(IMPATIENT)
    client.log_in(PIN(USER_PIN))
    key = client.find_key(FIRST)
    faults.script("always", line)
    for _ in range(2):
        with pytest.raises(TokenUnavailable) as caught:
            sign(key)
        assert caught.value.code in {"login-outcome-unknown", "token-deadline", "module-crashed"}
    assert faults.calls("C_Login") == 1


def test_the_last_try_is_seen_before_each_signature(connect: Connect, faults: FaultModule) -> None:
    """Others may have entered wrong PINs since the login."""
    faults.script("always", "tries 2")
    client = connect()
    answers = _answers(_WRONG, USER_PIN)
    client.log_in(PIN(USER_PIN), again=lambda: next(answers))
    key = client.find_key(FIRST)
    expect_error(PINRejected, "pin-rejected", lambda: sign(key))
    expect_error(PINLocked, "pin-final-try", lambda: sign(key))
    assert faults.counter("wrong_pins") == 1


def test_at_the_pad_each_signature_is_one_prompt(connect: Connect, faults: FaultModule) -> None:
    """And one that failed is not asked for again: the next signature is another person's decision."""
    pad = f"pad {USER_PIN}"
    faults.script("always", pad)
    client = connect(QUICK)
    client.log_in(ProtectedPath())
    key = client.find_key(FIRST)
    assert len({sign(key), sign(key)}) == 2
    assert faults.counter("prompts") == 3
    faults.script("always", "pad nothing")
    expect_error(TokenUnavailable, "cancelled-at-token", lambda: sign(key))
    faults.script("always", f"pad {_WRONG}")
    expect_error(PINRejected, "pin-rejected", lambda: sign(key))
    assert faults.counter("prompts") == 5
    faults.script("always", pad, "C_Sign 1 return 0x60")
    with pytest.raises(TokenUnavailable):
        sign(key)
    assert faults.counter("prompts") == 6
    assert len(sign(key)) == 64


def test_nobody_at_the_pad_for_a_signature(connect: Connect, faults: FaultModule) -> None:
    """It ends when a person has had their time."""
    faults.script("always", f"pad {USER_PIN}")
    client = connect(ModuleProfile(deadline=30.0, pin_entry=4.0))
    client.log_in(ProtectedPath())
    key = client.find_key(FIRST)
    faults.script("always", f"pad {USER_PIN}", "C_Login 1 hang")
    expect_error(PINRequired, "pin-not-entered", lambda: sign(key))
    assert faults.calls("C_Login") == 1

"""Failures of number and time: sessions, threads, hangs, touches, choices, races, hopeless tokens."""

import threading
from dataclasses import replace

import pytest

from hsm import (
    PIN,
    PKCS11URI,
    HSMError,
    KeyNotFound,
    ModuleProfile,
    TokenNotFound,
    TokenUnavailable,
    open_client,
)
from tests.hsm.conftest import USER_PIN
from tests.hsm.failing import DIGEST, FIRST, IMPATIENT, QUICK, TOKEN, Connect, OpenKey, expect_error, sign
from tests.support.faults import FaultModule


def test_many_callers_never_share_a_session(open_key: OpenKey, faults: FaultModule) -> None:
    """5 and 7: sixteen threads, four sessions: four open, and no two threads in one (the fixture asks)."""
    key = open_key(replace(QUICK, sessions=4))
    faults.script("C_Sign * sleep 2")
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.extend(sign(key) for _ in range(8))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made)), faults.counter("most_open")) == (128, 128, 4)


def test_a_token_with_fewer_sessions_than_the_profile_says(open_key: OpenKey, faults: FaultModule) -> None:
    """7: SESSION_COUNT makes the pool smaller, not the signatures fewer."""
    faults.script("sessions 2", "C_Sign * sleep 50")  # so that one is not done before the next begins
    test_many = replace(QUICK, sessions=8)
    key = open_key(test_many)
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(sign(key))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), faults.counter("most_open")) == (8, 2)


def test_no_session_until_the_deadline(connect: Connect, faults: FaultModule) -> None:
    """7: others hold all sessions: waiting, restarting nothing, ends with the request's time."""
    client = connect(IMPATIENT)
    faults.script("C_OpenSession * return 0xB1")
    expect_error(TokenUnavailable, "token-busy", lambda: client.log_in(PIN(USER_PIN)))
    assert (faults.calls("C_Initialize"), faults.calls("C_Login")) == (0, 0)


def test_a_serialised_module_has_one_caller(open_key: OpenKey, faults: FaultModule) -> None:
    """5: `serialise` allows one call inside the module, whatever the number of sessions."""
    key = open_key(ModuleProfile(sessions=4, serialise=True))
    threads = [threading.Thread(target=sign, args=(key,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults.counter("most_open") == 1


def test_a_call_that_hangs(open_key: OpenKey, faults: FaultModule) -> None:
    """10: the caller comes back at the deadline, and the next signature is made by a new worker."""
    key = open_key(IMPATIENT)
    faults.script("C_Sign 1 hang")
    expect_error(TokenUnavailable, "token-deadline", lambda: sign(key))
    assert len(sign(key)) == 64
    assert faults.calls("C_Initialize") == 1


def test_a_hang_that_leaves_time_is_retried(open_key: OpenKey, faults: FaultModule) -> None:
    """10: a request with more time than one call may take is made once more by a new worker."""
    key = open_key(IMPATIENT)
    faults.script("C_Sign 1 hang")
    assert len(key.sign_digest(DIGEST, "sha256", seconds=40).value) == 64


def test_the_user_is_told_to_look_at_the_token(connect: Connect, faults: FaultModule) -> None:
    """10: a signature that takes its time is announced, once, and is no failure."""
    client = connect(ModuleProfile(deadline=20, notice=0.05))
    client.log_in(PIN(USER_PIN))
    key, told = client.find_key(FIRST), []
    client.notice = lambda: told.append("touch it")
    sign(key)
    told.clear()
    faults.script("C_Sign * sleep 300")
    sign(key)
    assert told == ["touch it"]


def test_another_slot_in_trouble(connect: Connect, faults: FaultModule) -> None:
    """11: a slot that does not answer hides no other; an absent token is told with those that are there."""
    faults.script("C_GetTokenInfo 2 return 0x30")
    client = connect(token=None)
    assert client.open(TOKEN).label == "faulty"
    error = expect_error(TokenNotFound, "token-not-found", lambda: client.open(PKCS11URI(token="absent")))
    assert "token=faulty" in error.message


def test_the_key_has_to_be_exactly_one(connect: Connect) -> None:
    """11: none and several are errors that say what was seen."""
    client = connect()
    client.log_in(PIN(USER_PIN))
    expect_error(KeyNotFound, "key-not-found", lambda: client.find_key(PKCS11URI(object="absent")))
    with pytest.raises(HSMError) as caught:
        client.find_key(PKCS11URI())
    assert caught.value.code == "key-ambiguous"


def test_the_mechanism_list_decides(open_key: OpenKey, faults: FaultModule) -> None:
    """12: a token that cannot list its mechanisms is not asked to sign."""
    key = open_key()
    faults.script("C_GetMechanismList * return 0x54")
    with pytest.raises(HSMError):
        sign(key)
    assert faults.calls("C_SignInit") == 0


@pytest.mark.parametrize(
    "line",
    [
        "C_GetSlotList 1 return 0x5",
        "C_OpenSession 1 return 0x5",
        "C_Login 1 return 0x5",
        "C_GetTokenInfo * abort",
    ],
)
def test_a_race_at_the_start(connect: Connect, faults: FaultModule, line: str) -> None:
    """13: a bounded number of tries with re-initialisation; a module that only crashes is told of."""
    faults.script(line)
    if "abort" in line:
        expect_error(TokenUnavailable, "module-crashed", connect)
        assert faults.calls("C_Initialize") == 3
        return
    client = connect()
    client.log_in(PIN(USER_PIN))
    assert len(sign(client.find_key(FIRST))) == 64


def test_six_workers_start_together(connect: Connect, faults: FaultModule) -> None:
    """13: six processes initialise, find and log in at the same moment, and all sign."""
    made: list[int] = []

    def work() -> None:
        client = connect()
        client.log_in(PIN(USER_PIN))
        made.append(len(sign(client.find_key(FIRST))))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [64] * 6


def test_a_token_that_keeps_failing_is_left_alone(open_key: OpenKey, faults: FaultModule) -> None:
    """The circuit breaker: after three failures in a row the module is not called for a while."""
    key = open_key()
    faults.script("C_Sign * abort")
    for _ in range(3):
        expect_error(TokenUnavailable, "module-crashed", lambda: sign(key))
    asked = faults.calls("C_SignInit")
    expect_error(TokenUnavailable, "token-suspended", lambda: sign(key))
    assert faults.calls("C_SignInit") == asked


def test_nothing_is_left_open(faults: FaultModule, connect: Connect) -> None:
    """A client that is closed has closed its sessions."""
    with open_client(faults.library, faults.variables, replace(QUICK, sessions=4)) as client:
        client.open(TOKEN)
        client.log_in(PIN(USER_PIN))
        key = client.find_key(FIRST)
        faults.script("C_Sign 2 return 0x30", "C_SignInit 4 return 0xB3")
        for _ in range(6):
            sign(key)
    assert faults.counter("opened") == faults.counter("closed") > 0

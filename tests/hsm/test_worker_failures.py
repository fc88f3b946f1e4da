"""The fifteen failures of tokens and modules, as a client of a worker process meets them.

Each test scripts the fault module, signs, and asserts what came of it; afterwards it is asked whether the
module was ever used as no module may be (two threads in a session, a rejected PIN again, after a fork).
"""

from pathlib import Path

import pytest

from hsm import (
    PIN,
    HSMError,
    KeyNotFound,
    MechanismMissing,
    PINLocked,
    PINRejected,
    SigningFailed,
    TokenUnavailable,
    open_client,
)
from tests.hsm.conftest import USER_PIN
from tests.hsm.failing import FIRST, IMPATIENT, QUICK, TOKEN, Connect, OpenKey, expect_error, sign
from tests.support.faults import FaultModule
from tests.support.softhsm import SoftHSMEnvironment

_EXCHANGE_PROGRAM = """
import sys
import pkcs11
with pkcs11.lib(sys.argv[1]).get_token(token_label="faulty").open(rw=True, user_pin=sys.argv[2]) as session:
    for each in list(session.get_objects({pkcs11.Attribute.LABEL: "first"})):
        each.destroy()
    parameters = session.create_domain_parameters(
        pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}, local=True
    )
    parameters.generate_keypair(id=b"1", label="first", store=True)
"""


@pytest.mark.parametrize(
    ("line", "logins"),
    [
        pytest.param("C_SignInit 1 gone 0x32", 1, id="1-unplugged-and-back"),
        pytest.param("C_Sign 1 return 0x30", 1, id="1-device-error"),
        pytest.param("C_Sign 1 return 0x190", 1, id="1-not-initialised"),
        pytest.param("C_Sign 1 after 0x32", 1, id="1-removed-after-the-signature"),
        pytest.param("C_SignInit 1 invalidate", 0, id="2-stale-handle"),
        pytest.param("C_SignInit 1 logout", 1, id="3-login-lost"),
        pytest.param("C_Sign 1 return 0x101", 1, id="3-not-logged-in"),
        pytest.param("C_SignInit 1 return 0xB1", 0, id="7-no-session-left"),
        pytest.param("C_SignInit 1 return 0x90", 0, id="8-wedged"),
        pytest.param("C_SignInit 1 drop", 1, id="8-session-closed"),
        pytest.param("C_Sign 1 abort", 1, id="14-crash"),
        pytest.param("C_Sign 1 exit 3", 1, id="14-exit"),
        pytest.param("C_SignInit 1 print a\tvendor's talk", 0, id="14-prints"),
        pytest.param("C_SignInit 1 fork", 0, id="14-forks"),
        pytest.param("*  11 abort", 1, id="14-crash-somewhere"),
    ],
)
def test_one_fault_is_survived(open_key: OpenKey, faults: FaultModule, line: str, logins: int) -> None:
    """The signature comes all the same, after as many logins with the PIN that is held as were lost."""
    key = open_key()
    faults.script(line)
    assert len(sign(key)) == len(sign(key)) == 64
    if "*" not in line:
        assert (faults.counter("fired"), faults.calls("C_Login")) == (1, logins)


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        pytest.param("C_Sign * return 0x32", TokenUnavailable, "token-removed", id="1"),
        pytest.param(
            "C_GetSlotList * return 0x30\nC_Sign 1 gone 0x30", TokenUnavailable, "token-error", id="1"
        ),
        pytest.param(
            "C_GetTokenInfo * return 0xE0\nC_Sign 1 return 0x30", TokenUnavailable, "token-removed", id="1"
        ),
        pytest.param("C_SignInit 1 permute", SigningFailed, "signature-rubbish", id="2-names-another-key"),
        pytest.param("C_SignInit * return 0x101", TokenUnavailable, "login-required", id="3"),
        pytest.param("C_SignInit * return 0x90", TokenUnavailable, "session-wedged", id="8"),
        pytest.param("C_SignInit 1 return 0x70", MechanismMissing, "mechanism-missing", id="12"),
        pytest.param("C_SignInit 1 return 0x68", SigningFailed, "key-may-not-sign", id="12"),
        pytest.param("C_Sign 1 return 0x21", SigningFailed, "signing-failed", id="12"),
        pytest.param("C_Sign * abort", TokenUnavailable, "module-crashed", id="14"),
        pytest.param("C_Initialize * abort\nC_Sign 1 abort", TokenUnavailable, "module-crashed", id="14"),
        pytest.param("C_Sign 1 corrupt", SigningFailed, "signature-rubbish", id="15"),
        pytest.param("C_Sign 2 repeat", SigningFailed, "signature-rubbish", id="15-another-documents"),
    ],
)
def test_what_cannot_be_mended_is_told(
    open_key: OpenKey, faults: FaultModule, line: str, kind: type[HSMError], code: str
) -> None:
    """One error with a stable code and a hint; the token was asked at most twice for the signature."""
    key = open_key()
    faults.script(*line.splitlines())
    if "repeat" in line:
        key.sign_digest(bytes(32), "sha256")
    expected = HSMError if code == "login-required" else kind
    expect_error(expected, code, lambda: sign(key))
    assert faults.calls("C_SignInit") <= 2


@pytest.mark.parametrize(
    "line",
    ["C_SignInit 1 return 0x70", "C_SignInit 1 return 0x68", "C_Sign 1 return 0x21", "C_Sign 1 corrupt"],
)
def test_never_retried(open_key: OpenKey, faults: FaultModule, line: str) -> None:
    """What the same request would only meet again is sent once."""
    key = open_key()
    faults.script(line)
    with pytest.raises(HSMError):
        sign(key)
    assert (faults.calls("C_SignInit"), faults.calls("C_Login")) == (1, 0)


def test_a_suspect_key_is_not_used_again(open_key: OpenKey, faults: FaultModule) -> None:
    """15: after a signature that does not verify, the token is not even asked."""
    key = open_key()
    faults.script("C_Sign 1 corrupt")
    expect_error(SigningFailed, "signature-rubbish", lambda: sign(key))
    expect_error(SigningFailed, "key-suspect", lambda: sign(key))
    assert faults.calls("C_SignInit") == 1


def test_another_key_under_the_old_name(fault_softhsm: SoftHSMEnvironment, tmp_path: Path) -> None:
    """2: after a loss the public key is compared; another key by the old name is not signed with."""
    softhsm = fault_softhsm.copy(tmp_path / "softhsm")
    faults = FaultModule.create(tmp_path / "faults", softhsm)
    with open_client(faults.library, faults.variables, QUICK) as client:
        client.open(TOKEN)
        client.log_in(PIN(USER_PIN))
        key = client.find_key(FIRST)
        exchanged = softhsm.run_python(_EXCHANGE_PROGRAM, USER_PIN)
        assert exchanged.returncode == 0, exchanged.stderr
        faults.script("C_SignInit 1 gone 0x32")
        expect_error(KeyNotFound, "key-changed", lambda: sign(key))
    assert faults.calls("C_SignInit") == 1


def test_a_lost_login_with_a_pin_that_is_wrong_now(open_key: OpenKey, faults: FaultModule) -> None:
    """3 and 4: the PIN that is held is sent, rejected, and never sent again, whatever is asked for."""
    key = open_key()
    faults.script("C_SignInit * logout", "C_Login * return 0xA0")
    for _ in range(3):
        expect_error(PINRejected, "pin-rejected", lambda: sign(key))
    assert faults.calls("C_Login") == 1


def test_a_rejected_pin_is_never_sent_again(connect: Connect, faults: FaultModule) -> None:
    """4: one attempt, no retry by the ladder, and a token that counted to its last try is left alone."""
    client = connect()
    faults.script("tries 2")
    expect_error(PINRejected, "pin-rejected", lambda: client.log_in(PIN("9999")))
    expect_error(PINLocked, "pin-final-try", lambda: client.log_in(PIN(USER_PIN)))
    assert (faults.counter("wrong_pins"), faults.calls("C_Login")) == (1, 1)
    client.log_in(PIN(USER_PIN), final_try=True)
    assert (faults.counter("wrong_pins"), faults.counter("locked")) == (0, 0)


def test_a_locked_pin(connect: Connect, faults: FaultModule) -> None:
    """4: a token that locks says so, and nothing is sent any more."""
    client = connect()
    faults.script("tries 1")
    expect_error(PINLocked, "pin-final-try", lambda: client.log_in(PIN("9999")))
    expect_error(PINRejected, "pin-rejected", lambda: client.log_in(PIN("9999"), final_try=True))
    expect_error(PINLocked, "pin-locked", lambda: client.log_in(PIN(USER_PIN), final_try=True))
    assert faults.calls("C_Login") == 1


@pytest.mark.parametrize("what", ["abort", "hang"])
def test_a_pin_whose_fate_is_unknown(connect: Connect, faults: FaultModule, what: str) -> None:
    """4 and 14: a module that crashes or hangs with the PIN in its hands does not get it a second time."""
    client = connect(IMPATIENT if what == "hang" else QUICK)
    faults.script(f"C_Login 1 {what}")
    with pytest.raises(TokenUnavailable):
        client.log_in(PIN(USER_PIN))
    assert faults.calls("C_Login") == 1


def test_logged_in_already_is_success(connect: Connect, faults: FaultModule) -> None:
    """3: USER_ALREADY_LOGGED_IN is what was wanted."""
    client = connect()
    faults.script("C_Login 1 after 0x100")
    client.log_in(PIN(USER_PIN))
    assert len(sign(client.find_key(FIRST))) == 64

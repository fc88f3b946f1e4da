"""The fault module itself: what it says it does to a program is what happens to a program."""

from collections.abc import Callable

import pytest

from tests.hsm.conftest import USER_PIN
from tests.support.faults import FaultModule
from tests.support.softhsm import SoftHSMEnvironment

_PROGRAM = """
import hashlib, pathlib, sys
from hsm import PIN, PKCS11URI, HSMError, open_module
module = open_module(pathlib.Path(sys.argv[2]))
try:
    with module.open_token(PKCS11URI(token=sys.argv[3]), PIN(sys.argv[4])) as token:
        key = token.find_key(PKCS11URI(object="first"))
        print(key.sign_digest(bytes(32), "sha256").value.hex())
except HSMError as exc:
    print(exc.code)
"""


@pytest.fixture
def sign(faults: FaultModule, faulty_token: str) -> Callable[..., tuple[int, str, str]]:
    """Return a signing program, run in a process of its own: status, output, what was printed on stderr."""

    def run(pin: str = USER_PIN) -> tuple[int, str, str]:
        done = faults.softhsm.run_python(
            _PROGRAM, str(faults.library), faulty_token, pin, **dict(faults.variables)
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_quiet_module_passes_everything_through(
    sign: Callable[..., tuple[int, str, str]], faults: FaultModule
) -> None:
    """Without a script it is the real module, and it counts: nothing was wrong and nothing is left open."""
    status, output, _ = sign()
    assert (status, len(output.strip())) == (0, 128)
    assert faults.calls("C_SignInit") == 1
    assert faults.counter("opened") == faults.counter("closed") == 1
    assert (faults.counter("fired"), faults.list_violations()) == (0, {})


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("C_SignInit 1 return 0x30", "token-error"),
        ("C_Sign 1 after 0xB0", "session-lost"),
        ("C_SignInit 1 invalidate", "object-lost"),
        ("C_SignInit 1 drop", "session-lost"),
        ("C_SignInit 1 gone 0x32", "token-removed"),
        ("sessions 1\nC_OpenSession 1 return 0xB1", "token-busy"),
    ],
)
def test_what_the_program_is_told(
    sign: Callable[..., tuple[int, str, str]], faults: FaultModule, line: str, code: str
) -> None:
    """The n-th call of a function fails as scripted, and the real token's own state with it."""
    faults.script(line)
    assert sign()[1].splitlines()[-1:] == [code]
    assert faults.counter("fired") == 1


def test_it_aborts_the_process(sign: Callable[..., tuple[int, str, str]], faults: FaultModule) -> None:
    """A crash is a crash."""
    faults.script("C_Sign 1 abort")
    assert sign()[0] == -6


def test_permuted_handles_name_another_key(
    sign: Callable[..., tuple[int, str, str]], faults: FaultModule
) -> None:
    """A stale handle may sign, with the wrong key and without an error."""
    faults.script("C_SignInit 1 permute")
    assert len(sign()[1].strip()) == 128


def test_wrong_pins_lock(sign: Callable[..., tuple[int, str, str]], faults: FaultModule) -> None:
    """The flags come before the lock, and a PIN that was rejected and sent again is noticed."""
    faults.script("tries 2")
    assert [sign("9999")[1].strip() for _ in range(2)] == ["pin-rejected", "pin-final-try"]
    assert (faults.counter("wrong_pins"), faults.list_violations()) == (1, {})
    faults.script("tries 4")
    assert sign("9999")[1].strip() == "pin-rejected"
    assert faults.list_violations() == {"resent_pins": 1}


def test_a_locked_token_says_so(sign: Callable[..., tuple[int, str, str]], faults: FaultModule) -> None:
    """The wrong PIN that was one too many locks, and the right one does not open the token again."""
    faults.script("tries 2")
    sign("9999")
    faults.script()  # nobody would send the last one: the flags are looked at, so they are hidden for once
    sign("9998")
    faults.script("tries 2")
    assert (faults.counter("wrong_pins"), sign("9997")[1].strip()) == (2, "pin-rejected")
    assert (faults.counter("locked"), sign()[1].strip()) == (1, "pin-locked")


def test_it_counts_over_processes(sign: Callable[..., tuple[int, str, str]], faults: FaultModule) -> None:
    """The second call may be another process's."""
    faults.script("C_SignInit 2 return 0x32")
    assert [len(sign()[1].strip()) == 128, sign()[1].strip()] == [True, "token-removed"]


def test_it_notices_what_no_program_may_do(fault_softhsm: SoftHSMEnvironment, faults: FaultModule) -> None:
    """C_Initialize without the flag, two threads in one session and a call after a fork are written down."""
    program = """
import ctypes, os, sys, threading
from hsm.cryptoki import Cryptoki
module = ctypes.CDLL(sys.argv[2])
pointer = ctypes.POINTER(ctypes.c_void_p)()
module.C_GetFunctionList(ctypes.byref(pointer))
functions = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_void_p))
def call(index, *arguments):
    prototype = ctypes.CFUNCTYPE(ctypes.c_ulong, *[ctypes.c_ulong] * len(arguments))
    return prototype(functions[1 + index])(*arguments)
call(0, 0)
threads = [threading.Thread(target=call, args=(15, 7, 0)) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
child = os.fork()
if not child:
    call(2, 0)
    os._exit(0)
os.waitpid(child, 0)
"""
    faults.script("C_GetSessionInfo * sleep 200")
    done = fault_softhsm.run_python(program, str(faults.library), **dict(faults.variables))
    assert done.returncode == 0, done.stderr
    assert faults.list_violations() == {"two_threads": 1, "after_fork": 1, "without_locking": 1}

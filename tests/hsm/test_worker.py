"""A worker process from outside: what it shows of the PIN, what it prints, and how it ends."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsm import (
    PIN,
    PKCS11URI,
    ModuleProfile,
    ModuleUnavailable,
    PINRejected,
    PINRequired,
    RawSignature,
    SigningFailed,
    TokenClient,
    TokenKey,
    TokenUnavailable,
    open_client,
)
from tests.hsm.conftest import USER_PIN
from tests.support.faults import FaultModule
from tests.support.softhsm import SoftHSMEnvironment
from tests.support.tools import require_tool

_FIRST = PKCS11URI(object="first")


@pytest.fixture
def client(faults: FaultModule) -> Iterator[TokenClient]:
    """Start a worker and log in."""
    with open_client(faults.library, faults.variables, ModuleProfile(deadline=30)) as started:
        started.open(PKCS11URI(token="faulty"))
        started.log_in(PIN(USER_PIN))
        yield started


def _worker(client: TokenClient) -> Path:
    """Return the worker's folder below /proc."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("no /proc")
    return Path(f"/proc/{client._transport.pid}")  # type: ignore[attr-defined]


def test_the_pin_is_in_neither_arguments_nor_environment(client: TokenClient, faults: FaultModule) -> None:
    """A PIN crosses to the worker by pipe only, and nothing that is represented shows it."""
    pin = "12345678-not-the-pin"
    with pytest.raises(PINRejected) as caught:
        client.log_in(PIN(pin))
    assert pin not in caught.value.message + caught.value.hint
    worker = _worker(client)
    for name in ("cmdline", "environ"):
        text = (worker / name).read_bytes()
        assert pin.encode() not in text
        assert USER_PIN.encode() not in text.replace(str(faults.folder).encode(), b"")
    assert "not-the-pin" not in repr(vars(client))


def test_the_worker_dumps_no_core(client: TokenClient) -> None:
    """RLIMIT_CORE is 0, and the process is not dumpable: its memory belongs to root."""
    worker = _worker(client)
    limits = (worker / "limits").read_text(encoding="utf-8")
    assert next(line for line in limits.splitlines() if line.startswith("Max core")).split()[4:6] == [
        "0",
        "0",
    ]
    assert (worker / "mem").stat().st_uid == 0


def test_what_the_library_prints_is_logged(
    client: TokenClient, faults: FaultModule, caplog: pytest.LogCaptureFixture
) -> None:
    """On standard output or error: it disturbs neither the pipe nor the user's screen."""
    caplog.set_level(logging.INFO, logger="hsm.worker")
    faults.script("C_SignInit 1 print vendor \x1b[31mtalk")
    client.find_key(_FIRST).sign_digest(bytes(32), "sha256")
    until = time.monotonic() + 5
    while len(caplog.messages) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert len([line for line in caplog.messages if "vendor" in line]) == 2
    assert "\x1b" not in "".join(caplog.messages)


def test_a_module_is_asked_for_its_functions_once(client: TokenClient, faults: FaultModule) -> None:
    """By the binding: p11-kit's client module makes another connection each time that it is asked."""
    client.find_key(_FIRST).sign_digest(bytes(32), "sha256")
    assert faults.calls("C_GetFunctionList") == 1


def test_a_worker_ends_with_its_client(faults: FaultModule, client: TokenClient) -> None:
    """Also when a call hangs inside of it."""
    worker = _worker(client)
    key = client.find_key(_FIRST)
    faults.script("C_Sign 1 hang")
    pending = key.submit_digest(bytes(32), "sha256")
    client.close()
    assert not worker.exists()
    with pytest.raises(TokenUnavailable) as caught:
        pending.result()
    assert caught.value.code == "token-closed"
    assert faults.calls("C_Initialize") == 0


def test_a_worker_does_not_outlive_its_supervisor(faults: FaultModule) -> None:
    """A supervisor that is killed leaves no process that is logged in, not even one that hangs."""
    program = """
import os, pathlib, signal, sys
from hsm import PIN, PKCS11URI, open_client
client = open_client(pathlib.Path(sys.argv[2]), {})
client.open(PKCS11URI(token="faulty"))
client.log_in(PIN(sys.argv[3]))
client.find_key(PKCS11URI(object="first")).submit_digest(bytes(32), "sha256")
print(client._transport.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    faults.script("C_Sign 1 hang")
    done = faults.softhsm.run_python(program, str(faults.library), USER_PIN, **dict(faults.variables))
    worker = Path(f"/proc/{int(done.stdout)}")
    until = time.monotonic() + 10
    while worker.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not worker.exists()


def test_a_module_that_cannot_be_loaded(tmp_path: Path) -> None:
    """The reason is the same as without a worker."""
    with open_client(tmp_path / "absent.so") as client, pytest.raises(ModuleUnavailable) as caught:
        client.list_tokens()
    assert caught.value.code == "module-not-found"
    os.mkfifo(tmp_path / "pipe.so")  # nobody waits for somebody to write to it
    with open_client(tmp_path / "pipe.so") as client, pytest.raises(ModuleUnavailable) as caught:
        client.list_tokens()
    assert caught.value.code == "module-not-found"
    (tmp_path / "rubbish.so").write_bytes(b"rubbish")
    with open_client(tmp_path / "rubbish.so") as client, pytest.raises(ModuleUnavailable) as caught:
        client.list_tokens()
    assert caught.value.code == "module-not-loadable"


def test_without_a_login_there_is_no_key(faults: FaultModule) -> None:
    """Public objects are seen, private keys are not; what is not open cannot be asked."""
    with open_client(faults.library, faults.variables) as client:
        assert [token.label for token in client.list_tokens()] == ["faulty"]
        with pytest.raises(TokenUnavailable):
            client.find_certificate(PKCS11URI())
        client.open(PKCS11URI(token="faulty"))
        with pytest.raises(PINRequired):
            client.find_key(_FIRST)


@pytest.mark.parametrize(("kind", "label"), [("ecdsa", "first"), ("rsa-pkcs1-v1_5", "rsa")])
def test_many_requests_in_one_thread(client: TokenClient, kind: str, label: str) -> None:
    """Requests that are under way together come back each with its own signature."""
    key = client.find_key(PKCS11URI(object=label))
    pending = [key.submit_digest(bytes([number]) * 32, "sha256") for number in range(100)]
    signatures: list[RawSignature] = [each.result() for each in pending]
    assert {each.kind for each in signatures} == {kind}
    assert len({each.value for each in signatures}) == 100


@pytest.mark.parametrize(("digest", "name"), [(bytes(31), "sha256"), (bytes(20), "sha1")])
def test_what_is_no_digest_reaches_no_worker(
    client: TokenClient, faults: FaultModule, digest: bytes, name: str
) -> None:
    """It is refused in the caller's process."""
    key = client.find_key(_FIRST)
    with pytest.raises(SigningFailed):
        key.sign_digest(digest, name)  # type: ignore[arg-type]
    assert faults.calls("C_SignInit") == 0


def test_an_always_authenticate_key(fault_softhsm: SoftHSMEnvironment, tmp_path: Path) -> None:
    """9: the PIN goes between SignInit and Sign, each time; one rejected there is never sent again."""
    softhsm = fault_softhsm.copy(tmp_path / "softhsm")
    tool = require_tool("pkcs11-tool")
    module = ("--module", str(softhsm.library), "--token-label", "faulty", "--login", "--pin", USER_PIN)
    made = softhsm.run(
        *(tool, *module, "--keypairgen", "--key-type", "EC:prime256v1"),
        *("--label", "each-time", "--id", "09", "--always-auth"),
    )
    assert made.returncode == 0, made.stderr
    faults = FaultModule.create(tmp_path / "faults", softhsm)
    with open_client(faults.library, faults.variables) as client:
        client.open(PKCS11URI(token="faulty"))
        client.log_in(PIN(USER_PIN))
        key = client.find_key(PKCS11URI(object="each-time"))
        assert key.description.always_authenticate
        for _ in range(2):
            key.sign_digest(bytes(32), "sha256")
        assert faults.calls("C_Login") == 3
        faults.script("C_Login 1 return 0xA0")
        _never_again(client, key, faults)


def _never_again(client: TokenClient, key: TokenKey, faults: FaultModule) -> None:
    for _ in range(2):
        with pytest.raises(PINRejected):
            key.sign_digest(bytes(32), "sha256")
    assert faults.calls("C_Login") == 1


def test_the_client_needs_no_binding() -> None:
    """The process that asks a worker does not load the PKCS#11 binding."""
    program = (
        "import sys, hsm; hsm.open_client; print(any(name.startswith('pkcs11') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

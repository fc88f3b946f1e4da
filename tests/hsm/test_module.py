"""Loading a module: once per process, with one environment, and what happens when tokens misbehave."""

import dataclasses
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

from hsm import (
    Module,
    ModuleUnavailable,
    PINLocked,
    TokenDescription,
    find_softhsm,
    open_module,
    refuse_dangerous_login,
)
from tests.support.softhsm import SoftHSMEnvironment, require_softhsm

_MAKE: Final = """
import os, pathlib, shutil, sys, threading
from hsm import *
library = pathlib.Path(sys.argv[1])
module = open_module(library)
def make(label):
    return initialise_token(module, label=label, so_pin=PIN("so-pin"), user_pin=PIN("1234"))
def directories():
    return {path for path in pathlib.Path(sys.argv[2]).iterdir()}
"""


def _run(softhsm: SoftHSMEnvironment, program: str) -> list[str]:
    """Run a program after the common beginning in a process of its own; return its lines."""
    result = softhsm.run_python(_MAKE + program, str(softhsm.tokens))
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_one_module_per_file(softhsm: SoftHSMEnvironment, module: Module, tmp_path: Path) -> None:
    """A second opening, also by a link, returns the module that is loaded."""
    link = tmp_path / "module.so"
    link.symlink_to(softhsm.library)
    assert open_module(link, softhsm.variables) is module
    assert open_module(softhsm.library) is module


def test_another_environment_is_refused(softhsm: SoftHSMEnvironment, module: Module) -> None:
    """SoftHSM reads its configuration once, so another one is an error, not a silent mistake."""
    before = os.environ.get("SOFTHSM2_CONF")
    with pytest.raises(ModuleUnavailable) as caught:
        open_module(softhsm.library, {"SOFTHSM2_CONF": "/elsewhere.conf"})
    assert caught.value.code == "module-environment-fixed"
    assert os.environ.get("SOFTHSM2_CONF") == before


def test_an_environment_changed_behind_the_back_is_refused(
    softhsm: SoftHSMEnvironment, module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller that relies on os.environ is told as well that it comes too late."""
    monkeypatch.setenv("SOFTHSM2_CONF", "/elsewhere.conf")
    with pytest.raises(ModuleUnavailable) as caught:
        open_module(softhsm.library)
    assert caught.value.code == "module-environment-fixed"


@pytest.mark.parametrize("name", ["absent.so", ".", "a\0b"])
def test_no_module(tmp_path: Path, name: str) -> None:
    """A path without a file is an error of its own."""
    with pytest.raises(ModuleUnavailable) as caught:
        open_module(tmp_path / name)
    assert caught.value.code == "module-not-found"
    assert caught.value.hint


def test_a_file_that_is_no_library(tmp_path: Path) -> None:
    """A file that the system cannot load is named, in one line, and the environment is put back."""
    path = tmp_path / "module.so"
    path.write_bytes(b"\x7fELF no")
    with pytest.raises(ModuleUnavailable) as caught:
        open_module(path, {"IKI_TEST_VARIABLE": "1"})
    assert caught.value.code == "module-not-loadable"
    assert "\n" not in caught.value.message
    assert "IKI_TEST_VARIABLE" not in os.environ


@pytest.mark.parametrize("variables", [{"A=B": "1"}, {"A": "1\0"}])
def test_an_environment_that_cannot_be_set(tmp_path: Path, variables: dict[str, str]) -> None:
    """A variable that no system takes is an HSMError, not a ValueError."""
    path = tmp_path / "module.so"
    path.write_bytes(b"\x7fELF no")
    with pytest.raises(ModuleUnavailable) as caught:
        open_module(path, variables)
    assert caught.value.code == "module-environment-malformed"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a shared library with a known place")
def test_a_library_that_is_no_module() -> None:
    """A shared library without C_GetFunctionList is no PKCS#11 module."""
    import _ctypes  # noqa: PLC0415

    with pytest.raises(ModuleUnavailable) as caught:
        open_module(Path(_ctypes.__file__))
    assert caught.value.code == "module-not-pkcs11"


def test_a_module_that_does_not_initialise(fresh_softhsm: SoftHSMEnvironment) -> None:
    """SoftHSM without its token directory is a ModuleUnavailable that points at the configuration."""
    fresh_softhsm.tokens.rmdir()
    program = """
import pathlib, sys, hsm
try:
    hsm.open_module(pathlib.Path(sys.argv[1]))
except hsm.ModuleUnavailable as exc:
    print(exc.code)
"""
    assert fresh_softhsm.run_python(program).stdout.strip() == "module-initialise-failed"


def test_softhsm_is_found_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SOFTHSM2_MODULE comes first, and a wrong one is an error, not a reason to take another."""
    copy = tmp_path / "copy.so"
    shutil.copy(require_softhsm(), copy)
    monkeypatch.setenv("SOFTHSM2_MODULE", str(copy))
    assert find_softhsm() == copy
    monkeypatch.setenv("SOFTHSM2_MODULE", str(tmp_path / "absent.so"))
    with pytest.raises(ModuleUnavailable) as caught:
        find_softhsm()
    assert caught.value.code == "module-not-found"


def test_a_token_in_trouble_does_not_hide_the_others(fresh_softhsm: SoftHSMEnvironment) -> None:
    """With one token's files gone, the other is still listed, found and used."""
    program = """
make("healthy")
before = directories()
make("doomed")
shutil.rmtree((directories() - before).pop())
print([token.label for token in module.list_tokens()])
with module.open_token(PKCS11URI(token="healthy"), PIN("1234"), writable=True) as token:
    key = token.generate_key(KeyKind.EC_P256, label="k", key_id=b"1")
    print(len(key.sign_digest(bytes(32), "sha256").value))
try:
    module.find_token(PKCS11URI(token="doomed"))
except TokenNotFound as exc:
    print(exc.code)
"""
    assert _run(fresh_softhsm, program) == ["['healthy']", "64", "token-not-found"]


def test_a_token_that_goes_during_the_work(fresh_softhsm: SoftHSMEnvironment) -> None:
    """A signature on a token that has gone is an HSMError, and closing it raises nothing more."""
    program = """
make("doomed")
with module.open_token(PKCS11URI(token="doomed"), PIN("1234"), writable=True) as token:
    key = token.generate_key(KeyKind.EC_P256, label="k", key_id=b"1")
    shutil.rmtree(directories().pop())
    try:
        key.sign_digest(bytes(32), "sha256")
    except HSMError as exc:
        print(type(exc).__name__)
print("closed")
"""
    lines = _run(fresh_softhsm, program)
    assert lines[-1] == "closed"
    assert lines[0] in {"TokenUnavailable", "SigningFailed"}


def test_threads_with_a_session_each(fresh_softhsm: SoftHSMEnvironment) -> None:
    """Four threads that open, find, sign and close do not crash the process, and all sign."""
    program = """
make("shared")
uri = PKCS11URI(token="shared")
with module.open_token(uri, PIN("1234"), writable=True) as token:
    token.generate_key(KeyKind.EC_P256, label="k", key_id=b"1")
    signatures = []
    def churn():
        for _ in range(25):
            with module.open_token(uri, PIN("1234")) as mine:
                signatures.append(mine.find_key(PKCS11URI()).sign_digest(bytes(32), "sha256").value)
    threads = [threading.Thread(target=churn) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(len(signatures), len(set(signatures)))
"""
    assert _run(fresh_softhsm, program) == ["100 100"]


def test_a_mechanism_that_the_token_has_not(fresh_softhsm: SoftHSMEnvironment) -> None:
    """A token without CKM_ECDSA signs with its RSA key, and says by name what it lacks for the other."""
    mechanisms = ("CKM_RSA_PKCS", "CKM_RSA_PKCS_KEY_PAIR_GEN", "CKM_EC_KEY_PAIR_GEN")
    with fresh_softhsm.configuration.open("a", encoding="utf-8") as configuration:
        # The list of what there is: SoftHSM 2.6.1 overlooks the first name of a list of what is not.
        configuration.write(f"slots.mechanisms = {','.join(mechanisms)}\n")
    program = """
make("poor")
with module.open_token(PKCS11URI(token="poor"), PIN("1234"), writable=True) as token:
    for number, kind in enumerate((KeyKind.RSA_2048, KeyKind.EC_P256)):
        key = token.generate_key(kind, label=kind.value, key_id=bytes([number + 1]))
        try:
            print(len(key.sign_digest(bytes(32), "sha256").value))
        except MechanismMissing as exc:
            print(exc.code, "CKM_ECDSA" in exc.message)
"""
    assert _run(fresh_softhsm, program) == ["256", "mechanism-missing True"]


@pytest.mark.parametrize(
    ("locked", "final_try", "code"), [(True, False, "pin-locked"), (False, True, "pin-final-try")]
)
def test_a_pin_is_not_sent_when_it_could_lock(
    description: TokenDescription, locked: bool, final_try: bool, code: str
) -> None:
    """A locked token, or one with a single try left, is not logged in to."""
    # Not through the public door: SoftHSM never locks a PIN, however often it is wrong.
    with pytest.raises(PINLocked) as caught:
        refuse_dangerous_login(dataclasses.replace(description, pin_locked=locked, pin_final_try=final_try))
    assert caught.value.code == code


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_is_refused(fresh_softhsm: SoftHSMEnvironment) -> None:
    """A child does not use handles it inherited, which SoftHSM would let it do."""
    program = """
make("parent")
sys.stdout.flush()
child = os.fork()
if child == 0:
    try:
        module.list_tokens()
    except ModuleUnavailable as exc:
        print(exc.code, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
    assert _run(fresh_softhsm, program) == ["module-after-fork"]

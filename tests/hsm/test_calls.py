"""What really reaches the module, as OpenSC's pkcs11-spy writes it down between us and SoftHSM."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.support.softhsm import SoftHSMEnvironment
from tests.support.tools import absent, require_tool

_SPY_PATTERNS: Final = ("usr/lib/*/pkcs11-spy.so", "usr/lib64/pkcs11-spy.so", "usr/lib/pkcs11-spy.so")
_PROGRAM: Final = """
import os, pathlib, sys
from hsm import PIN, PKCS11URI, HSMError, open_module
module = open_module(pathlib.Path(os.environ["SPY"]))
try:
    with module.open_token(PKCS11URI(token="spied"), PIN(sys.argv[2])) as token:
        key = token.find_key(PKCS11URI())
        for _ in range(2):
            key.sign_digest(bytes(32), "sha256")
except HSMError as exc:
    print(exc.code)
"""


@pytest.fixture
def spy() -> Path:
    """Find pkcs11-spy."""
    found = [path for pattern in _SPY_PATTERNS for path in Path("/").glob(pattern)]
    if not found:
        absent("pkcs11-spy", "not installed; Debian: opensc-pkcs11, Fedora: opensc")
    return found[0]


def _spy_on(
    softhsm: SoftHSMEnvironment, spy: Path, log: Path, pin: str, *generation: str
) -> tuple[str, list[str]]:
    """Make a token and a key with other programs, sign with ours, and return what was called."""
    util, tool = require_tool("softhsm2-util"), require_tool("pkcs11-tool")
    softhsm.run(util, "--init-token", "--free", "--label", "spied", "--so-pin", "so-pin", "--pin", "1234")
    module = ("--module", str(softhsm.library), "--token-label", "spied", "--login", "--pin", "1234")
    key = ("--keypairgen", "--key-type", "EC:prime256v1", "--label", "k", "--id", "01")
    assert softhsm.run(tool, *module, *key, *generation).returncode == 0
    variables = {"SPY": str(spy), "PKCS11SPY": str(softhsm.library), "PKCS11SPY_OUTPUT": str(log)}
    result = softhsm.run_python(_PROGRAM, pin, **variables)
    assert result.returncode == 0, result.stderr
    text = log.read_text(encoding="utf-8", errors="replace")
    calls = re.findall(
        r"^\d+: (C_\w+)|^\[in\] userType = (CKU_\w+)|^ +(CKF_OS_LOCKING_OK)", text, re.MULTILINE
    )
    return result.stdout.strip(), ["".join(each) for each in calls]


def test_a_rejected_pin_is_sent_once(fresh_softhsm: SoftHSMEnvironment, spy: Path, tmp_path: Path) -> None:
    """A wrong PIN reaches the token exactly once, and its session is closed, not leaked."""
    code, calls = _spy_on(fresh_softhsm, spy, tmp_path / "log", "9999")
    assert code == "pin-rejected"
    assert calls.count("C_Login") == 1
    assert calls.count("C_OpenSession") == calls.count("C_CloseSession") == 1


def test_the_module_is_told_of_threads(fresh_softhsm: SoftHSMEnvironment, spy: Path, tmp_path: Path) -> None:
    """C_Initialize asks for the system's mutexes, once."""
    _, calls = _spy_on(fresh_softhsm, spy, tmp_path / "log", "1234")
    assert calls.count("C_Initialize") == calls.count("CKF_OS_LOCKING_OK") == 1


def test_one_login_and_one_search_serve_many_signatures(
    fresh_softhsm: SoftHSMEnvironment, spy: Path, tmp_path: Path
) -> None:
    """Two signatures cost one login, two exhausted searches (private and public keys), one logout."""
    code, calls = _spy_on(fresh_softhsm, spy, tmp_path / "log", "1234")
    assert code == ""
    assert [calls.count(name) for name in ("C_Login", "C_Logout", "C_SignInit")] == [1, 1, 2]
    assert calls.count("C_FindObjectsInit") == calls.count("C_FindObjectsFinal") == 2
    assert calls.count("C_OpenSession") == calls.count("C_CloseSession") == 1


def test_an_always_authenticate_key_gets_the_pin_each_time(
    fresh_softhsm: SoftHSMEnvironment, spy: Path, tmp_path: Path
) -> None:
    """Between SignInit and Sign comes a context-specific login, for every signature."""
    code, calls = _spy_on(fresh_softhsm, spy, tmp_path / "log", "1234", "--always-auth")
    assert code == ""
    start = calls.index("C_SignInit")
    once = ["C_SignInit", "C_Login", "CKU_CONTEXT_SPECIFIC", "C_Sign"]
    assert calls[start : start + 8] == once * 2

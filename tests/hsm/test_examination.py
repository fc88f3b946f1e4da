"""Modules and tokens looked at from outside: no login, and whatever the module does is an answer."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from hsm import (
    PKCS11URI,
    HSMError,
    check_concurrency,
    examine_module,
    examine_token,
    mechanism_for,
)
from tests.support.faults import FaultModule
from tests.support.softhsm import SoftHSMEnvironment


def test_what_a_module_says_of_itself(fault_softhsm: SoftHSMEnvironment) -> None:
    """Its name, its tokens with their flags, and the blank one that SoftHSM always has."""
    found = examine_module(fault_softhsm.library, fault_softhsm.variables)
    assert found.library.startswith("SoftHSM ")
    assert [token.label for token in found.tokens] == ["faulty"]
    assert (found.blank_slots, found.tokens[0].pin_set, found.tokens[0].read_only) == (1, True, False)


def test_what_a_token_shows_without_a_login(faults: FaultModule, faulty_token: str) -> None:
    """Mechanisms and public keys, no private key; C_Login is never called."""
    found = examine_token(faults.library, faults.variables, PKCS11URI(token=faulty_token))
    assert {(key.label, key.kind) for key in found.public_keys} == {
        ("first", "ec-p256"),
        ("second", "ec-p256"),
        ("rsa", "rsa-2048"),
    }
    assert all(key.public_key for key in found.public_keys)
    assert (found.private_keys, found.certificates) == ((), ())
    assert found.mechanisms >= {"CKM_ECDSA", "CKM_RSA_PKCS"}
    assert {mechanism_for(key.kind) for key in found.public_keys} < found.mechanisms | {None}
    assert faults.calls("C_Login") == 0


def test_two_threads(faults: FaultModule, faulty_token: str) -> None:
    """Two hundred sessions between them, never two threads in one."""
    assert check_concurrency(faults.library, faults.variables, PKCS11URI(token=faulty_token)) == 200
    assert faults.list_violations() == {}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("C_GetSlotList * hang", "module-hangs"),
        ("C_GetSlotList * abort", "module-crashed"),
        ("C_Initialize * exit 0", "module-crashed"),
        ("C_Initialize * return 0x5", "module-initialise-failed"),
        ("C_GetSlotList * return 0x30", "token-error"),
    ],
)
def test_whatever_the_module_does_is_an_answer(faults: FaultModule, line: str, code: str) -> None:
    """In a process of its own, which is ended when it takes too long."""
    faults.script(line)
    with pytest.raises(HSMError) as caught:
        examine_module(faults.library, faults.variables, seconds=1 if "hang" in line else 30)
    assert caught.value.code == code
    assert caught.value.hint


def test_what_the_library_prints_is_no_answer(faults: FaultModule) -> None:
    """A vendor that talks on standard output changes nothing."""
    faults.script("C_GetSlotList * print [null, null]")
    assert len(examine_module(faults.library, faults.variables).tokens) == 1


@pytest.mark.parametrize(
    ("path", "variables", "code"),
    [(Path("/no/such.so"), {}, "module-not-found"), (Path("/etc/passwd"), {}, "module-not-loadable")],
)
def test_what_is_no_module(path: Path, variables: Mapping[str, str], code: str) -> None:
    """The worker's own errors come through."""
    with pytest.raises(HSMError) as caught:
        examine_module(path, variables)
    assert caught.value.code == code


def test_a_token_that_is_not_there(faults: FaultModule) -> None:
    """The message lists those that are."""
    with pytest.raises(HSMError) as caught:
        examine_token(faults.library, faults.variables, PKCS11URI(token="absent"))
    assert caught.value.code == "token-not-found"
    assert "faulty" in caught.value.message


@pytest.mark.parametrize(
    ("kind", "mechanism"),
    [("ec-p384", "CKM_ECDSA"), ("rsa-3072", "CKM_RSA_PKCS"), ("ec-1.3.132.0.10", None), ("type-0x40", None)],
)
def test_what_a_kind_of_key_signs_with(kind: str, mechanism: str | None) -> None:
    """The same as signing uses."""
    assert mechanism_for(kind) == mechanism
    if kind.startswith("rsa-"):
        assert mechanism_for(kind, pss=True) == "CKM_RSA_PKCS_PSS"

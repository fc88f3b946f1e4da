"""What a token does with PINs, and that a rejected one is sent to it once."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from hsm import HSMError, PINLocked, PINRejected
from tests.backends.backend import Backend, Place
from tests.backends.doors import Asked, Door, WorkerDoor
from tests.backends.module_door import ModuleDoor
from tests.backends.trust import TestPKI
from tests.cli.expect import audited, expect_failed
from tests.support.lab import Lab

_WRONG = ("100001", "100002", "100003", "100004", "100005", "100006", "100007", "100008")
_ASKED = Asked(bytes(32))


def test_a_wrong_pin_is_told(door: Door, fresh: Place) -> None:
    """The token says no, and that is what is told; the right PIN still works."""
    with pytest.raises(PINRejected) as caught:
        door.sign(replace(fresh, pin=_WRONG[0]), fresh.keys[0].uri, [_ASKED])
    assert (caught.value.code, bool(caught.value.hint)) == ("pin-rejected", True)
    assert _WRONG[0] not in caught.value.message + caught.value.hint
    assert len(door.sign(fresh, fresh.keys[0].uri, [_ASKED])) == 1


def test_a_rejected_pin_is_not_sent_again(
    backend: Backend, pki: TestPKI, fresh: Place, tmp_path: Path
) -> None:
    """More commands with one wrong PIN than the token bears: it saw the first, and is not locked."""
    lab = pki.configure(tmp_path / "lab", fresh, fresh.keys[0])
    form = lab.write_form(tmp_path / "form.xlsx")
    _set_pin(lab, _WRONG[0])
    _expect_told(lab, form, "pin-rejected")
    for _ in range(backend.locks_after or 1):
        _expect_told(lab, form, "pin-rejected-before")
    _set_pin(lab, fresh.pin)
    run = lab.iki("sign", form, "--as", "manufacturer")
    assert (run.status, run.stderr) == (ExitStatus.OK, "")


def test_wrong_pins_lock_a_token_and_are_not_sent_to_a_locked_one(backend: Backend, fresh: Place) -> None:
    """As many different wrong PINs as lock it; the last try and a locked token are refused unasked."""
    if backend.locks_after is None:
        pytest.skip(f"{backend.name} never locks")
    told = [_try_wrong(fresh, pin) for pin in _WRONG[: backend.locks_after + 1]]
    assert told[0] == "pin-rejected"
    assert set(told[1:]) <= {"pin-rejected", "pin-final-try", "pin-locked"}
    assert told[-1] in {"pin-final-try", "pin-locked"}
    if told[-1] == "pin-locked":
        with pytest.raises(PINLocked):
            ModuleDoor().sign(fresh, fresh.keys[0].uri, [_ASKED])


def _try_wrong(place: Place, pin: str) -> str:
    with pytest.raises(HSMError) as caught:
        WorkerDoor().sign(replace(place, pin=pin), place.keys[0].uri, [_ASKED])
    return caught.value.code


def _set_pin(lab: Lab, pin: str) -> None:
    lab.pin("manufacturer").write_text(f"{pin}\n", encoding="utf-8")


def _expect_told(lab: Lab, form: Path, code: str) -> None:
    with audited(lab, ("sign", "failed", (code,))):
        expect_failed(lab.iki("sign", form, "--as", "manufacturer"), ExitStatus.TOKEN)
    assert not form.with_name("form.signed.xlsx").exists()

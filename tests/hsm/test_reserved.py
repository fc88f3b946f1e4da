"""The text that a vendor wants as pReserved of C_Initialize (PKCS#11 v2.40 section 5.4)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from hsm import (
    PKCS11URI,
    ModuleUnavailable,
    check_concurrency,
    examine_module,
    examine_token,
    open_module,
)
from tests.hsm.failing import QUICK, Connect, OpenKey, expect_error, sign
from tests.support.faults import FaultModule
from tests.support.softhsm import SoftHSMEnvironment

_TEXT: Final = "configdir='sql:/a'flags=é"


def test_a_worker_initialises_with_it(connect: Connect, faults: FaultModule) -> None:
    """The worker's module gets the text, octet for octet."""
    connect(replace(QUICK, reserved=_TEXT))
    assert faults.journal("reserved") == [[_TEXT, "0"]]


def test_it_is_given_again_after_a_loss(open_key: OpenKey, faults: FaultModule) -> None:
    """C_Finalize and C_Initialize, and then a new worker: each time with the text."""
    key = open_key(replace(QUICK, reserved=_TEXT))
    faults.script("C_SignInit 1 gone 0x32")
    sign(key)
    faults.script("C_Sign 1 abort")
    sign(key)
    assert faults.journal("reserved") == 3 * [[_TEXT, "0"]]


def test_nothing_is_given_unless_it_is_said(connect: Connect, faults: FaultModule) -> None:
    """The standard wants NULL_PTR there."""
    connect()
    assert (len(faults.journal("initialised")), faults.journal("reserved")) == (1, [])


@pytest.mark.parametrize(
    "examine",
    [
        lambda faults, _: examine_module(faults.library, faults.variables, reserved=_TEXT),
        lambda faults, uri: examine_token(faults.library, faults.variables, uri, reserved=_TEXT),
        lambda faults, uri: check_concurrency(faults.library, faults.variables, uri, reserved=_TEXT),
    ],
    ids=["module", "token", "concurrency"],
)
def test_an_examination_initialises_with_it(
    faults: FaultModule, faulty_token: str, examine: Callable[[FaultModule, PKCS11URI], object]
) -> None:
    """`iki doctor` sees the module as signing will."""
    examine(faults, PKCS11URI(token=faulty_token))
    assert faults.journal("reserved") == [[_TEXT, "0"]]


def test_a_module_is_initialised_with_one_text_in_a_process(
    softhsm: SoftHSMEnvironment, module: object, tmp_path: Path
) -> None:
    """As with its environment: another one would not be looked at, so it is refused."""
    assert open_module(softhsm.library, softhsm.variables) is module
    expect_error(
        ModuleUnavailable,
        "module-environment-fixed",
        lambda: open_module(softhsm.library, softhsm.variables, _TEXT),
    )


def test_a_module_that_does_not_want_it(softhsm: SoftHSMEnvironment) -> None:
    """SoftHSM answers ARGUMENTS_BAD, which is told of the module."""
    program = (
        "import pathlib, sys, hsm\n"
        "try: hsm.open_module(pathlib.Path(sys.argv[1]), reserved='x')\n"
        "except hsm.HSMError as error: print(error.code)\n"
    )
    done = softhsm.run_python(program)
    assert (done.stdout.strip(), done.stderr) == ("module-initialise-failed", "")

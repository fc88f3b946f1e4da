"""A token that goes away while it is used, and comes back: killed, stopped, restarted, pulled.

Between the worker and the module stands the module of `tests/support/faults`, which does nothing wrong here:
it counts PINs, and what no program may do to a module.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from agent.exits import ExitStatus
from hsm import TokenUnavailable
from tests.backends.backend import Outage, Place
from tests.backends.doors import open_place
from tests.backends.load import Load, loading
from tests.backends.trust import TestPKI
from tests.cli.expect import audited, expect_failed, nothing_changes
from tests.support.faults import FaultModule
from tests.support.lab import Lab, Run
from tests.support.signatures import verify_signature
from tests.support.softhsm import SoftHSMEnvironment

pytestmark = pytest.mark.backends

_SLACK: Final = 15.0
_BACK: Final = 120.0
"""Seconds in which a token that is back has to be used again; it may have been left alone for 30."""
_THREADS: Final = 4
_CODES: Final = {False: "token-not-found", True: "token-deadline"}
"""What is on record of a command that met a token that is away, or silent."""


@pytest.fixture
def happening(fresh: Place, outage: str) -> Iterator[Outage]:
    """Return what happens; in the end all is right again, whatever the test did."""
    found = fresh.outages[outage]
    yield found
    found.end()


def _watch(place: Place, folder: Path) -> tuple[Place, FaultModule]:
    """Put the fault module before a token's module."""
    nowhere = SoftHSMEnvironment(place.module, folder, folder)
    faults = FaultModule.create(folder, nowhere)
    variables = {**faults.variables, **place.variables}
    profile = replace(place.profile, deadline=place.patience)
    return replace(place, module=faults.library, variables=variables, profile=profile), faults


def _strike(load: Load, happening: Outage, patience: float) -> float:
    """Let it happen under load, for as long as it takes until it is noticed; returns when it was over."""
    assert load.wait_for(lambda: len(load.signatures) >= 4 * _THREADS, _BACK)
    told = len(load.errors)
    happening.begin()
    if happening.lasting:
        assert load.wait_for(lambda: len(load.errors) >= told + _THREADS, 6 * patience), "nobody noticed"
    happening.end()
    return time.monotonic()


def test_under_load(fresh: Place, happening: Outage, tmp_path: Path) -> None:
    """No signature is wrong, exchanged or given twice, nothing hangs, and it comes back by itself."""
    place, faults = _watch(fresh, tmp_path / "faults")
    key = place.keys[0]
    with open_place(place) as client:
        found = client.find_key(key.uri)
        with loading(found, _THREADS, place.patience + _SLACK) as load:
            for _ in range(2):
                over = _strike(load, happening, place.patience)
                assert load.wait_for(lambda: load.count_signatures_begun_after(over) >= 8, _BACK)  # noqa: B023
    assert load.surprises == []
    for answer in load.signatures:
        assert answer.signature is not None
        verify_signature(key.public_key, answer.signature, answer.digest, "sha256")
    values = [answer.signature.value for answer in load.signatures if answer.signature]
    assert len(set(values)) == len(values)
    assert {type(error) for error in load.errors} <= {TokenUnavailable}
    assert all(error.hint for error in load.errors)
    assert max(answer.seconds for answer in load.answers) < place.patience + _SLACK
    assert faults.list_violations() == {}
    assert "rejected" not in {outcome for outcome, _ in faults.journal("pin")}


def test_a_call_that_hangs_is_ended_with_its_worker(fresh: Place, happening: Outage) -> None:
    """The deadline is the parent's: the signature is given up, and another worker signs once it is over."""
    if not happening.silent:
        pytest.skip("calls fail, and do not hang")
    place = replace(fresh, profile=replace(fresh.profile, deadline=fresh.patience))
    with open_place(place) as client:
        key = client.find_key(place.keys[0].uri)
        key.sign_digest(bytes(32), "sha256")
        before = client._transport.pid  # type: ignore[attr-defined]
        happening.begin()
        with pytest.raises(TokenUnavailable) as caught:
            key.sign_digest(bytes(32), "sha256")
        assert (caught.value.code, bool(caught.value.hint)) == ("token-deadline", True)
        _wait_for_end(before)
        happening.end()
        key.sign_digest(bytes(32), "sha256", seconds=_BACK)
        assert client._transport.pid != before  # type: ignore[attr-defined]


def _wait_for_end(process: int) -> None:
    """Wait for a worker that is about to be killed."""
    until = time.monotonic() + _SLACK
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < until, "the worker in which the call hangs goes on"
        time.sleep(0.01)


def test_what_is_read_while_it_lasts(fresh: Place, happening: Outage, pki: TestPKI, tmp_path: Path) -> None:
    """`iki sign` says in one line what is wrong and in another what to do; afterwards it signs."""
    place = replace(fresh, profile=replace(fresh.profile, deadline=fresh.patience, notice=2.0))
    certificate = tmp_path / "certificate.der"
    certificate.write_bytes(pki.certify(place.keys[0].public_key))
    lab = pki.configure(tmp_path / "lab", place, place.keys[0], certificate=str(certificate))
    documents = tmp_path / "documents"
    documents.mkdir()
    form = lab.write_form(documents / "form.xlsx")
    happening.begin()
    if happening.lasting:
        with nothing_changes(documents), audited(lab, ("sign", "failed", (_CODES[happening.silent],))):
            run = _sign(lab, form)
            expect_failed(run, ExitStatus.TOKEN)
        assert lab.iki("doctor", "--as", "manufacturer").status == ExitStatus.TOKEN
    happening.end()
    run = _sign(lab, form)
    assert (run.status, run.stderr) == (ExitStatus.OK, "")


def _sign(lab: Lab, form: Path) -> Run:
    return lab.iki("sign", form, "--as", "manufacturer")

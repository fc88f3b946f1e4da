"""One decision after another, in processes that are killed: `… killed PLACE FOLDER HOW N`.

HOW is `steps`: a process for every N-th step between the first and the last, killed there; or `instants`: N
processes that are each killed at a random instant. After each, the next process finds a chain that verifies,
closes what is open, and what the records say of every output is held against the folder. Prints how many were
killed, and how many decisions were closed. It forks: that costs milliseconds, a process half a second. A
connection of SQLite must not live through a fork: whatever opens the store does so in a process of its own.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import sqlalchemy.event

from agent.audit.door import AuditStore
from agent.audit.records import Outcome
from agent.config.configuration import parse_configuration
from agent.config.policy import default_policy
from agent.cpl.mapping import default_mapping
from agent.operations import Operation
from agent.policy.engine import Decision
from agent.service.audit_trail import AuditTrail
from agent.service.release import PendingOutput
from agent.service.workspace import Workspace
from tests.state.places import Place

_CONFIGURATION: Final = b"""[trust]
anchors = ["root.pem"]
[signers.maker]
role = "manufacturer"
token = "pkcs11:token=t"
"""
_STEPS: Final = ("open", "write", "fsync", "replace", "rename", "link", "unlink", "truncate", "ftruncate")
_DONE: Final = 7


class NoQuota:
    """A guard that lets everything in."""

    def list_queries(self, at: object) -> tuple[()]:
        """Count nothing."""
        del at
        return ()

    def decide(self, at: object, counts: tuple[int, ...]) -> None:
        """Refuse nothing."""
        del at, counts


def release(store: AuditStore, output: Path, *, force: bool) -> None:
    """Do what signing does once the signature is there."""
    configuration = parse_configuration(_CONFIGURATION, path=Path("/nowhere/iki.toml"))
    workspace = Workspace(configuration, default_policy(), default_mapping())
    data = os.urandom(600)
    store.ensure_writable()
    trail = AuditTrail(store, workspace, configuration.find_signer("maker"), Operation.SIGN)
    with PendingOutput(output, force=force) as pending, trail.recording():
        pending.write(data)
        pending.settle()
        trail.allowed(
            Decision((), ()),
            pending,
            NoQuota(),
            key_uri="pkcs11:object=k",
            digest=bytes(32),
            sha256_after=hashlib.sha256(data).hexdigest(),
        )
        pending.release()


class Steps:
    """Counts the steps that reach the disk or the database, and kills this process at one of them."""

    def __init__(self, last: int) -> None:
        """Kill at step `last`; each call is two steps, before and after."""
        self._last = last
        self._count = 0

    def install(self) -> None:
        """Count from now on."""
        for name in _STEPS:
            setattr(os, name, self._counted(getattr(os, name)))
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            sqlalchemy.event.listen(sqlalchemy.Engine, name, self._step)
        connection: Any = sqlalchemy.Connection
        connection.commit = self._counted(connection.commit)

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self._step()
            result = function(*arguments, **named)
            self._step()
            return result

        return call

    def _step(self, *_: object) -> None:
        self._count += 1
        if self._count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Kill one process after another, and look at what each left."""
    url, folder, how, amount = sys.argv[1:]
    place, chance = Place(url), random.Random(20261122)  # noqa: S311 - not for secrets
    _run_apart(lambda: place.open().ensure_writable())
    killed = 0
    if how == "steps":
        while _run_killed_at(place, Path(folder), killed * int(amount) + 1):
            killed += 1
            _run_apart(lambda: _look(place, Path(folder)))
    else:
        while killed < int(amount):
            _run_killed_after(place, Path(folder), killed, chance.uniform(0.002, 0.1))
            killed += 1
            _run_apart(lambda: _look(place, Path(folder)))
    lines = [line.members for line in place.open().list_lines()]
    closed = sum(line["outcome"] == Outcome.NOT_RELEASED for line in lines)
    print(json.dumps({"killed": killed, "closed": closed, "allowed": len(lines) - closed}))  # noqa: T201


def _run_apart(function: Callable[[], None]) -> None:
    """Run it in a process of its own; ends this one when it fails, which says why."""
    child = os.fork()
    if not child:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - told, whatever it is
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise SystemExit(1)


def _run_killed_at(place: Place, folder: Path, step: int) -> bool:
    """Run a process that is killed at a step; false when it came to its end before."""
    output, force = folder / f"{step}", bool(step % 2)
    if force:
        output.write_bytes(b"what was there before")
    child = os.fork()
    if not child:
        store = place.open()
        Steps(step).install()
        release(store, output, force=force)
        os._exit(_DONE)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (-signal.SIGKILL, _DONE):
        raise SystemExit(f"step {step}: ended with {code}")
    return code != _DONE


def _run_killed_after(place: Place, folder: Path, number: int, seconds: float) -> None:
    """Run a process that makes one output after another until it is killed."""
    child = os.fork()
    if not child:
        store = place.open()
        for count in range(1_000_000):
            release(store, folder / f"{number}-{count}", force=False)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _look(place: Place, folder: Path) -> None:
    """Hold the records against the folder."""
    store = place.open()
    before = store.verify().count
    store.ensure_writable()
    summary = store.verify()
    lines = [line.members for line in store.list_lines()]
    closings = lines[before:]
    if len(closings) > 1 or any(line["outcome"] != Outcome.NOT_RELEASED for line in closings):
        raise SystemExit(f"one process left {len(closings)} decisions open")
    if summary.held:
        raise SystemExit(f"still held: {summary.held}")
    unreleased = {line["decision"] for line in lines if line["outcome"] == Outcome.NOT_RELEASED}
    known = {}
    for line in lines:
        if line["outcome"] == Outcome.ALLOWED:
            known[line["output"]] = line["sha256_after"] if line["decision"] not in unreleased else None
    for path in folder.iterdir():
        if path.name.endswith(".iki-part"):
            continue
        data = path.read_bytes()
        expected = known.pop(str(path), None)
        if data != b"what was there before" and hashlib.sha256(data).hexdigest() != expected:
            raise SystemExit(f"{path.name} is out, and the record does not say so")
        if data == b"what was there before" and expected is not None:
            raise SystemExit(f"{path.name} is not out, and the record says it is")
    if any(known.values()):
        raise SystemExit(f"not out, and the record says so: {known}")


if __name__ == "__main__":
    main()

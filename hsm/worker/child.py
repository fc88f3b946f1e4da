"""A worker process as its supervisor sees it: started, asked, watched, ended."""

import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Final

from hsm.endings import describe_status
from hsm.errors import ModuleUnavailable, Recovery, TokenUnavailable
from hsm.profile import ModuleProfile
from hsm.worker.deadline import DEADLINE_HINT, Deadline
from hsm.worker.exchange import Exchange, Ticket

_log: Final = logging.getLogger("hsm.worker")
_LONGEST_LINE: Final = 4096
_ORDERLY: Final = 1.5  # seconds
_STEP: Final = 0.01


class Child:
    """One worker process, and a thread that watches for its end, for calls that hang, for what it prints."""

    def __init__(self, module: Path, environment: Mapping[str, str], profile: ModuleProfile) -> None:
        """Start it; whether the module could be loaded is told by the first request.

        Raises:
            ModuleUnavailable: `worker-not-started`.
        """
        self._profile = profile
        self._process = _start(module, environment, profile)
        self._input, self._output, self._errors = _pipes(self._process)
        self._exchange = Exchange(
            self._input.fileno(), self._output.fileno(), profile.width, profile.deadline
        )
        threading.Thread(target=self._watch, daemon=True, name="token worker").start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def begin(self, kind: int, payload: bytes | bytearray, patience: float | None = None) -> Ticket:
        """Send a request; `patience` is how long the call may take, where a person has to do something.

        Raises:
            TokenUnavailable: `token-busy`, or what became of the worker.
        """
        return self._exchange.begin(kind, payload, patience)

    def finish(self, ticket: Ticket, deadline: Deadline, notice: Callable[[], None] | None) -> bytes:
        """Wait for the answer; `notice` is called when that takes its time.

        Raises:
            TokenUnavailable: `token-deadline`, `module-crashed`.
            HSMError: what the worker answered.
        """
        if not ticket.complete:
            try:
                self._wait(ticket, deadline, notice)
            except BaseException:
                self._exchange.abandon(ticket)
                raise
        return ticket.result()

    def close(self) -> None:
        """Have it log out and end; kill it if it does not, or if calls are under way."""
        busy = self._exchange.is_busy
        self._exchange.fail(_crashed("it was ended"))
        self._input.close()
        if busy:
            self.kill()
            return
        try:
            self._process.wait(_ORDERLY)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()

    def _wait(self, ticket: Ticket, deadline: Deadline, notice: Callable[[], None] | None) -> None:
        if notice is not None and deadline.remaining > self._profile.notice:
            first = Deadline.after(self._profile.notice)
            try:
                self._exchange.wait(ticket, first)
            except TokenUnavailable:
                notice()
        self._exchange.wait(ticket, deadline)

    def _watch(self) -> None:
        """Tell everybody of the worker's end, end one in which a call hangs, log what the library prints."""
        poll = select.poll()
        poll.register(self._output.fileno(), 0)  # its end only: answers are read by those who wait for them
        poll.register(self._errors.fileno(), select.POLLIN)
        reason: TokenUnavailable | None = None
        while reason is None:
            ready = dict(poll.poll(self._until_hung() * 1000))
            if self._errors.fileno() in ready and not _log_lines(self._errors.fileno()):
                poll.unregister(self._errors.fileno())
            if self._output.fileno() in ready:
                while self._exchange.collect() and self._exchange.is_busy:
                    time.sleep(_STEP)
                reason = _crashed(_describe_end(self._process))
            elif not ready:
                reason = self._find_hung()
        self.kill()
        self._exchange.fail(reason)
        self._output.close()
        self._errors.close()

    def _until_hung(self) -> float:
        overdue = self._exchange.find_overdue()
        if overdue is None:  # whatever begins from now on may take this long
            return min(self._profile.deadline, self._profile.pin_entry)
        return max(0.0, overdue[0] - time.monotonic()) + _STEP

    def _find_hung(self) -> TokenUnavailable | None:
        """Say that a call has been inside for too long; an answer that nobody has read yet is read first."""
        self._exchange.collect()
        overdue = self._exchange.find_overdue()
        return _hung(overdue[1]) if overdue is not None and overdue[0] <= time.monotonic() else None


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("a worker is started with three pipes")
    return process.stdin, process.stdout, process.stderr


def _start(module: Path, environment: Mapping[str, str], profile: ModuleProfile) -> subprocess.Popen[bytes]:
    # -P: what lies in the current folder is not imported by the process that gets the PIN.
    command = [sys.executable, "-P", "-m", "hsm.worker", str(module), str(profile.sessions)]
    try:
        return subprocess.Popen(  # noqa: S603 - this very interpreter
            [*command, str(int(profile.serialise)), str(profile.deadline), profile.reserved],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | dict(environment),
            start_new_session=True,  # Ctrl-C is for the supervisor, which ends the worker in order
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        raise ModuleUnavailable(
            "worker-not-started",
            f"the token's worker cannot be started: {error}",
            hint="is the machine full?",
        ) from error


def _log_lines(descriptor: int) -> bool:
    try:
        read = os.read(descriptor, _LONGEST_LINE)
    except OSError:
        return False
    for line in read.decode(errors="replace").splitlines():
        _log.info("the module printed: %s", "".join(c if c.isprintable() else "?" for c in line))
    return bool(read)


def _describe_end(process: subprocess.Popen[bytes]) -> str:
    try:
        return describe_status(process.wait(_ORDERLY))
    except subprocess.TimeoutExpired:
        return "it closed its pipe"


def _hung(seconds: float) -> TokenUnavailable:
    return TokenUnavailable(
        "token-deadline",
        f"a call to the PKCS#11 module did not return within {seconds:g} s; its process was ended",
        hint=DEADLINE_HINT,
        recovery=Recovery.REPLACE,
    )


def _crashed(how: str) -> TokenUnavailable:
    return TokenUnavailable(
        "module-crashed",
        f"the process that held the PKCS#11 module has ended ({how}); no signature came out of it",
        hint="try again; if it stays so, see the vendor's log and update the module",
        recovery=Recovery.REPLACE,
    )

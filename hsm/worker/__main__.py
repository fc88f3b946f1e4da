"""The worker: `python -m hsm.worker MODULE SESSIONS SERIALISE DEADLINE RESERVED`, requests on standard input.

Each of its threads reads a frame, answers it and writes the answer: the pipe is the queue, and a
request crosses one thread. What ends the worker is the end of its input, or its supervisor.
"""

import os
import select
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import NoReturn

from hsm.errors import HSMError, ModuleUnavailable, Recovery
from hsm.profile import ModuleProfile
from hsm.worker.hardening import forbid_core_dumps, forbid_debuggers, take_standard_streams
from hsm.worker.protocol import FrameReader, Kind, pack_error, pack_frame, pack_value, write_all
from hsm.worker.server import TokenServer

_PATIENCE = 1.0
"""Seconds for an orderly end, when the supervisor has gone."""
_LONGEST_HELD = 0.0005
"""Seconds that an answer waits for one more."""
# A look into the enumeration costs more than all the rest of the comparison.
_SIGNING, _SIGNATURE = frozenset((int(Kind.SIGN), int(Kind.LOGIN_AND_SIGN))), int(Kind.SIGNATURE)


class _Worker:
    """The threads of a worker process around one token."""

    def __init__(self, server: TokenServer, requests: int, replies: int, threads: int) -> None:
        self._threads = threads
        self._server = server
        self._requests = requests
        self._replies = replies
        self._frames = FrameReader(requests)
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._unwritten: deque[bytes] = deque()

    def run(self) -> NoReturn:
        """Answer requests until the input ends."""
        threading.Thread(target=self._watch, daemon=True).start()
        for _ in range(self._threads - 1):
            threading.Thread(target=self._serve, daemon=True).start()
        self._serve()
        self._leave()

    def _serve(self) -> None:
        """Answer requests; answers of a fast token are written several at once, before any wait."""
        held, since = b"", 0.0
        while True:
            frame = self._take(wait=not held)
            if frame is None:
                if not held or not self._write(held):
                    return
                held = b""
                continue
            request, kind, payload = frame
            begun = time.monotonic()
            kind, payload = _answer(self._server, kind, payload)
            ended = time.monotonic()
            since = since if held else ended
            held += pack_frame(request, kind, payload)
            if 2 * ended - begun > since + _LONGEST_HELD:  # when the next one may be done
                if not self._write(held):
                    return
                held = b""

    def _take(self, *, wait: bool) -> tuple[int, int, bytes | bytearray] | None:
        """Take the next request: None when there is none at hand, or, after a wait, never will be."""
        if not self._reading.acquire(blocking=wait):
            return None
        try:
            while (frame := self._frames.take()) is None:
                if not wait or not self._frames.fill():
                    return None
            return frame
        finally:
            self._reading.release()

    def _write(self, answers: bytes) -> bool:
        """Write answers, and those of others who come meanwhile: nobody waits for a turn to write."""
        self._unwritten.append(answers)
        while self._unwritten and self._writing.acquire(blocking=False):
            try:
                while self._unwritten:
                    write_all(self._replies, self._unwritten.popleft())
            except OSError:
                return False
            finally:
                self._writing.release()
        return True

    def _watch(self) -> None:
        """End this process also when all its threads are inside the module and none reads."""
        poll = select.poll()
        poll.register(self._requests, 0)
        poll.poll()
        threading.Event().wait(_PATIENCE)
        os._exit(0)

    def _leave(self) -> NoReturn:
        self._server.close()
        os._exit(0)


def _answer(server: TokenServer, kind: int, payload: bytes | bytearray) -> tuple[int, bytes]:
    try:
        value = server.answer(kind, payload)
    except HSMError as error:
        return Kind.ERROR, pack_error(error)
    except Exception as error:  # noqa: BLE001 - the process boundary: a defect costs the worker, not its client
        return Kind.ERROR, pack_error(_defect(error))
    return (_SIGNATURE if kind in _SIGNING else Kind.VALUE), value


def _defect(error: Exception) -> HSMError:
    return ModuleUnavailable(
        "worker-defect",
        f"the token's worker failed: {type(error).__name__}",
        hint="this is a defect of iki; try again",
        recovery=Recovery.REPLACE,
    )


def main(arguments: list[str]) -> int:
    """Load the module, say in frame 0 whether that worked, and serve."""
    forbid_core_dumps()
    forbid_debuggers()
    requests, replies = take_standard_streams()
    path, sessions, serialise, deadline, reserved = arguments
    profile = ModuleProfile(int(sessions), bool(int(serialise)), float(deadline), reserved=reserved)
    try:
        server = TokenServer(Path(path), {}, profile)
    except HSMError as error:
        write_all(replies, pack_frame(0, Kind.ERROR, pack_error(error)))
        return 1
    write_all(replies, pack_frame(0, Kind.VALUE, pack_value(None)))
    return _Worker(server, requests, replies, profile.width).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The worker: `python -m agent.service.documents`, with its end of the socket as standard input.

It answers one request after the other until its caller has gone.
"""

import gc
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NoReturn

from agent.service.documents.channel import Channel, ChannelClosedError, Kind
from agent.service.documents.confinement import allow_processor_time, confine
from agent.service.documents.messages import ENCODER, REQUESTS, Failure, Setup
from agent.service.documents.values import pack_error
from agent.service.documents.work import Work

MEMORY_STATUS = 71
"""Exit status of a worker for which there was no memory: what is left of it is not to be relied on."""
_PIECE = 1 << 20


def main() -> int:
    """Serve until the other end has gone."""
    channel = _take_channel()
    try:
        kind, payload, _ = channel.receive_with_files()
        setup = REQUESTS.decode(payload)
        if kind != Kind.REQUEST or not isinstance(setup, Setup):
            return os.EX_PROTOCOL
        work = Work(setup.limits, setup.mapping)
        gc.freeze()  # what was imported is never garbage
        confine(setup.limits)
        channel.send(Kind.VALUE, ENCODER.encode(None))
        while True:
            _, payload, files = channel.receive_with_files()
            _serve(channel, work, payload, files)
    except ChannelClosedError:
        return 0


def _take_channel() -> Channel:
    """Move the socket away from standard input, where a library might read."""
    connected = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return Channel(connected)


def _serve(channel: Channel, work: Work, payload: bytes, files: Sequence[int]) -> None:
    """Answer one request, when its files are closed again; raises ChannelClosedError."""
    kind = Kind.VALUE
    try:
        with ExitStack() as stack:
            streams = [stack.enter_context(os.fdopen(file, "rb")) for file in files]
            request = REQUESTS.decode(payload)
            if work.begins(request):
                allow_processor_time(work.limits.max_cpu_seconds)
            answer = work.answer(request, streams, lambda piece: _send_piece(channel, piece))
        if answer is None:
            return
        encoded = ENCODER.encode(answer.value)
    except MemoryError:
        _give_up()
    except ChannelClosedError:
        raise
    except Exception as error:  # noqa: BLE001 - the process boundary: a defect costs the document alone
        kind, encoded = Kind.ERROR, ENCODER.encode(_fail(error))
    channel.send(kind, encoded)


def _fail(error: Exception) -> Failure:
    """Build the message of an error; libxml2 words a lack of memory in its own way."""
    failure = pack_error(error)
    if failure.kind == "defect" and "memory" in failure.message.lower():
        _give_up()
    return failure


def _give_up() -> NoReturn:
    """End at once: to clean up would take memory."""
    os._exit(MEMORY_STATUS)


def _send_piece(channel: Channel, piece: bytes | memoryview) -> None:
    view = memoryview(piece)
    for start in range(0, len(view), _PIECE):
        channel.send(Kind.PIECE, view[start : start + _PIECE])


if __name__ == "__main__":
    sys.exit(main())

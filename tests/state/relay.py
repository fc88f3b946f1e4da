"""Between a client and PostgreSQL, on a Unix socket of its own: loses what a test wants to be lost."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = ".s.PGSQL.5432"


class Relay:
    """A way to a server that breaks at the commit, as often as it is told."""

    def __init__(self, folder: Path, server: Path) -> None:
        """Listen in `folder` for connections to the server whose socket is in `server`."""
        self.folder = folder
        self._server = server / _NAME
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _NAME))
        self._listener.listen()
        self.lose_commit = False
        """Break before the server gets it."""
        self.lose_answer = False
        """Break after the server has done it."""
        self.refuse = False
        """Take no more connections after that."""
        self.broken = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refuse and self.broken:
                    client.close()
                    continue
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(str(self._server))
                threading.Thread(target=self._forward, args=(client, upstream), daemon=True).start()
                threading.Thread(target=self._answer, args=(upstream, client), daemon=True).start()

    def _forward(self, client: socket.socket, upstream: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if b"COMMIT\0" in data and self.lose_commit:
                    self.lose_commit = False
                    self._break(client, upstream)
                    return
                upstream.sendall(data)
            upstream.shutdown(socket.SHUT_RDWR)

    def _answer(self, upstream: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := upstream.recv(65536):
                if b"COMMIT\0" in data and self.lose_answer:  # the server's CommandComplete
                    self.lose_answer = False
                    self._break(client, upstream)
                    return
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)

    def _break(self, *ends: socket.socket) -> None:
        self.broken += 1
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relaying(server: Path) -> Iterator[Relay]:
    """Stand between for a while."""
    with tempfile.TemporaryDirectory(prefix="iki-relay-") as name:
        relay = Relay(Path(name), server)
        try:
            yield relay
        finally:
            relay.close()

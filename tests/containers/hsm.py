"""The central HSM in its container, as a backend of the contract."""

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hsm import PKCS11URI, ModuleProfile
from tests.backends.backend import TOKEN_PIN, Certify, Lacking, Outage, Place
from tests.backends.p11kit import KINDS, find_client
from tests.backends.provisioning import furnish, make_token
from tests.backends.softhsm import SO_PIN
from tests.containers.engine import NAME, do_docker

_SECONDS: Final = 60.0


class ContainerBackend:
    """SoftHSM and a p11-kit server in a container: every place is another token of the same one."""

    name = NAME
    everyday = False
    kinds: tuple[str, ...] = KINDS
    pss = True
    locks_after: int | None = None
    always_authenticates = False
    outages: tuple[str, ...] = ("stopped", "killed", "paused", "restarted")

    def __init__(self, container: str, folder: Path) -> None:
        """Take the container of that name, whose sockets are in `folder`."""
        self._container = container
        self._folder = folder
        self._numbers = itertools.count(1)

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:  # noqa: ARG002 - nothing is on this side
        """Make one more token, through the socket as everything."""
        client, variables = find_client(), self._address("socket")
        label = f"container {next(self._numbers)}"
        made = make_token(client, variables, label=label, so_pin=SO_PIN, pin=TOKEN_PIN)
        token = PKCS11URI(token=made.label, serial=made.serial)
        keys = furnish(client, variables, token, TOKEN_PIN, kinds=KINDS, certify=certify)
        yield Place(
            client,
            variables,
            token,
            TOKEN_PIN,
            keys,
            ModuleProfile(sessions=4, deadline=20.0),
            Lacking(keys[0], "CKM_ECDSA", variables=self._address("poor")),
            self._list_outages(),
        )

    def wait(self) -> None:
        """Wait until both sockets are there."""
        until = time.monotonic() + _SECONDS
        while not all((self._folder / name).exists() for name in ("socket", "poor")):
            assert time.monotonic() < until, do_docker("logs", self._container)
            time.sleep(0.02)

    def _address(self, socket: str) -> Mapping[str, str]:
        return {"P11_KIT_SERVER_ADDRESS": f"unix:path={self._folder / socket}"}

    def _list_outages(self) -> Mapping[str, Outage]:
        return {
            "stopped": Outage(lambda: self._act("stop"), self._start),
            "killed": Outage(lambda: self._act("kill"), self._start),
            "paused": Outage(lambda: self._act("pause"), self._resume, silent=True),
            "restarted": Outage(self._restart, lambda: None, lasting=False),
        }

    def _act(self, verb: str) -> None:
        do_docker(verb, self._container)

    def _restart(self) -> None:
        self._act("stop")
        self._start()

    def _start(self) -> None:
        """Start it; what the last run left of its sockets is not taken for those of this one."""
        if self._state() == "running":
            return
        for name in ("socket", "poor"):
            (self._folder / name).unlink(missing_ok=True)
        self._act("start")
        self.wait()

    def _resume(self) -> None:
        if self._state() == "paused":
            self._act("unpause")

    def _state(self) -> str:
        return do_docker("inspect", "--format", "{{.State.Status}}", self._container).strip()

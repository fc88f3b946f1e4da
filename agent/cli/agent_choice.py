"""Whether a command asks the agent or does its work itself, and what it says of that."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent.cli.console import print_note
from agent.client.connection import find_endpoint
from agent.dataclass import dataclass
from agent.endpoint import VARIABLE, Endpoint, UnixEndpoint
from agent.errors import IkiError
from agent.service.workspace import configuration_path

_CONFIGURATION_HEADER: Final = "Iki-Configuration"
_PATIENCE: Final = 5.0
"""Seconds after which it is said what is waited for."""


@dataclass(frozen=True, slots=True)
class ChosenAgent:
    """The agent that a command asks."""

    endpoint: Endpoint
    headers: dict[str, str]
    """Says which configuration is meant, when nobody named the agent."""
    named: bool
    """`IKI_AGENT` names it: then nothing is done without it."""

    def may_do_without(self, error: IkiError) -> bool:
        """Tell whether the command does its work itself after this error, and say so."""
        if self.named or error.code != "configuration-other":
            return False
        print_note(f"{error.message}; this is done without it")
        return True


def choose_agent(config: Path | None, *, no_agent: bool) -> ChosenAgent | None:
    """Choose the agent: the one that `IKI_AGENT` names, else the one in the runtime folder; None without one.

    A socket in the runtime folder that nobody answers on is told, and done without.

    Raises:
        UsageError: `agent-address`.

    """
    if no_agent:
        return None
    endpoint = find_endpoint()
    if os.environ.get(VARIABLE):
        return ChosenAgent(endpoint, {}, named=True)
    if not isinstance(endpoint, UnixEndpoint) or not _answers(endpoint.path):
        return None
    meant = configuration_path(config).absolute()
    is_meant = config is not None or meant.is_file()
    return ChosenAgent(endpoint, {_CONFIGURATION_HEADER: str(meant)} if is_meant else {}, named=False)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            print_note(f"{path}: no agent answers there ({error.strerror or error}); this is done without it")
            return False
    return True


@contextmanager
def telling_of_waiting() -> Iterator[None]:
    """Tell whoever waits long what they may be waiting for."""
    text = "waiting for the agent: its token may want to be touched"
    clock = threading.Timer(_PATIENCE, print_note, (text,))
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()

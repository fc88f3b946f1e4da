"""A rehearsal environment whose commands find an agent."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.daemon import Daemon, daemon_of
from tests.support.lab import Lab, Run

_ASK: Final = frozenset({"sign", "countersign", "policy"})
"""The commands that ask an agent."""


@dataclass(frozen=True, slots=True)
class ServedLab(Lab):
    """A rehearsal environment with a daemon, started at the first command that asks it."""

    stack: ExitStack
    daemons: list[Daemon]

    def iki(self, *arguments: str | Path, variables: Any = None, **more: Any) -> Run:
        """Run `iki`; the daemon has read the configuration as it is now."""
        if arguments[0] not in _ASK:
            return Lab.iki(self, *arguments, variables=variables, **more)
        if self.daemons:
            self.daemons[0].ask("POST", "/agent/reload")
        else:
            self.daemons.append(self.stack.enter_context(daemon_of(Lab(self.folder))))
        found = self.daemons[0].variables
        return Lab.iki(self, *arguments, variables={**found, **(variables or {})}, **more)


@contextmanager
def serving(lab: Lab) -> Iterator[ServedLab]:
    """Serve an environment while the block lasts; no defect may have been met at its end."""
    with ExitStack() as stack:
        served = ServedLab(lab.folder, stack, [])
        yield served
        for daemon in served.daemons:
            assert daemon.logged().count("internal") == 0, daemon.logged()

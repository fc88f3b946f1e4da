"""How somebody wants the desk to run; imports nothing, for the command line."""

from agent.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """What was said on the command line."""

    port: int
    """TCP port on 127.0.0.1; 0 is any that is free."""
    idle_seconds: float
    """After so long without a request the desk ends."""
    open_browser: bool
    allow_root: bool

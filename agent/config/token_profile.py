"""How the PKCS#11 module wants to be used: `[module.profile]`."""

from typing import Literal

from agent.dataclass import dataclass

Process = Literal["worker", "own"]
"""Where the module is loaded: in a worker process of its own, or in the process of the command."""


@dataclass(frozen=True, slots=True)
class TokenProfile:
    """The defaults suit SoftHSM and smart cards; a network HSM bears more sessions."""

    sessions: int = 1
    """Sessions that may sign at the same time, 1 to 30."""
    serialise: bool = False
    """The module cannot bear two threads: one call at a time."""
    deadline_seconds: int = 60
    """All that one request to the token may take, in seconds."""
    notice_seconds: int = 5
    """Seconds of waiting for a signature after which the user is told to look at the token."""
    pin_entry_seconds: int = 120
    """How long a person may take to enter a PIN at the token's own pad."""
    process: Process = "worker"
    """A worker survives the module's crashes and ends its hangs; the command's own process does neither."""


DEFAULT_PROFILE = TokenProfile()
"""What holds where the configuration says nothing."""

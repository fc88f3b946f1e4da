"""What every endpoint that uses a key on somebody's behalf needs to know of them."""

from pathlib import Path
from typing import Final

from agent.daemon.routing import Call
from agent.errors import AgentError, TokenError
from agent.service.files import InputFile
from agent.service.held.ring import HeldRing
from agent.service.pins.terminal import Operator

CONFIGURATION_HEADER: Final = "Iki-Configuration"
"""Carries the path of the configuration that the caller means, where it has one in mind."""


def build_ring(call: Call, signer: str, *, final_try: bool) -> HeldRing:
    """Build a signer's keys; nobody can be asked for a PIN while a request is worked on.

    `final_try` is heard from the agent's own user alone: whoever else asks may not risk the token.

    Raises:
        UsageError: `signer-unknown`.

    """
    settings = call.agent.workspace.configuration.find_signer(signer)
    return HeldRing(call.agent.tokens, settings, Operator(_ask_nobody, final_try and call.peer.controls))


def check_configuration(call: Call) -> None:
    """Check that the agent has the configuration that the caller means, if it says which.

    Raises:
        AgentError: `configuration-other`.

    """
    meant = call.request.headers.get(CONFIGURATION_HEADER)
    ours = str(call.agent.workspace.configuration.path)
    if meant is not None and meant != ours:
        raise AgentError(
            "configuration-other",
            f"the agent has another configuration: {ours}",
            hint="leave --config and IKI_CONFIG out, or add --no-agent",
        )


def name_file(path: Path, name: str, folder: str | None) -> InputFile:
    """Name a file that came in as whoever sent it does."""
    recorded = name if folder is None else str(Path(folder) / name)
    return InputFile(path, Path(name), recorded)


def _ask_nobody(label: str) -> str:
    raise TokenError(
        "pin-unavailable",
        f"the {label} cannot be asked for: the agent has no terminal",
        hint="iki agent unlock",
    )

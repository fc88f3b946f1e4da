"""`iki agent stop`."""

import time

from agent.cli.console import print_line
from agent.client.connection import ask, find_endpoint
from agent.endpoint import UnixEndpoint

_STEP = 0.05
"""Seconds between two looks."""


def command() -> None:
    """Stop the agent: requests under way end first, then tokens are locked and the socket goes."""
    endpoint = find_endpoint()
    status = ask(endpoint, "GET", "/agent")
    ask(endpoint, "POST", "/agent/stop")
    end = time.monotonic() + status["drain_seconds"]
    while _is_there(endpoint, status) and time.monotonic() < end:
        time.sleep(_STEP)
    print_line(f"Stopped the agent on {endpoint}, process {status['pid']}")


def _is_there(endpoint: object, status: dict[str, object]) -> bool:
    """Tell whether its socket is; one of systemd's stays, and asking there would start the agent again."""
    return isinstance(endpoint, UnixEndpoint) and not status["activated"] and endpoint.path.exists()

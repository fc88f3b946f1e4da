"""`iki agent reload`."""

from agent.cli.console import print_line
from agent.client.connection import ask, find_endpoint


def command() -> None:
    """Let the agent read its configuration anew; one that is wrong is refused, and the old one stays.

    Tokens that are configured as before stay unlocked; the others are locked.
    """
    endpoint = find_endpoint()
    ask(endpoint, "POST", "/agent/reload")
    status = ask(endpoint, "GET", "/agent")
    print_line(f"Reloaded {status['configuration']}, SHA-256 {status['configuration_sha256']}")

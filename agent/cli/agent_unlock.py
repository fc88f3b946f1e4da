"""`iki agent unlock`."""

from typing import Any

from agent.cli.agent_status import print_tokens
from agent.cli.console import print_json
from agent.cli.options import AgentSignersOption, FinalTryOption, JSONOption
from agent.client.connection import LONG_SECONDS, ask, find_endpoint
from agent.endpoint import Endpoint
from agent.service.pins.terminal import prompt_on_terminal


def command(
    signers: AgentSignersOption = None, final_try: FinalTryOption = False, as_json: JSONOption = False
) -> None:
    """Unlock tokens: the PIN is asked for once, and held by the token's worker until it is locked.

    A PIN that the configuration has from elsewhere (a file, a program, a credential) the agent gets itself.
    """
    endpoint = find_endpoint()
    tokens = _choose(ask(endpoint, "GET", "/tokens")["tokens"], signers or [])
    for token in tokens:
        _unlock(endpoint, token, final_try=final_try)
    # whoever named a signer that there is not is told by the agent, as is one with nothing to unlock
    named = {"signers": [*(signers or [])], "final_try": final_try}
    answer = ask(endpoint, "POST", "/agent/unlock", named, seconds=LONG_SECONDS)
    if as_json:
        print_json(answer)
    else:
        print_tokens(answer["tokens"])


def _choose(tokens: list[dict[str, Any]], signers: list[str]) -> list[dict[str, Any]]:
    """List the locked tokens that a person's PIN is needed for."""
    return [
        token
        for token in tokens
        if token["state"] == "locked"
        and token["asks_person"]
        and (not signers or set(signers) & set(token["signers"]))
    ]


def _unlock(endpoint: Endpoint, token: dict[str, Any], *, final_try: bool) -> None:
    name = token["signers"][0]
    pin = prompt_on_terminal(f"PIN of the token {token['uri']} (signer {name})")
    body = {"signers": [name], "pin": pin, "final_try": final_try}
    ask(endpoint, "POST", "/agent/unlock", body, seconds=LONG_SECONDS)

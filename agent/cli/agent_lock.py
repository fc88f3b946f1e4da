"""`iki agent lock`."""

from agent.cli.agent_status import print_tokens
from agent.cli.console import print_json
from agent.cli.options import AgentSignersOption, JSONOption
from agent.client.connection import LONG_SECONDS, ask, find_endpoint


def command(signers: AgentSignersOption = None, as_json: JSONOption = False) -> None:
    """Lock tokens: the agent forgets their PINs and ends their workers; what is being signed fails.

    They stay locked until `iki agent unlock`, also where the PIN comes from a file.
    """
    answer = ask(find_endpoint(), "POST", "/agent/lock", {"signers": signers or []}, seconds=LONG_SECONDS)
    if as_json:
        print_json(answer)
    else:
        print_tokens(answer["tokens"])

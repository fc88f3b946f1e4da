"""What to send to whom, once a submission is signed or countersigned (MP168)."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.cpl.hand_over import HandOver
from agent.operations import Operation
from agent.roles import Role

PARTIES = {Role.SUPPLIER: "a Supplier", Role.DCC: "the DCC"}
"""Who countersigns, in words."""


def describe_hand_over(
    operation: Operation, found: HandOver | None, files: Sequence[str]
) -> dict[str, object]:
    """Build the JSON object of what to send to whom (docs/schemas/sign.schema.json)."""
    to = "secas" if operation is Operation.COUNTERSIGN else found.to.value if found else None
    return {"to": to, "kind": found.kind.value if found else None, "files": list(files)}


def word_hand_over(described: Mapping[str, Any]) -> str:
    """Say what to send to whom, in one line, of what `describe_hand_over` built."""
    what, to = " and ".join(described["files"]), described["to"]
    if to == "secas":
        return f"Send    {what} to SECAS"
    if to is None:
        return f"Send    {what} to a Supplier (Devices), or to the DCC (Communications Hubs)"
    return f"Send    {what} to {PARTIES[Role(to)]}, to countersign {described['kind']}"

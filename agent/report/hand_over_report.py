"""What to send to whom, once a submission is signed or countersigned (MP168)."""

from collections.abc import Sequence

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


def word_hand_over(operation: Operation, found: HandOver | None, files: Sequence[str]) -> str:
    """Say what to send to whom, in one line."""
    what = " and ".join(files)
    if operation is Operation.COUNTERSIGN:
        return f"Send    {what} to SECAS"
    if found is None:
        return f"Send    {what} to a Supplier (Devices), or to the DCC (Communications Hubs)"
    return f"Send    {what} to {PARTIES[found.to]}, to countersign {found.kind}"

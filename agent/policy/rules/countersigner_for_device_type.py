"""Devices are countersigned by a Supplier, Communications Hubs by the DCC; one workbook holds one kind."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agent.cpl.device_types import COUNTERSIGNER, find_model_kind
from agent.operations import Operation
from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule
from agent.roles import Role

if TYPE_CHECKING:
    from agent.cpl.entries import SubmissionForm


_LISTED: Final = 20
"""Rows that are named one by one."""


def check_form(form: "SubmissionForm", role: Role) -> Iterable[Answer]:
    """Check a form against the role that signs it; a manufacturer's must only be of one kind."""
    kinds = {entry.row: find_model_kind(entry.device_type) for entry in form.entries}
    present = sorted({kind for kind in kinds.values() if kind is not None})
    if len(present) > 1:
        lists = "; ".join(
            f"{kind} in {_list_rows(row for row, found in kinds.items() if found is kind)}"
            for kind in present
        )
        yield Answer(
            form.sheet,
            "the form holds both Devices and Communications Hubs, which nobody may countersign together:"
            f" {lists}",
            "make one workbook of each: iki cpl split FILE",
        )
    elif role.countersigns and present and COUNTERSIGNER[present[0]] is not role:
        expected = COUNTERSIGNER[present[0]]
        yield Answer(
            form.sheet,
            f"the form holds {present[0]}, to be countersigned by the role {expected}, not by {role}",
            f"countersign with a signer whose role is {expected}",
        )


def _list_rows(rows: Iterable[int]) -> str:
    listed = [str(row) for row in rows]
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return f"{'row' if len(listed) == 1 else 'rows'} {', '.join(listed[:_LISTED])}{more}"


def _check(facts: SigningFacts) -> Iterable[Answer]:
    if facts.form is not None and facts.operation in {Operation.SIGN, Operation.COUNTERSIGN}:
        yield from check_form(facts.form, facts.role)


def _evidence(facts: SigningFacts) -> Iterable[str]:
    types = Counter(entry.device_type for entry in facts.form.entries) if facts.form else {}
    for device_type, count in sorted(types.items())[:_LISTED]:
        kind = find_model_kind(device_type)
        countersigner = f"{kind}, countersigned by {COUNTERSIGNER[kind]}" if kind else "not known"
        yield f"{count} of {device_type or 'no device type'}: {countersigner}"


RULE = Rule(
    code="countersigner-for-device-type",
    clause="MP168 (Devices: Supplier; Communications Hubs: DCC)",
    summary="Devices not countersigned by a Supplier, Communications Hubs not by the DCC, or both kinds in"
    " one workbook",
    check=_check,
    evidence=_evidence,
)

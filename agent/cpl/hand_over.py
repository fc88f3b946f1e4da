"""To whom a submission goes next: who countersigns follows from its device types (MP168)."""

from collections.abc import Iterable

from agent.cpl.device_types import COUNTERSIGNER, ModelKind, find_model_kind
from agent.cpl.entries import Entry, SubmissionForm
from agent.dataclass import dataclass
from agent.roles import Role


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who countersigns what the form holds."""

    kind: ModelKind
    to: Role


def find_hand_over(form: SubmissionForm | None) -> HandOver | None:
    """Find who countersigns a form; None when that cannot be told of every entry, or is not one party."""
    kinds = {find_model_kind(entry.device_type) for entry in (form.entries if form else ())}
    kind = kinds.pop() if len(kinds) == 1 else None
    return HandOver(kind, COUNTERSIGNER[kind]) if kind else None


def part_entries(entries: Iterable[Entry]) -> dict[ModelKind | None, list[Entry]]:
    """Part entries by their kind, each list in the order of the form; None for those of no known kind."""
    parted: dict[ModelKind | None, list[Entry]] = {}
    for entry in entries:
        parted.setdefault(find_model_kind(entry.device_type), []).append(entry)
    return parted

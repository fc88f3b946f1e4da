"""The same question put to this program and to the outside judges."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.conformance.building import build
from tests.conformance.exceptions import CERTVALIDATOR, OPENSSL, find_exception
from tests.conformance.judges import ask_certvalidator, ask_openssl
from tests.conformance.judging import Material, Opinion, judge
from tests.conformance.plans import Case, assemble


@dataclass(slots=True)
class Tally:
    """What a run saw."""

    cases: int = 0
    accepted: int = 0
    excused: Counter[str] = field(default_factory=Counter)
    """How often each judge differed for a listed reason."""
    silent: Counter[str] = field(default_factory=Counter)
    """How often each judge broke down instead of answering."""


def compare(case: Case, folder: Path, tally: Tally) -> None:
    """Ask everybody about a case.

    Raises:
        AssertionError: when a judge differs, and no exception says why.

    """
    material = build(assemble(case))
    ours = judge(material, policies=case.inputs)
    tally.cases += 1
    tally.accepted += ours.valid
    judges: dict[str, Callable[[Material], Opinion | None]] = {
        OPENSSL: lambda material: ask_openssl(material, case.inputs, folder),
        CERTVALIDATOR: lambda material: ask_certvalidator(material, case.inputs),
    }
    for name, ask in judges.items():
        _compare_with(name, ask, case, ours, ask(material), tally)


def _compare_with(
    name: str,
    ask: Callable[[Material], Opinion | None],
    case: Case,
    ours: Opinion,
    theirs: Opinion | None,
    tally: Tally,
) -> None:
    """Compare two opinions; where an exception excuses a fault, compare again without that fault."""
    while theirs is not None and ours.valid != theirs.valid:
        stricter = theirs.valid
        rest = tuple(
            fault for fault in case.faults if find_exception(name, case, fault, stricter=stricter) is None
        )
        assert rest != case.faults, f"{name}: {theirs}; this program: {ours}; {case}"
        tally.excused[name] += 1
        case = replace(case, faults=rest)
        material = build(assemble(case))
        ours, theirs = judge(material, policies=case.inputs), ask(material)
    if theirs is None:
        tally.silent[name] += 1

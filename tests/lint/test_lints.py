"""Each lint finds what it is for, at its place, and passes over what only looks like it."""

import pytest

from agent.cpl.lints import FORM_LINTS
from agent.findings import Effect, Level
from agent.policy.content import content_lints
from agent.verdicts import Indication
from tests.lint.case import Case
from tests.lint.cell_cases import CELL_CASES
from tests.lint.observing import content_findings, observed, verify
from tests.lint.shown_cases import SHOWN_CASES, with_shared_model
from tests.lint.workbook_cases import WORKBOOK_CASES
from tests.support.workbooks.sheets import example_form

_SETTLED = ("form-merged", "form-format", "form-number", "print-area")
_CASES = (*WORKBOOK_CASES, *CELL_CASES, *SHOWN_CASES)
_HITS = [case for case in _CASES if case.where]
_NEAR_MISSES = [case for case in _CASES if not case.where]


def _name(case: Case) -> str:
    return f"{case.code} {case.what}".strip()


@pytest.mark.parametrize("case", _HITS, ids=_name)
def test_a_hit_names_its_place(case: Case) -> None:
    """The finding has the lint's code and clause, sheet and cell, and a level that does not refuse."""
    (finding,) = [item for item in content_findings(case.crafted.build()) if item.code == case.code]
    lint = content_lints()[case.code]
    level = Level.INFORM if lint.effect is Effect.NONE else Level.WARN
    assert (finding.where, finding.level, finding.clause) == (case.where, level, lint.clause)


@pytest.mark.parametrize("case", _NEAR_MISSES, ids=_name)
def test_a_near_miss_says_nothing(case: Case) -> None:
    """What only looks like it is not told of."""
    assert case.code not in observed(case.crafted.build())


def test_every_lint_has_a_hit() -> None:
    """Of those about the workbook; `test_evasion` and `test_form` have the others."""
    elsewhere = {lint.code for lint in FORM_LINTS} | {"unusual-markup", *_SETTLED}
    assert {case.code for case in _HITS} | elsewhere == set(content_lints())


def test_a_plain_form_has_nothing() -> None:
    """The crafted workbooks differ from it in one thing each."""
    assert content_findings(example_form()) == []


@pytest.mark.parametrize(
    ("string", "fill", "code"),
    [
        ("<r><t>10</t></r><r><rPr><strike/></rPr><t>A1</t></r>", "", "text-run-struck"),
        ('<r><rPr><color rgb="FF1F3864"/></rPr><t>10A1</t></r>', "1F3864", "text-run-invisible"),
        ('<r><rPr><color rgb="FF1F3864"/></rPr><t>10A1</t></r>', "FFFFCC", ""),
    ],
)
def test_a_shared_string_is_told_of_at_the_cell_of_the_form(string: str, fill: str, code: str) -> None:
    """A piece in the colour of its cell hides in that cell alone; another cell of the colour is no reason."""
    pattern = f'<patternFill patternType="solid"><fgColor rgb="FF{fill}"/></patternFill>' if fill else ""
    found = observed(with_shared_model(string, fill=pattern).build())
    assert found.get(code) == (["'CPL submission'!B6"] if code else None)
    assert code or not found


def test_raised_to_refuse_a_lint_leaves_the_verdict_open() -> None:
    """Without a raised lint a hidden sheet weighs nothing; with it, the verdict is about the constraints."""
    case = next(case for case in _CASES if case.code == "sheet-hidden")
    plain = verify(case.crafted.build())
    raised = verify(case.crafted.build(), b'[lint.verify]\nsheet-hidden = "refuse"\n')
    assert plain.verdict == raised.verdict
    assert raised.verdict.indication is not Indication.TOTAL_PASSED
    levels = [
        [item.level for item in found.findings if item.code == "sheet-hidden"] for found in (plain, raised)
    ]
    assert levels == [[Level.WARN], [Level.REFUSE]]

"""Data validation that shows a text of its own beside the cell."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedSheet
from agent.formats.spreadsheet.lint.names import is_true, split_tag


def _check(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    for item in element.iter():
        if split_tag(item.tag)[1] != "dataValidation" or not is_true(item.get("showInputMessage")):
            continue
        text = " ".join(filter(None, (item.get("promptTitle"), item.get("prompt"))))
        if text.strip():
            where = sheet.place(item.get("sqref", "")[:60])
            yield where, f"whoever selects the cell is shown {text[:60]!r} beside it"


CHECK = Check(
    Lint(
        "data-validation-prompt",
        "ECMA-376-1 18.3.1.32",
        "data validation with a prompt that is shown beside the cell",
        Effect.BESIDE,
    ),
    element=_check,
)

"""docs/findings.md, built from what the rooms declare: `make docs` writes it, a test says that it is current.

A room that has findings declares them in its `findings.py`, as `DECLARED`, and has a section here.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.formats.package import findings as package
from agent.policy import findings as policy
from agent.verdicts import DeclaredFinding, Verdict

_INTRODUCTION = """\
# Findings of the verifier

<!-- Generated from the declarations by `make docs`; a test says that it is current. Change a room's
findings.py, not this page. -->

What a verdict can say of a document. The code is stable; a program matches on it, never on the words. The
level is what the finding weighs when nothing else is said; the verdict is the one of ETSI EN 319 102-1 that a
finding of level *refuse* leads to. Findings on certificates, and on what may be signed, are
[rules of the policy](policy.md). What is not in [the profile](signature.md) is refused by one of these: there
is no "unknown, ignored".
"""
SECTIONS: tuple[tuple[str, tuple[DeclaredFinding, ...]], ...] = (
    ("The package and its signatures", package.DECLARED),
    ("The set of signatures", policy.DECLARED),
)
"""Title and declarations of each room."""


def build_findings_page() -> str:
    """Build the page, Markdown."""
    sections = (f"\n## {title}\n\n" + "\n".join(_list_rows(declared)) for title, declared in SECTIONS)
    return _INTRODUCTION + "\n".join(sections) + "\n"


def _list_rows(declared: Iterable[DeclaredFinding]) -> Iterator[str]:
    yield "| finding | means | level | verdict | clause |"
    yield "|---|---|---|---|---|"
    for finding in declared:
        verdict = Verdict.of(finding.sub_indication)
        words = f"{verdict.indication}, {verdict.sub_indication}"
        yield f"| `{finding.code}` | {finding.meaning} | {finding.level} | {words} | {finding.clause} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(build_findings_page(), encoding="utf-8", newline="\n")

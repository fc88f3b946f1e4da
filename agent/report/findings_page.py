"""docs/findings.md, built from what the rooms declare: `make docs` writes it, a test says that it is current.

A room that has findings declares them in its `findings.py`, as `DECLARED`, and has a section here.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.formats import findings as containers
from agent.formats.cms import findings as cms
from agent.formats.package import findings as package
from agent.formats.timestamp import findings as timestamp
from agent.pki.crl_sources import CRL_SOURCE_NOTES
from agent.policy import findings as policy
from agent.policy.content import Stage, content_lints, default_level
from agent.policy.form_rules import FORM_RULES
from agent.policy.rules import CERTIFICATE_RULES, countersigner_for_device_type, four_eyes
from agent.verdicts import DeclaredFinding, SubIndication, Verdict

_INTRODUCTION = """\
# Findings of the verifier

<!-- Generated from the declarations by `make docs`; a test says that it is current. Change a room's
findings.py, not this page. -->

What a verdict can say of a document. The code is stable; a program matches on it, never on the words. The
level is what the finding weighs when nothing else is said; the verdict is the one of ETSI EN 319 102-1 that a
finding of level *refuse* leads to, and none where the finding does not weigh on it. What is not in
[the profile](signature.md) is refused by one of these: there is no "unknown, ignored".
"""
_RULES = """\
## Certificates and roles

Rules of the policy; [policy.md](policy.md) has what they find, their clauses and levels:
{codes}.
"""
_FORMS = """\
## What the form says

Rules of the policy; [policy.md](policy.md) has what they find, their clauses and levels. They weigh what
`form_at_verification` of the policy file says at most, `warn` unless it says otherwise; with `refuse` they
lead to INDETERMINATE, SIG_CONSTRAINTS_FAILURE: {codes}.
"""
_LINTS = """\
## The content

What may make people see something else than was signed. The levels are those at verification; the policy file
may set others.
"""
_SOURCES = """\
## Sources of CRLs

Notes about a file or URL that gave no list, or a worse one than before ([crl.md](crl.md), their clause), or
one that cannot be read (`crl-malformed`, above). All warn, and none weighs on the verdict: whether a
certificate is shown to be unrevoked, `revocation` says.
"""
SECTIONS: tuple[tuple[str, tuple[DeclaredFinding, ...]], ...] = (
    ("The package and its signatures", package.DECLARED),
    ("The detached CMS and its signatures", cms.DECLARED),
    ("Signatures in either", containers.DECLARED),
    ("Timestamps by themselves", timestamp.DECLARED),
    ("The document, the set of signatures, and proven times", policy.DECLARED),
    ("Answers of a timestamping authority; no verdict has these", timestamp.OF_ANSWERS),
)
"""Title and declarations of each room."""
RULE_CODES = (
    *(rule.code for rule in CERTIFICATE_RULES),
    four_eyes.RULE.code,
    countersigner_for_device_type.RULE.code,
)
"""The rules that a verifier asks."""


def build_findings_page() -> str:
    """Build the page, Markdown."""
    rooms = "\n".join(f"\n## {title}\n\n" + "\n".join(_list_rows(declared)) for title, declared in SECTIONS)
    rules = _RULES.format(codes=", ".join(f"`{code}`" for code in RULE_CODES))
    forms = _FORMS.format(codes=", ".join(f"`{rule.code}`" for rule in FORM_RULES))
    lints = "\n".join(_list_lint_rows())
    notes = "\n".join(f"| `{code}` | {meaning} |" for code, meaning in CRL_SOURCE_NOTES.items())
    sources = f"{_SOURCES}\n| note | means |\n|---|---|\n{notes}\n"
    return f"{_INTRODUCTION}{rooms}\n\n{rules}\n{forms}\n{sources}\n{_LINTS}\n{lints}\n"


def _list_rows(declared: Iterable[DeclaredFinding]) -> Iterator[str]:
    yield "| finding | means | level | verdict | clause |"
    yield "|---|---|---|---|---|"
    for finding in declared:
        verdict = _word(finding.sub_indication)
        yield f"| `{finding.code}` | {finding.meaning} | {finding.level} | {verdict} | {finding.clause} |"


def _list_lint_rows() -> Iterator[str]:
    yield "| finding | means | level | verdict | clause |"
    yield "|---|---|---|---|---|"
    verdict = _word(SubIndication.SIG_CONSTRAINTS_FAILURE)
    for lint in content_lints().values():
        level = default_level(lint, Stage.VERIFY)
        yield f"| `{lint.code}` | {lint.summary} | {level} | {verdict} | {lint.clause} |"


def _word(sub_indication: SubIndication | None) -> str:
    if sub_indication is None:
        return "none"
    verdict = Verdict.of(sub_indication)
    return f"{verdict.indication}, {verdict.sub_indication}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(build_findings_page(), encoding="utf-8", newline="\n")

"""docs/policy.md, built from the rules themselves: `make docs` writes it, a test says that it is current."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from agent.policy.content import Stage, content_lints, default_level
from agent.policy.form_rules import FORM_RULES
from agent.policy.rule import Rule
from agent.policy.rules import ACCESS_RULES, CERTIFICATE_RULES, SIGNING_RULES

_INTRODUCTION = """\
# Policy: the rules

<!-- Generated from the rules by `make docs`; a test says that it is current. Change agent/policy/, not
this page. -->

Every rule runs, and everything that is found is reported; one finding of level *refuse* refuses. The policy
file (`[policy] file`, see `config/policy.example.toml`) may lower only the rules that say so here, and a
lowered rule is named in every report and audit record. `iki policy explain --as NAME [FILE]` shows each
rule's answer and what it looked at, without touching the key; `iki policy check FILE.toml` checks a policy
file.
"""
_DOCUMENT = (
    "Asked when a key is to sign. A verifier asks `four-eyes` and `countersigner-for-device-type` of the set"
    " of signatures too; what fails there is TOTAL-FAILED."
)
_FORM = """\
Asked when a key is to sign or countersign, by `iki cpl check FILE`, and at verification of a document whose
signatures hold, where a finding weighs at most what `form_at_verification` of the policy file says: `warn`
unless it says otherwise; with `refuse` the verdict is INDETERMINATE (SIG_CONSTRAINTS_FAILURE). A finding
names sheet and cell, what stands there and what is expected ([cpl.md](cpl.md)). Formulas and merged cells in
the form are content, below."""
_SECTIONS: tuple[tuple[str, str, tuple[Rule[Any], ...]], ...] = (
    (
        "The signer's certificate",
        "Asked when a key is to sign and, of each signature, at verification.",
        CERTIFICATE_RULES,
    ),
    (
        "The use of the key",
        "Asked whenever a key is to be used, for a certification request too.",
        ACCESS_RULES,
    ),
    (
        "The document",
        _DOCUMENT,
        SIGNING_RULES,
    ),
    (
        "What the form says",
        _FORM,
        FORM_RULES,
    ),
)
_CONTENT = """\
## The content

What in a workbook can make people see something else than its cells say. A valid signature does not stop
that. Asked when a key is to sign or countersign, and at verification; a finding names sheet and cell. Every
level may be set, for signing under `[lint.sign]`, for verification under `[lint.verify]`; one that is
milder than here is named in every report and audit record. A lint that refuses at verification makes the
verdict INDETERMINATE (SIG_CONSTRAINTS_FAILURE). `policy explain` shows the lints that observed something.
"""
_NOTES = """\
## Notes

**privateKeyUsagePeriod** is judged at the time of judging, also at verification: without a trusted
timestamp, when a signature was made is a claim.

**keyUsage** that is absent restricts nothing by RFC 5280 clause 4.2.1.3. It refuses here all the same: IKI
Certificates name digitalSignature, and of one without keyUsage nobody said that its key is for signatures.

**Roles** are checked against the role codes of the policy file (`[roles]`), against the party register
(`[policy] parties`, see `config/parties.toml`) and, when signing, against the signer's own
`[signers.NAME.subject]`. Each of them that is there must agree. Without a register roles come from the role
code alone, and every report says so (`role_basis` in JSON). A party is found by its organisation, and by
role code, EUI-64 and pinned certificates as far as the register gives them.

**Device types** are known by the SEC's abbreviations and names, without regard to case, spaces and
punctuation: CHF and GPF are Communications Hubs; ESME, SAPC, GSME, HCALCS, PPMID, IHD and CAD are Devices.
A type that is not known is warned of, because the spellings of SECAS's own form are not known to us.

**Sources**: `MP168` is what that modification says of who signs what; `CPL submission form` what is
published of what the form asks for; `DCC interface schema` and `documents` are those of a sibling interface,
which is why most of what rests on them warns. No clause of the Smart Energy Code itself is named: its text
was not compared with these rules. What rests on our own judgement names a page of this documentation.

**Levels** that a rule gives a single finding ("warns of …") are not raised by the policy file; the rule's own
level is. `firmware_coding` and `assurance_horizon_days` of the policy file are what `firmware-coding` and
`assurance-certificate-ending` compare with.

**Content** is judged by what its octets say, not by rendering it. Hidden rows and columns count when they
have content. Text is invisible below a contrast of 1.36 (WCAG 2.2) to its own cell's fill, and an entry of
the form hardly stands out below 2; a piece of rich text is compared with white, and in the form with its
cell. A row is too low below three quarters of its letters' size. What is printed over cells is reckoned from
margins, sizes and lines. A number format is told of when one of its sections shows no value, or literals
that look like one. `unusual-markup` stands for whatever was not looked through: a sheet that is not UTF-8,
has a DTD, a second table of cells or a row of more than 4 MiB, or is found not to be well-formed. Prefixes,
references, CDATA and comments are followed. Functions of a workbook's own (macros, LAMBDA) are not looked
into.

**The clock** is held against the newest record of the audit log and the thisUpdate of every CRL of the
path's CAs, those relied on and those that are newer than the clock; a list that its CA did not sign counts
for nothing.

**Requesters** are user names from the user database, or `uid:1000`. Who may write the configuration or use
the token without `iki` is not kept out by this.

**Quotas** count the `allowed` records of the audit with the signer's name or its certificate
(`[signers.NAME] quota_per_…`), and those of the requester's name with any signer (`[quota]`), in the 60,
3,600 or 86,400 seconds before. They are counted before the key is used, and once more in the step that
records the decision: of two that ask for the last one at the same moment, one gets it.
"""


def build_policy_page() -> str:
    """Build the page, Markdown."""
    sections = "\n".join(
        f"## {title}\n\n{words}\n\n" + "\n".join(_list_rows(rules)) + "\n"
        for title, words, rules in _SECTIONS
    )
    content = "\n".join(_list_lint_rows())
    return f"{_INTRODUCTION}\n{sections}\n{_CONTENT}\n{content}\n\n{_NOTES}"


def _list_rows(rules: Iterable[Rule[Any]]) -> Iterator[str]:
    yield "| rule | level | may be lowered | finds | clause |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        lowered = "yes" if rule.may_be_lowered else "no"
        yield f"| `{rule.code}` | {rule.level} | {lowered} | {rule.summary} | {rule.clause} |"


def _list_lint_rows() -> Iterator[str]:
    yield "| lint | at signing | at verification | finds | clause |"
    yield "|---|---|---|---|---|"
    for lint in content_lints().values():
        levels = " | ".join(default_level(lint, stage) for stage in Stage)
        yield f"| `{lint.code}` | {levels} | {lint.summary} | {lint.clause} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(build_policy_page(), encoding="utf-8", newline="\n")

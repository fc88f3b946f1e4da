"""A verdict on a terminal: the facts of the plain lines in compact form, with rich.

Everything from documents and certificates goes in as text, never as markup, and is made printable.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agent.cli.console import describe_finding, printable
from agent.findings import Level
from agent.instants import format_instant
from agent.policy.verdict import FileVerdict, SignatureVerdict
from agent.report.verdict_report import LEVELS, ROLE_BASIS, list_time_lines, name_signer, word_verdict
from agent.verdicts import Indication

_STYLES = {
    Indication.TOTAL_PASSED: "bold green",
    Indication.INDETERMINATE: "bold yellow",
    Indication.TOTAL_FAILED: "bold red",
}
_SIGNS = {
    Indication.TOTAL_PASSED: "✔",
    Indication.INDETERMINATE: "?",
    Indication.TOTAL_FAILED: "✘",
}
_FINDINGS = {Level.REFUSE: "bold red", Level.WARN: "yellow", Level.INFORM: "cyan"}


def show_on_terminal(verdict: FileVerdict) -> None:
    """Print a verdict on the terminal that standard output is."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    indication = verdict.verdict.indication
    headline = Text(f"{_SIGNS[indication]} {word_verdict(verdict)}", _STYLES[indication])
    console.print(Text.assemble(headline, "  ", (printable(verdict.file), "bold")))
    for fact in _list_facts(verdict):
        console.print(Padding(Text(printable(fact), "dim"), (0, 0, 0, 2)))
    table = Table.grid(padding=(0, 2), pad_edge=False)
    for signature in verdict.signatures:
        _add_signature(table, signature)
    console.print(Padding(table, (0, 0, 0, 2)))
    for finding in verdict.findings:
        label = Text(f"{LEVELS[finding.level]}: ", _FINDINGS[finding.level])
        said = Text.assemble(label, printable(describe_finding(finding)))
        if finding.hint:
            said.append(f"\nhint: {printable(finding.hint)}", "dim")
        console.print(Padding(said, (0, 0, 0, 2)))


def _list_facts(verdict: FileVerdict) -> Iterator[str]:
    yield f"judged at {format_instant(verdict.at)}"
    yield f"SHA-256 {verdict.sha256 or 'not computed'}"
    if verdict.signature_file is not None:
        yield f"signature in {verdict.signature_file}"
    if verdict.signatures:
        yield ROLE_BASIS[verdict.role_basis]
    if verdict.untrusted:
        yield f"not covered by any signature, by rule: {', '.join(verdict.untrusted)}"
    if verdict.lowered:
        yield f"rules lowered by the policy file: {', '.join(verdict.lowered)}"


def _add_signature(table: Table, signature: SignatureVerdict) -> None:
    """Add a row for a signature: sign, role, and who with all that is said of them."""
    record, indication = signature.record, signature.verdict.indication
    said = Text(printable(name_signer(record.certificate)))
    lines = [
        f"{word_verdict(signature)}, {record.part}, {record.algorithm or 'no algorithm'}",
        *list_time_lines(signature),
        *([f"countersigns {', '.join(record.countersigns)}"] if record.countersigns else []),
    ]
    for line in lines:
        said.append(f"\n{printable(line)}", "dim")
    role = Text(printable(record.claimed_role or "no role"), "bold")
    table.add_row(Text(_SIGNS[indication], _STYLES[indication]), role, said)

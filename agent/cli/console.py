"""What a person sees: results on standard output, everything else on standard error, plain text."""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from agent.errors import IkiError
from agent.findings import Finding, Level


def is_terminal() -> bool:
    """Tell whether a person looks at standard output, on a terminal that can do more than lines."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in {"", "dumb"}


def count(number: int, one: str, many: str = "") -> str:
    """Word a count: `no entries`, `1 entry`, `2 entries`."""
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"


def print_line(text: str = "") -> None:
    """Print a line of the result."""
    sys.stdout.write(f"{printable(text)}\n")


def print_flushed(text: str) -> None:
    """Print a line of the result that somebody waits for while the command goes on."""
    print_line(text)
    sys.stdout.flush()


def print_text(text: str) -> None:
    """Print text of our own making as it is."""
    sys.stdout.write(text)


def print_document(text: str) -> None:
    """Print a text for another program as it is; on a terminal it is escaped line by line."""
    if sys.stdout.isatty():
        text = "\n".join(printable(line.removesuffix("\r")) for line in text.split("\n"))
    sys.stdout.write(text)


def print_json(value: object) -> None:
    """Print a result for programs."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def print_json_ending(value: Mapping[str, object], name: str, items: Iterable[object]) -> None:
    """Print an object whose last member is a list of any length: a line for each item, as they come."""
    start = json.dumps(value, indent=2, ensure_ascii=True)
    sys.stdout.write(f'{start.removesuffix("}").rstrip()},\n  "{name}": [')
    separator = ""
    for item in items:
        sys.stdout.write(f"{separator}\n    {json.dumps(item, ensure_ascii=True)}")
        separator = ","
    sys.stdout.write("\n  ]\n}\n" if separator else "]\n}\n")


def print_error(message: str, *, hint: str = "") -> None:
    """Print `iki: error: …` and, when there is one, `iki: hint: …`."""
    _print_note("error", message)
    if hint:
        _print_note("hint", hint)


def print_warning(message: str) -> None:
    """Print `iki: warning: …`: something to know that does not change the exit status."""
    _print_note("warning", message)


def print_note(message: str) -> None:
    """Print `iki: note: …`: something to know beside the result."""
    _print_note("note", message)


def print_findings_of(error: IkiError) -> None:
    """Print an error; a refusal prints every finding that refuses, and its warnings."""
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    if not findings:
        print_error(error.message, hint=error.hint)
        return
    for finding in findings:
        if finding.level is Level.REFUSE:
            print_error(f"refused: {describe_finding(finding)}", hint=finding.hint)
    print_warnings(findings)


def print_warnings(findings: Iterable[Finding]) -> None:
    """Print the findings that only warn or inform."""
    for finding in findings:
        if finding.level is not Level.REFUSE:
            _print_note("warning" if finding.level is Level.WARN else "note", describe_finding(finding))


def describe_finding(finding: Finding) -> str:
    """Word a finding in one line."""
    return f"{finding.where}: {finding.message} [{finding.code}, {finding.clause}]"


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the last column is as wide as it needs to be, so that it can be copied whole."""
    clean = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *clean, strict=True)]
    for row in (headings, *clean):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print_line("  ".join(cells).rstrip())


def printable(text: str) -> str:
    """Escape what would steer a terminal: names in certificates and files come from strangers."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def _print_note(kind: str, text: str) -> None:
    # Nobody can be told that standard error does not take it.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"iki: {kind}: {printable(text)}\n")
        sys.stderr.flush()

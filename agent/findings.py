"""Findings: what a check has to say, collected and never thrown away."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding weighs."""

    REFUSE = "refuse"
    WARN = "warn"
    INFORM = "inform"


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about one place, with the clause it rests on."""

    code: str
    """Stable, kebab-case; what a program matches on."""
    level: Level
    where: str
    """The place: a part name, a cell, a certificate subject, a file."""
    message: str
    """One sentence for a person."""
    clause: str
    """Source: RFC, ECMA-376, ETSI or design clause."""
    hint: str = ""
    """The next step, if there is one."""


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """List the findings that refuse, in their order."""
    return tuple(finding for finding in findings if finding.level is Level.REFUSE)

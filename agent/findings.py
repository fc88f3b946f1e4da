"""Findings: what a check has to say, collected and never thrown away."""

from collections.abc import Iterable
from enum import StrEnum

from agent.dataclass import dataclass


class Level(StrEnum):
    """How much a finding weighs."""

    REFUSE = "refuse"
    WARN = "warn"
    INFORM = "inform"


@dataclass(frozen=True, slots=True)
class CellRemark:
    """The cell of a form that a finding is about, and what should stand there."""

    sheet: str
    cell: str
    """Such as `N6`; the row, such as `6:6`, when the form has no such column."""
    field: str
    """The field of the entry."""
    value: str
    """What stands there, cut if it is long; dates as `2029-03-31`."""
    wrong: str
    """What is wrong with it, in words."""
    expected: str
    """What should stand there, in words."""


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
    remark: CellRemark | None = None
    """The cell, when it is about one that the form is read from."""


class Effect(StrEnum):
    """What a kind of content can do to somebody who looks at the document; the policy makes a level of it."""

    CHANGES = "changes what a reader sees"
    BESIDE = "shows or does something beside the cells, or is not known"
    NONE = "changes nothing that is seen"


@dataclass(frozen=True, slots=True)
class Lint:
    """One kind of content that is looked for; it says nothing of how severe that is."""

    code: str
    """Stable, kebab-case; what the policy file gives a level to."""
    clause: str
    """Source: the clause of the standard that describes the content."""
    summary: str
    """What it finds, for the documentation."""
    effect: Effect = Effect.CHANGES


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells on a sheet, numbered from 1, both ends included."""

    sheet: str
    columns: tuple[int, int]
    rows: tuple[int, int]

    def overlaps(self, other: "Area") -> bool:
        """Tell whether the two have a cell in common."""
        return self.sheet == other.sheet and all(
            first[0] <= second[1] and second[0] <= first[1]
            for first, second in ((self.columns, other.columns), (self.rows, other.rows))
        )


@dataclass(frozen=True, slots=True)
class CellText:
    """Cells that are known by what they say alone: which they are, whoever knows the form may say."""

    text: str
    """The whole text of such a cell."""
    styles: tuple[int, ...] = ()
    """Cell formats of which it must have one; empty: any."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a lint found at one place, before the policy gives it a level."""

    code: str
    where: str
    """Sheet and cell as `'Sheet'!B7`, a sheet, or a part."""
    message: str
    """What a reader would see differently, or what happens, in one sentence."""
    area: Area | None = None
    """The cells it lies over, where that is known and matters."""
    styles: range | None = None
    """The cell formats that it is about: it is for whoever knows the form to say which cells have them."""
    text: CellText | None = None
    """The cells that it is about, where only their text is known."""
    room: int | None = None
    """Characters that a cell of `area` shows: it is for whoever knows the form to say what it holds."""


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """List the findings that refuse, in their order."""
    return tuple(finding for finding in findings if finding.level is Level.REFUSE)

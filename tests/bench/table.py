"""The table that the bench prints."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench.measure import Series

_HEADINGS = ("workbook", "command", "best s", "median s", "cpu s", "MB", "cms best s", "ratio", "budget")
_FIGURE_HEADINGS = ("subject", "what", "figure", "budget", "how")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a command may take."""

    wall: float
    """Seconds, of the whole process."""
    memory: float | None = None
    """Peak resident memory in MB (10^6 octets)."""

    def judge(self, series: Series) -> str:
        """Say whether the best run, and the memory of all runs, stayed within."""
        limits = f"{self.wall:g} s" + (f", {self.memory:g} MB" if self.memory else "")
        within = series.best <= self.wall and (self.memory is None or series.memory < self.memory)
        return f"{'ok' if within else 'OVER'} ({limits})"


@dataclass(frozen=True, slots=True)
class Row:
    """One command on one workbook, beside openssl's on the same file."""

    workbook: str
    command: str
    ours: Series
    theirs: Series | None
    budget: Budget | None

    def cells(self) -> tuple[str, ...]:
        """Word the row; the ratio is that of the best runs."""
        ours, theirs = self.ours, self.theirs
        return (
            self.workbook,
            self.command,
            f"{ours.best:.3f}",
            f"{ours.median:.3f}",
            f"{ours.processor:.3f}",
            f"{ours.memory:.0f}",
            f"{theirs.best:.3f}" if theirs else "",
            f"{ours.best / theirs.best:.1f}" if theirs else "",
            self.budget.judge(ours) if self.budget else "",
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and what it may be at most."""

    subject: str
    what: str
    value: float
    unit: str
    limit: float
    note: str
    """How it came about."""

    def cells(self) -> tuple[str, ...]:
        """Word the figure."""
        verdict = f"{'ok' if self.value <= self.limit else 'OVER'} ({self.limit:g} {self.unit})"
        digits = 0 if self.value >= 10 else 2
        return (self.subject, self.what, f"{self.value:.{digits}f} {self.unit}", verdict, self.note)


def list_figure_lines(figures: Sequence[Figure]) -> Iterator[str]:
    """Yield the table of figures."""
    yield from _align([_FIGURE_HEADINGS, *(figure.cells() for figure in figures)])


def _align(table: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table, its columns as wide as they must be."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        words = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(words).rstrip()


def list_lines(rows: Sequence[Row], floor: float) -> Iterator[str]:
    """Yield the table and what has to be known to read it; `floor` is the bench's own memory in MB."""
    yield from _align([_HEADINGS, *(row.cells() for row in rows)])
    runs = len(rows[0].ours.runs) if rows else 0
    yield ""
    yield f"{runs} runs of each command, in turn, as whole processes; modules compiled, files in memory."
    yield "ratio: iki's best run to that of openssl cms -sign or -verify (detached, EC P-256, key in a file),"
    yield "which hashes the file and opens no zip. iki verify checks two signatures, certificates and CRLs."
    # The bench runs one process at a time, so a load well above 1 is other people's.
    load = os.getloadavg()[0]
    yield f"{os.cpu_count()} processors, load average {load:.1f}; above 1.5 trust cpu s, not wall times."
    yield f"MB: peak resident memory of the process; below {floor:.0f} MB it cannot be seen."

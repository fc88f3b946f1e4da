"""The progress of a batch on standard error: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.progress import ProgressColumn as Column
from rich.text import Text

_EVERY = 5.0
"""Seconds between two lines."""


class Shown(Protocol):
    """The progress of a batch, shown in one of the two ways."""

    def advance(self) -> None:
        """Count one document more."""

    def refresh(self) -> None:
        """Show what is new."""

    def aside(self) -> AbstractContextManager[object]:
        """Make room for a line that is printed in between."""


class _Rate(Column):
    """Documents a second, as of late."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "…/s")


class _Bar:
    """A bar; it appears with the first document that is done, so that a PIN can be asked for before."""

    def __init__(self, operation: str, total: int) -> None:
        self._console = Console(file=sys.stderr, highlight=False, markup=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=self._console,
            redirect_stdout=False,
        )
        self._task = self._progress.add_task(operation, total=total)
        self._is_shown = False

    def advance(self) -> None:
        """Count one document more."""
        if not self._is_shown:
            self._is_shown = True
            self._progress.start()
        self._progress.advance(self._task)

    def refresh(self) -> None:
        """Show nothing: the bar does so by itself."""

    def aside(self) -> AbstractContextManager[object]:
        """Make no room: what goes to standard error while the bar is there comes to stand above it."""
        return nullcontext()

    def close(self) -> None:
        """Leave the bar as it is now."""
        if self._is_shown:
            self._progress.stop()


class _Lines:
    """A line now and then."""

    def __init__(self, operation: str, total: int) -> None:
        self._operation = operation
        self._total = total
        self._done = 0
        self._begun = self._told = time.monotonic()

    def advance(self) -> None:
        """Count one document more."""
        self._done += 1
        self.refresh()

    def refresh(self) -> None:
        """Print a line when it is time for one."""
        now = time.monotonic()
        if now - self._told < _EVERY or not self._done:
            return
        self._told = now
        rate = self._done / (now - self._begun)
        left = (self._total - self._done) / rate
        count = f"{self._done:,} of {self._total:,}"
        sys.stderr.write(f"iki: note: {self._operation}: {count}, {rate:.1f}/s, {left:.0f} s left\n")
        sys.stderr.flush()

    def aside(self) -> AbstractContextManager[object]:
        """Make no room: every line is one."""
        return nullcontext()

    def close(self) -> None:
        """Do nothing: the summary follows."""


@contextmanager
def showing_progress(operation: str, total: int) -> Iterator[Shown]:
    """Show the progress of so many documents for as long as the block lasts."""
    shown = _Bar(operation, total) if _is_terminal() else _Lines(operation, total)
    try:
        yield shown
    finally:
        shown.close()


def _is_terminal() -> bool:
    """Tell a terminal that can draw a bar from a pipe, a file, and a terminal that cannot."""
    return sys.stderr.isatty() and not Console(file=sys.stderr).is_dumb_terminal

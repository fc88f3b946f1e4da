"""A bar for what takes long: on a terminal alone, on standard error, and only for large files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent.service.images import Begin

_LARGE: Final = 64 * 1024 * 1024
"""Octets; less is hashed before anybody wonders."""


@contextmanager
def hashing_progress() -> Iterator[Begin | None]:
    """Give what shows a bar for each large file; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    bars = _Bars()
    try:
        yield bars.begin
    finally:
        bars.stop()


class _Bars:
    """The bars of one command; rich is loaded with the first large file."""

    def __init__(self) -> None:
        self._stop: Callable[[], None] | None = None

    def begin(self, path: Path, octets: int) -> Callable[[int], None] | None:
        """Begin the bar of a file; none for a small one."""
        if octets < _LARGE:
            return None
        from rich.console import Console  # noqa: PLC0415 - loading it takes longer than most files do
        from rich.markup import escape  # noqa: PLC0415
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        self.stop()
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        task = progress.add_task(escape(path.name), total=octets)
        progress.start()
        self._stop = progress.stop
        return lambda count: progress.advance(task, count)

    def stop(self) -> None:
        """Take the bar away."""
        if self._stop is not None:
            self._stop()
            self._stop = None

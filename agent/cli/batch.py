"""What the commands share when they are given several documents: the run, the summary, the exit status."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from agent.cli.console import print_error, print_json, print_line, print_table
from agent.dataclass import dataclass
from agent.errors import IkiError, UsageError
from agent.exits import ExitStatus
from agent.service.batch.results import BatchResult, Outcome, count_outcomes, worst_status
from agent.service.batch.running import Batch, BatchEnd, BatchWork
from agent.service.processors import count_processors

JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, max=64, help="How many documents at a time; default: as many"
                 " as there are processors, and one more."),
]  # fmt: skip
CSVOption = Annotated[
    Path | None, typer.Option("--csv", metavar="CSV", help="Write what came of each document to this file.")
]
FailFastOption = Annotated[
    bool, typer.Option("--fail-fast", help="Begin no other document after one that ended badly.")
]
_BAD = (Outcome.REFUSED, Outcome.ERROR, Outcome.FAILED, Outcome.INDETERMINATE)
ItemT = TypeVar("ItemT")


class BatchInterruptedError(IkiError):
    """A batch that was interrupted; what came of it so far was shown."""

    exit_status = ExitStatus.INTERRUPTED


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is run and shown."""

    jobs: int | None
    csv: Path | None
    fail_fast: bool
    as_json: bool

    def is_asked_for(self, files: Sequence[Path], most: int) -> bool:
        """Tell a batch from a command about at most so many documents."""
        has_options = self.jobs is not None or self.csv is not None or self.fail_fast
        return has_options or len(files) > most or any(_is_folder(file) for file in files)

    @property
    def processes(self) -> int:
        """How many documents are looked into at the same time."""
        return self.jobs or count_processors() + 1


def run_batch(
    operation: str, items: Sequence[ItemT], options: BatchOptions, make: Callable[..., BatchWork[ItemT]]
) -> int:
    """Run a batch, show its progress and what came of it; returns the exit status.

    `make` is given what is to be told of each result, and what is to be called while nothing happens.

    Raises:
        UsageError: the file for `--csv` cannot be written.
        BatchInterruptedError: it was interrupted, and what came of it so far was shown.

    """
    from agent.cli.progress import showing_progress  # noqa: PLC0415 - rich, for those who have a batch

    with _open_table(options.csv) as write, showing_progress(operation, len(items)) as progress:

        def tell(result: BatchResult) -> None:
            if result.outcome in _BAD:
                with progress.aside():
                    _tell_problem(result)
            progress.advance()

        work = make(tell, progress.refresh)
        # More threads than processes: while one document waits for the disk, another is looked into.
        batch = Batch(items, work, threads=options.processes + 2, fail_fast=options.fail_fast)
        end = batch.run()
        write(end.results)
    return _show_end(operation, end, options)


def _tell_problem(result: BatchResult) -> None:
    about = "" if str(result.file) in result.message else f"{result.file}: "
    kind = "" if result.outcome is Outcome.ERROR else f"{result.outcome}: "
    print_error(f"{about}{kind}{result.message} [{result.code}]", hint=result.hint)


def _show_end(operation: str, end: BatchEnd, options: BatchOptions) -> int:
    of_documents = worst_status(result.status for result in end.results)
    status = ExitStatus.INTERRUPTED if end.interrupted else of_documents
    if options.as_json:
        print_json(_describe(operation, end, status))
    else:
        rows = [(outcome.value, f"{count:,}") for outcome, count in count_outcomes(end.results).items()]
        print_table(("outcome", "documents"), rows)
        tried = sum(result.outcome is not Outcome.NOT_TRIED for result in end.results)
        rate = tried / end.seconds if end.seconds else 0.0
        print_line(f"{tried:,} of {len(end.results):,} documents in {end.seconds:.1f} s, {rate:.1f} a second")
    if end.interrupted:
        hint = "no half file was left; the same command goes on where this one ended"
        raise BatchInterruptedError("interrupted", "interrupted", hint=hint)
    return status


def _describe(operation: str, end: BatchEnd, status: ExitStatus) -> dict[str, object]:
    """Build the JSON object of a batch (docs/schemas/batch.schema.json)."""
    return {
        "operation": operation,
        "status": int(status),
        "interrupted": end.interrupted,
        "seconds": round(end.seconds, 3),
        "summary": {outcome.value: count for outcome, count in count_outcomes(end.results).items()},
        "results": [_describe_result(result) for result in end.results],
    }


def _describe_result(result: BatchResult) -> dict[str, object]:
    return {
        "file": str(result.file),
        "outcome": result.outcome.value,
        "status": int(result.status),
        "output": str(result.output) if result.output else None,
        "sha256": result.sha256 or None,
        "code": result.code or None,
        "message": result.message or None,
        "seconds": result.seconds,
        "verdict": result.verdict,
    }


@contextmanager
def _open_table(path: Path | None) -> Iterator[Callable[[Sequence[BatchResult]], None]]:
    """Open the file for `--csv` before anything is done; raises UsageError."""
    if path is None:
        yield lambda _: None
        return
    from agent.cli.batch_table import write_table  # noqa: PLC0415
    from agent.service.release import PendingOutput  # noqa: PLC0415

    with suppress(OSError):
        if path.is_dir():
            raise UsageError("output-unwritable", f"{path}: is a folder", hint="name a file for --csv")
    with PendingOutput(path, force=True) as output:
        yield lambda results: write_table(output, results)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False

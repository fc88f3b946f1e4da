"""`iki verify FILE…`."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.batch import BatchOptions, CSVOption, FailFastOption, JobsOption
from agent.cli.console import is_terminal, print_error, print_json, print_line
from agent.cli.judging import required_roles, status_of
from agent.cli.options import (
    AtOption,
    CRLOption,
    ForceOption,
    FormatOption,
    JSONOption,
    SignatureOption,
    TrustAnchorOption,
    TSAAnchorOption,
    check_signature_option,
)
from agent.containers import ContainerFormat
from agent.errors import UsageError
from agent.exits import ExitStatus
from agent.instants import parse_instant
from agent.policy.verdict import FileVerdict, Judge
from agent.report.verdict_report import describe_verdict, list_verdict_lines
from agent.roles import Role
from agent.service.batch.results import worst_status
from agent.service.verification import verify_file
from agent.service.workspace import load_judge


def command(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="The signed workbooks, or folders of them.")
    ],
    at: AtOption = None,
    require: Annotated[
        str | None,
        typer.Option(
            "--require",
            metavar="ROLE",
            help="Ask for the signature of `manufacturer` alone; default: with its countersignature.",
        ),
    ] = None,
    container: FormatOption = ContainerFormat.PACKAGE,
    signature: SignatureOption = None,
    trust_anchor: TrustAnchorOption = None,
    tsa_anchor: TSAAnchorOption = None,
    crl: CRLOption = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="OUT", help="Write a report of FILE: OUT.html, or OUT.pdf."),
    ] = None,
    force: ForceOption = False,
    jobs: JobsOption = None,
    csv: CSVOption = None,
    fail_fast: FailFastOption = False,
    as_json: JSONOption = False,
) -> int:
    """Verify signed workbooks: needs a trust anchor and CRLs, no token.

    With `--format cms` files of any type are verified with the signature beside each: FILE.countersigned.p7s
    if it is there, else FILE.p7s.

    With a folder, --jobs, --csv or --fail-fast the documents are verified side by side, each in a process
    with limits of time and memory, and a table says what came of them.

    Exit status: 0 TOTAL-PASSED, 4 TOTAL-FAILED, 5 INDETERMINATE, 8 not a document that can be read,
    2 no such file; of several files the worst.
    """
    check_signature_option(container, signature)
    options = BatchOptions(jobs, csv, fail_fast, as_json)
    is_batch = options.is_asked_for(files, len(files))
    if signature is not None and (len(files) > 1 or is_batch):
        raise UsageError(
            "signature-for-several", "--signature is over one file", hint="verify the files one by one"
        )
    required = required_roles(require)
    if report is not None:
        _check_report(report, files, is_batch=is_batch)
    instant = parse_instant(at) if at else datetime.now(UTC)

    def load() -> Judge:
        return load_judge(
            context.obj, at=instant, anchors=trust_anchor or [], crls=crl or [], tsa_anchors=tsa_anchor or []
        )

    if is_batch:
        from agent.cli.batch_verifying import run_verifying_batch  # noqa: PLC0415 - processes and threads

        return run_verifying_batch(files, load, container=container, required=required, options=options)
    judge = load()

    def verify(file: Path) -> FileVerdict:
        verdict = _verify(file, container, signature, judge, required)
        if report is not None:
            _write_report(report, verdict, judge, require or "countersigned", force=force)
        return verdict

    return _verify_all(files, verify, as_json=as_json)


def _check_report(report: Path, files: Sequence[Path], *, is_batch: bool) -> None:
    """Say what is wrong with the name of a report before anything is verified."""
    from agent.service.reporting import check_report  # noqa: PLC0415 - only when there is one to write

    if len(files) > 1 or is_batch:
        raise UsageError("report-for-several", "--report is of one file", hint="verify the files one by one")
    check_report(report)


def _write_report(report: Path, verdict: FileVerdict, judge: Judge, required: str, *, force: bool) -> None:
    from agent.service.reporting import write_report  # noqa: PLC0415 - only when there is one to write

    made_at = datetime.now(UTC)
    write_report(report, verdict, judge, required=required, made_at=made_at, force=force)


def _verify_all(files: Iterable[Path], verify: Callable[[Path], FileVerdict], *, as_json: bool) -> int:
    """Verify and show file by file; one that cannot be read is told, and the next one has its turn."""
    verdicts: list[FileVerdict] = []
    statuses = {ExitStatus.OK}
    for file in files:
        try:
            verdict = verify(file)
        except UsageError as error:
            print_error(error.message, hint=error.hint)
            statuses.add(error.exit_status)
            continue
        verdicts.append(verdict)
        statuses.add(status_of(verdict))
        _show(verdict, as_json=as_json)
    if as_json:
        print_json([describe_verdict(verdict) for verdict in verdicts])
    return worst_status(statuses)


def _show(verdict: FileVerdict, *, as_json: bool) -> None:
    """Print a verdict as it comes; what is no document at all is an error too."""
    if not as_json:
        _print(verdict)
    if verdict.malformed:
        print_error(f"{verdict.file}: {verdict.findings[0].message}", hint=verdict.findings[0].hint)


def _print(verdict: FileVerdict) -> None:
    """Print a verdict as plain lines, or compactly where a person looks at it."""
    if is_terminal():
        from agent.cli.verdict_view import show_on_terminal  # noqa: PLC0415 - rich, for a terminal

        show_on_terminal(verdict)
        return
    for line in list_verdict_lines(verdict):
        print_line(line)


def _verify(
    file: Path,
    container: ContainerFormat,
    signature: Path | None,
    judge: Judge,
    required: Collection[frozenset[Role]],
) -> FileVerdict:
    if container is ContainerFormat.PACKAGE:
        return verify_file(file, judge, required=required)
    # Most files are workbooks that carry their signatures: those are verified without the reader of CMS.
    from agent.service.detached_verification import verify_detached  # noqa: PLC0415

    return verify_detached(file, signature, judge, required=required)

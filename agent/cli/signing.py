"""What `iki sign` and `iki countersign` share: the output's name, the call, and the answer."""

from collections.abc import Sequence
from pathlib import Path

from agent.cli.batch import BatchOptions
from agent.cli.console import print_json, print_line, print_warnings
from agent.cli.options import check_signature_option
from agent.containers import ContainerFormat
from agent.cpl.hand_over import find_hand_over
from agent.cpl.image_part import GivenImage
from agent.errors import UsageError
from agent.exits import ExitStatus
from agent.instants import format_instant
from agent.operations import Operation
from agent.report.form_report import describe_image
from agent.report.hand_over_report import describe_hand_over, word_hand_over
from agent.report.verdict_report import describe_finding
from agent.service.additions import Additions
from agent.service.beside import COUNTERSIGNED_SUFFIX, SUFFIX, name_beside
from agent.service.pins.terminal import operator_at_terminal
from agent.service.signing import SigningJob, SigningResult, run_signing
from agent.service.workspace import load_workspace

_SUFFIXES = {Operation.SIGN: ".signed", Operation.COUNTERSIGN: ".countersigned"}


def run_and_show(
    operation: Operation,
    config: Path | None,
    files: Sequence[Path],
    *,
    signer: str,
    output: Path | None,
    image: GivenImage | None,
    force: bool,
    final_try: bool,
    container: ContainerFormat,
    signature: Path | None,
    additions: Additions,
    options: BatchOptions,
) -> int:
    """Run the operation on one document, or on several as a batch, and print what was done."""
    check_signature_option(container, signature)
    if options.is_asked_for(files, 1):
        _check_single(signature, image)
        from agent.cli.batch_signing import run_signing_batch  # noqa: PLC0415 - processes and threads
        from agent.service.batch.signing import BatchOrder  # noqa: PLC0415

        order = BatchOrder(operation, force, container, additions, image)
        return run_signing_batch(
            order, config, files, signer=signer, folder=output, final_try=final_try, options=options
        )
    [file] = files
    target = output or default_output(operation, file, container)
    job = SigningJob(operation, file, target, signer, image, force, container, signature, additions)
    result = run_signing(job, load_workspace(config), operator_at_terminal(final_try=final_try))
    if options.as_json:
        print_json(_describe(result))
        return ExitStatus.OK
    print_warnings(result.findings)
    verb = "Signed" if operation is Operation.SIGN else "Countersigned"
    print_line(f"{verb} as {result.signer.role} by {result.certificate.display_name}")
    print_line(f"Output  {job.output}")
    print_line(f"SHA-256 {result.sha256}")
    print_line(word_hand_over(operation, find_hand_over(result.form), _files(result)))
    return ExitStatus.OK


def _check_single(signature: Path | None, image: GivenImage | None) -> None:
    """Check that nothing is named that belongs to one document; raises UsageError."""
    if signature is not None:
        raise UsageError(
            "signature-for-several", "--signature is over one file", hint="countersign the files one by one"
        )
    if image is not None:
        raise UsageError(
            "image-for-several", "--image is compared with one form", hint="sign the files one by one"
        )


def default_output(operation: Operation, file: Path, container: ContainerFormat) -> Path:
    """Name the output after the document: `form.signed.xlsx`, or `form.xlsx.p7s`."""
    if container is ContainerFormat.CMS:
        return name_beside(file, SUFFIX if operation is Operation.SIGN else COUNTERSIGNED_SUFFIX)
    stem = file.stem
    for suffix in _SUFFIXES.values():
        stem = stem.removesuffix(suffix)
    return file.with_name(f"{stem}{_SUFFIXES[operation]}{file.suffix}")


def _files(result: SigningResult) -> list[str]:
    """List what goes to the next party: a detached signature says nothing without its file."""
    detached = result.job.container is ContainerFormat.CMS
    return [*([str(result.job.file)] if detached else []), str(result.job.output)]


def _describe(result: SigningResult) -> dict[str, object]:
    """Build the JSON object of a signing result (docs/schemas/sign.schema.json)."""
    return {
        "operation": result.job.operation.value,
        "format": result.job.container.value,
        "file": str(result.job.file),
        "output": str(result.job.output),
        "sha256": result.sha256,
        "part": result.signature_part,
        "role": result.signer.role.value,
        "signer": result.certificate.subject,
        "serial": result.certificate.serial_hex,
        "algorithm": result.algorithm.name,
        "at": format_instant(result.at),
        "hand_over": describe_hand_over(result.job.operation, find_hand_over(result.form), _files(result)),
        "images": [describe_image(image) for image in result.images],
        "findings": [describe_finding(finding) for finding in result.findings],
    }

"""What `iki sign` and `iki countersign` share: the output's name, the call, and the answer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.cli.agent_choice import ChosenAgent, choose_agent
from agent.cli.batch import BatchOptions
from agent.cli.console import print_json, print_line, print_warnings
from agent.cli.options import check_signature_option
from agent.client.problems import build_finding
from agent.containers import ContainerFormat
from agent.cpl.image_part import GivenImage
from agent.errors import IkiError, UsageError
from agent.exits import ExitStatus
from agent.operations import Operation
from agent.report.hand_over_report import word_hand_over
from agent.service.additions import Additions
from agent.service.beside import default_output
from agent.service.files import InputFile
from agent.service.pins.terminal import operator_at_terminal
from agent.service.signing import SigningJob, run_signing
from agent.service.signing_summary import describe_signing
from agent.service.workspace import load_workspace


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
    no_agent: bool,
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
            order,
            config,
            files,
            signer=signer,
            folder=output,
            final_try=final_try,
            no_agent=no_agent,
            options=options,
        )
    [file] = files
    target = output or default_output(operation, file, container)
    named = InputFile.at(signature) if signature else None
    job = SigningJob(operation, InputFile.at(file), target, signer, image, force, container, named, additions)
    agent = choose_agent(config, no_agent=no_agent)
    _show(_sign(job, config, agent, final_try=final_try), as_json=options.as_json)
    return ExitStatus.OK


def _sign(
    job: SigningJob, config: Path | None, agent: ChosenAgent | None, *, final_try: bool
) -> dict[str, Any]:
    """Sign by the agent, or here; returns what was done."""
    if agent is not None:
        from agent.cli.remote_signing import sign_by_agent  # noqa: PLC0415 - only with an agent

        try:
            return sign_by_agent(agent, job, final_try=final_try)
        except IkiError as error:
            if not agent.may_do_without(error):
                raise
    result = run_signing(job, load_workspace(config), operator_at_terminal(final_try=final_try))
    return describe_signing(result, job.output)


def _show(done: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    print_warnings(map(build_finding, done["findings"]))
    verb = "Signed" if done["operation"] == Operation.SIGN else "Countersigned"
    print_line(f"{verb} as {done['role']} by {done['display_name']}")
    print_line(f"Output  {done['output']}")
    print_line(f"SHA-256 {done['sha256']}")
    print_line(word_hand_over(done["hand_over"]))


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

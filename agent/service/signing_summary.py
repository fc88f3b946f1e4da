"""What was done by a signing operation, for programs: the same whether it was done here or by the daemon."""

from pathlib import Path
from typing import Any

from agent.containers import ContainerFormat
from agent.cpl.hand_over import find_hand_over
from agent.instants import format_instant
from agent.report.form_report import describe_image
from agent.report.hand_over_report import describe_hand_over
from agent.report.verdict_report import describe_finding
from agent.service.signing import SigningJob, SigningResult


def describe_signing(result: SigningResult, output: Path | None) -> dict[str, Any]:
    """Build the JSON object of a signing result (docs/schemas/sign.schema.json).

    `output` is where the document appeared; the daemon hands it over, and knows of no file.
    """
    return {
        "operation": result.job.operation.value,
        "format": result.job.container.value,
        "file": str(result.job.file.called),
        "output": str(output) if output else None,
        "sha256": result.sha256,
        "part": result.signature_part,
        "role": result.signer.role.value,
        "signer": result.certificate.subject,
        "display_name": result.certificate.display_name,
        "serial": result.certificate.serial_hex,
        "algorithm": result.algorithm.name,
        "at": format_instant(result.at),
        "hand_over": describe_hand_over(
            result.job.operation, find_hand_over(result.form), list_hand_over_files(result.job, output)
        ),
        "images": [describe_image(image) for image in result.images],
        "findings": [describe_finding(finding) for finding in result.findings],
    }


def list_hand_over_files(job: SigningJob, output: Path | None) -> list[str]:
    """List what goes to the next party: a detached signature says nothing without its file."""
    detached = job.container is ContainerFormat.CMS
    return [*([str(job.file.called)] if detached else []), *([str(output)] if output else [])]

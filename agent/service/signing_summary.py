"""What was done by a signing operation, for programs: the same whether it was done here or by the daemon."""

from pathlib import Path
from typing import Any

from agent.instants import format_instant
from agent.report.verdict_report import describe_finding
from agent.service.signing import SigningResult


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
        "findings": [describe_finding(finding) for finding in result.findings],
    }

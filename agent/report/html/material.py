"""What a report is made of: a verdict, and what the document shows beside it."""

from agent.dataclass import dataclass
from agent.formats.inspection import Inspection
from agent.policy.verdict import FileVerdict


@dataclass(frozen=True, slots=True)
class ReportMaterial:
    """One verification; verdict and inspection are of the same octets."""

    verdict: FileVerdict
    octets: int
    """Size of the document."""
    inspection: Inspection | None
    """None when the document cannot be shown as a workbook."""
    unshown: str = ""
    """Why not."""
    required: str = "countersigned"
    """What was asked for: `countersigned`, or the role whose signature alone was."""

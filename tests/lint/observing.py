"""What verification says of the content of a workbook that nobody has signed."""

from datetime import UTC, datetime
from functools import cache

from agent.config.limits import DocumentLimits
from agent.config.policy import default_policy, parse_policy
from agent.findings import Finding
from agent.pki.trust import TrustStore
from agent.policy.content import content_lints
from agent.policy.verdict import FileVerdict, Judge
from agent.service.verification import verify_octets

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@cache
def no_trust() -> TrustStore:
    """Trust nobody: content is looked at whoever signed."""
    return TrustStore((), (), ())


def verify(workbook: bytes, policy: bytes | None = None) -> FileVerdict:
    """Verify a workbook as `iki verify` does."""
    settings = default_policy() if policy is None else parse_policy(policy, where="policy.toml")
    return verify_octets("test.xlsx", workbook, Judge(no_trust(), settings, DocumentLimits(), NOW))


def content_findings(workbook: bytes) -> list[Finding]:
    """List what the content lint finds."""
    return [finding for finding in verify(workbook).findings if finding.code in content_lints()]


def observed(workbook: bytes) -> dict[str, list[str]]:
    """Give the code of each finding about content, with its places."""
    found: dict[str, list[str]] = {}
    for finding in content_findings(workbook):
        found.setdefault(finding.code, []).append(finding.where)
    return found

"""Which records to show."""

from datetime import datetime

from agent.audit.chain import AuditLine
from agent.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """What a record must match, all of it; None does not ask."""

    since: datetime | None = None
    until: datetime | None = None
    """Both inclusive."""
    signer: str | None = None
    outcome: str | None = None
    requester: str | None = None
    sha256: str | None = None
    """Of the document before or after, lower-case hex."""

    def matches(self, line: AuditLine) -> bool:
        """Tell whether a record is to be shown."""
        if self.since is not None and line.time < self.since:
            return False
        if self.until is not None and line.time > self.until:
            return False
        wanted = (
            (self.signer, ("signer",)),
            (self.outcome, ("outcome",)),
            (self.requester, ("requester", "name")),
        )
        if any(value is not None and line.text(*names) != value for value, names in wanted):
            return False
        return self.sha256 is None or self.sha256 in (line.text("sha256_before"), line.text("sha256_after"))

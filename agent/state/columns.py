"""What of a record stands in columns beside its content, so that records can be found and counted in SQL."""

from sqlalchemy import Connection, func, or_, select

from agent.audit.chain import AuditLine
from agent.audit.door import UsageQuery
from agent.audit.records import Outcome
from agent.state.schema import RECORD

REPEATED = ("time", "outcome", "requester", "signer", "certificate_sha256")


def describe_columns(line: AuditLine) -> dict[str, object]:
    """Build the columns that repeat what a record's content says."""
    return {
        "time": int(line.time.timestamp()),
        "outcome": line.text("outcome"),
        "requester": line.text("requester", "name"),
        "signer": line.text("signer"),
        "certificate_sha256": line.text("certificate", "sha256"),
    }


def count_uses(connection: Connection, query: UsageQuery) -> int:
    """Count as `UsageQuery.matches` says."""
    # Records are in whole seconds: later than an instant is later than the second that it is in.
    conditions = [RECORD.c.outcome == Outcome.ALLOWED.value, RECORD.c.time > int(query.since.timestamp())]
    if query.requester is not None:
        conditions.append(RECORD.c.requester == query.requester)
    if query.signer is not None:
        same_certificate = RECORD.c.certificate_sha256 == query.certificate_sha256
        by_name = RECORD.c.signer == query.signer
        conditions.append(by_name if query.certificate_sha256 is None else or_(by_name, same_certificate))
    return connection.execute(select(func.count()).select_from(RECORD).where(*conditions)).scalar_one()

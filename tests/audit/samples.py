"""What several tests of the audit log share."""

from agent.audit.records import AuditRecord, Outcome, Requester
from agent.operations import Operation

RECORD = AuditRecord(operation=Operation.SIGN, outcome=Outcome.ALLOWED, requester=Requester("ann", 1000))

APPENDER = """
import sys
from pathlib import Path
from agent.audit.log import AuditLog
from agent.audit.records import AuditRecord, Outcome, Requester
from agent.operations import Operation
log = AuditLog(Path(sys.argv[1]))
made = {"operation": Operation.SIGN, "outcome": Outcome.ALLOWED, "requester": Requester(sys.argv[2])}
for number in range(int(sys.argv[3])):
    log.append(AuditRecord(**made, duration_ms=number))
"""
"""A program: appends to the log argv[1], as requester argv[2], argv[3] records."""

"""The record as a file that stands for itself, whatever it was kept in."""

from collections.abc import Iterator
from pathlib import Path

from agent.audit.chain import AuditHead, AuditLine
from agent.audit.door import AuditStore
from agent.audit.head import HeadFile, encode_head, head_path
from agent.audit.verification import ChainWalk
from agent.service.release import PendingOutput


def list_verified(store: AuditStore) -> Iterator[AuditLine]:
    """Yield every record, each checked to follow the one before.

    Raises:
        AuditError: the record is damaged, or cannot be read.

    """
    walk = ChainWalk(store.place)
    for line in store.list_lines():
        walk.step(line)
        yield line


def export_record(store: AuditStore, path: Path, *, force: bool) -> AuditHead:
    """Write the whole record as JSON lines, and its head beside it; returns the head.

    Raises:
        AuditError: the record is damaged, or cannot be read; nothing appears then.
        UsageError: a file is there already, or cannot be written.

    """
    store.verify()
    head = HeadFile().head
    with (
        PendingOutput(head_path(path), force=force) as beside,
        PendingOutput(path, force=force) as output,
    ):
        for line in list_verified(store):
            output.write(line.content + b"\n")
            head = line.head
        beside.write(encode_head(HeadFile(head)))
        # The lines first: without a head an export is told to be damaged, a head without lines misleads.
        output.release()
        beside.release()
    return head

"""Whether an output that is there is what signing its input made: the input, and one signature more.

Nothing here needs a path or a key: a worker process does it. Whose signature it is, is for the caller.
"""

from pathlib import Path
from typing import BinaryIO

from agent.config.limits import DocumentLimits
from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.cms.signed_data import load_signed_data
from agent.formats.cms.verify import list_hashes, verify_signed_data
from agent.formats.package.compare import Change, compare_packages
from agent.formats.package.package import Package, open_package
from agent.formats.package.verify import verify_package
from agent.formats.records import DocumentRecord
from agent.service.detached import read_open_content
from agent.service.files import read_open
from agent.service.opening import DocumentRequest, OpenFiles

_NOTHING = DocumentRecord(())


@dataclass(frozen=True, slots=True)
class Following:
    """What an output is to its input."""

    continues: bool
    """Whether it is the input with one signature more, and nothing else changed."""
    record: DocumentRecord = _NOTHING
    """The signatures of the output."""


def follow(
    request: DocumentRequest, files: OpenFiles, output: BinaryIO, path: Path, limits: DocumentLimits
) -> Following:
    """Compare an output with its input, all of them open; what cannot be read continues nothing.

    Raises:
        UsageError: a file cannot be read.

    """
    try:
        if request.container is ContainerFormat.PACKAGE:
            before = read_open(files.content, request.file, what="workbook", limit=limits.max_file_bytes)
            after = read_open(output, path, what="workbook", limit=limits.max_file_bytes)
            return _follow_package(open_package(before, limits), open_package(after, limits))
        return _follow_detached(request, files, output, path, limits)
    except DocumentError:
        return Following(continues=False)


def _follow_package(before: Package, after: Package) -> Following:
    changes = compare_packages(before, after)
    earlier = {item.part for item in verify_package(before).signatures}
    record = verify_package(after)
    added = {item.part for item in record.signatures} - earlier
    kept = not any(item.part in earlier or item.change is Change.ONLY_IN_A for item in changes.parts)
    return Following(changes.same_content and kept and len(added) == 1, record)


def _follow_detached(
    request: DocumentRequest, files: OpenFiles, output: BinaryIO, path: Path, limits: DocumentLimits
) -> Following:
    made = load_signed_data(read_open(output, path, what="signature", limit=limits.max_xml_bytes))
    hashes = set(list_hashes(made))
    first = None
    if files.signature is not None:
        octets = read_open(files.signature, path, what="signature", limit=limits.max_xml_bytes)
        first = load_signed_data(octets)
        hashes |= set(list_hashes(first))
    digests = read_open_content(files.content, request.file, hashes, keep=0).digests
    record = verify_signed_data(made, digests)
    earlier = verify_signed_data(first, digests).signatures if first else ()
    kept = [item.value for item in record.signatures[: len(earlier)]] == [item.value for item in earlier]
    return Following(kept and len(record.signatures) == len(earlier) + 1, record)

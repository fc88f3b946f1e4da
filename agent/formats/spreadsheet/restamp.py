"""Making a workbook that we wrote ourselves say one time throughout, so that it can be made again.

For new forms, and for the halves of an unsigned one that is split: a signed workbook is never written again.
"""

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

from agent.errors import DocumentError


def restamp_workbook(workbook: bytes, at: datetime, replacements: Mapping[str, bytes]) -> bytes:
    """Build the same zip with all entries dated `at` (in UTC; zip keeps even seconds from 1980 on).

    `replacements` are new octets by entry name, such as `docProps/core.xml`.

    Raises:
        DocumentError: `spreadsheet-malformed` when this is no zip, or has no such entry.

    """
    moment = max(at.astimezone(UTC), datetime(1980, 1, 1, tzinfo=UTC)).timetuple()[:6]
    target = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(target, "w") as new:
            for name in replacements:
                old.getinfo(name)
            for entry in old.infolist():
                copy = zipfile.ZipInfo(entry.filename, moment)
                copy.compress_type = zipfile.ZIP_DEFLATED
                replaced = entry.filename in replacements
                new.writestr(copy, replacements[entry.filename] if replaced else old.read(entry))
    except (zipfile.BadZipFile, KeyError) as error:
        raise DocumentError(
            "spreadsheet-malformed", f"not a workbook to restamp: {error}", hint="this is a defect: report it"
        ) from error
    return target.getvalue()

"""Verification of files: no token, no daemon, no audit; anyone may verify."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from agent.errors import DocumentError
from agent.formats.package.package import open_package
from agent.formats.package.verify import verify_package
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge, judge_malformed, judge_record
from agent.roles import Role
from agent.service.files import read_file


def verify_file(
    path: Path, judge: Judge, *, required: Collection[frozenset[Role]] = COUNTERSIGNED
) -> FileVerdict:
    """Verify one file; a malformed document is a verdict, not an exception.

    Raises:
        UsageError: the file cannot be read.

    """
    try:
        data = read_file(path, what="workbook", limit=judge.limits.max_file_bytes)
    except DocumentError as error:
        return judge_malformed(str(path), "", judge, error)
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        package = open_package(data, judge.limits)
        record = verify_package(package)
    except DocumentError as error:
        return judge_malformed(str(path), sha256, judge, error)
    return judge_record(str(path), sha256, record, judge, required=required)

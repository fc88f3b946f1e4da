"""What the tests of the output file share."""

from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.service.release import PendingOutput

OLD, NEW = b"old", b"new and longer"


def listed(folder: Path) -> dict[str, bytes]:
    """Read everything in a folder, by name."""
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}


def put(path: Path, data: bytes = NEW, *, force: bool = False, inputs: tuple[Path, ...] = ()) -> None:
    """Write and release an output."""
    with PendingOutput(path, inputs=inputs, force=force) as output:
        output.write(data)
        output.release()


def refused(code: str, path: Path, *, force: bool = False, inputs: tuple[Path, ...] = ()) -> None:
    """Open an output that must be refused before anything is written, and leave nothing behind."""
    before = sorted(path.parent.iterdir()) if path.parent.is_dir() else None
    with pytest.raises(UsageError) as caught, PendingOutput(path, inputs=inputs, force=force):
        pytest.fail("the output was opened")
    assert caught.value.code == code
    assert caught.value.hint
    if before is not None:
        assert sorted(path.parent.iterdir()) == before

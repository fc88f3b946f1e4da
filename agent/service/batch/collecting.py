"""Which documents a batch is about: the files named, and those that belong to it in the folders named.

A folder is searched with its subfolders. Left out are what is hidden (`.…`, our unfinished outputs among
them), what Office and LibreOffice lock a file with (`~$…`, `.~lock.…#`), links to folders, and what is no
workbook (`.xlsx`, `.xlsm`; with a signature beside the file: everything but `.p7s`). Of `form.xlsx`,
`form.signed.xlsx` and `form.countersigned.xlsx` in one folder, signing takes the first, countersigning the
second, and verifying the last that is there. A file that is named itself, by the shell perhaps, is left out
where it is a lock or, for signing and countersigning, what that operation makes; anything else is taken for
what it is called.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.operations import Operation
from agent.service.beside import SUFFIX, list_beside, name_beside

_WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
_LOCK: Final = "~$"
SIGNED: Final = ".signed"
COUNTERSIGNED: Final = ".countersigned"
MADE_BY: Final = {Operation.SIGN: SIGNED, Operation.COUNTERSIGN: COUNTERSIGNED}
"""What an operation puts before the extension of its output."""


class Purpose(StrEnum):
    """What documents are collected for."""

    SIGN = "sign"
    COUNTERSIGN = "countersign"
    VERIFY = "verify"


_STAGES: Final = {
    Purpose.SIGN: ("",),
    Purpose.COUNTERSIGN: (SIGNED, ""),
    Purpose.VERIFY: (COUNTERSIGNED, SIGNED, ""),
}
"""Which stages of a document belong to it, the one that is taken first."""


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A document of a batch."""

    path: Path
    below: Path
    """Its path below the folder that was named; the name alone of a file that was named itself."""


def collect_files(
    paths: Iterable[Path], purpose: Purpose, container: ContainerFormat
) -> tuple[BatchFile, ...]:
    """Collect the documents of a batch, each once, in the order named and by name within a folder.

    Raises:
        UsageError: `batch-empty`, or `file-unreadable` for a folder.

    """
    named = tuple(paths)
    found: dict[Path, BatchFile] = {}
    for path in named:
        each = _list_folder(path, purpose, container) if path.is_dir() else _list_named(path, purpose)
        for file in each:
            found.setdefault(Path(os.path.realpath(file.path)), file)
    if not found:
        raise UsageError(
            "batch-empty",
            f"{', '.join(map(str, named))}: there is nothing to {purpose} in it",
            hint="workbooks are .xlsx and .xlsm files; docs/batch.md says which of them are taken",
        )
    return tuple(found.values())


def _list_named(path: Path, purpose: Purpose) -> Iterator[BatchFile]:
    made = "" if purpose is Purpose.VERIFY else MADE_BY[Operation(purpose.value)]
    if not path.name.startswith(_LOCK) and not (made and path.stem.endswith(made)):
        yield BatchFile(path, Path(path.name))


def _list_folder(folder: Path, purpose: Purpose, container: ContainerFormat) -> Iterator[BatchFile]:
    """List the documents below a folder."""
    for place, folders, names in os.walk(folder, onerror=_refuse_folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        there = frozenset(names)
        for name in sorted(names):
            path = Path(place) / name
            if not name.startswith((".", _LOCK)) and _belongs(path, there, purpose, container):
                yield BatchFile(path, path.relative_to(folder))


def _refuse_folder(error: OSError) -> None:
    raise UsageError(
        "file-unreadable",
        f"{error.filename}: the folder cannot be read: {error.strerror}",
        hint="check its rights",
    ) from error


def _belongs(path: Path, there: Collection[str], purpose: Purpose, container: ContainerFormat) -> bool:
    if container is ContainerFormat.CMS:
        return path.suffix.lower() != SUFFIX and _has_signature(path, purpose)
    if path.suffix.lower() not in _WORKBOOKS:
        return False
    stage = next((each for each in (COUNTERSIGNED, SIGNED) if path.stem.endswith(each)), "")
    stages = _STAGES[purpose]
    if stage not in stages:
        return False
    stem = path.stem.removesuffix(stage)
    return not any(f"{stem}{each}{path.suffix}" in there for each in stages[: stages.index(stage)])


def _has_signature(path: Path, purpose: Purpose) -> bool:
    """Tell whether a file has the signature beside it that the purpose asks for."""
    match purpose:
        case Purpose.SIGN:
            return True
        case Purpose.COUNTERSIGN:
            return name_beside(path, SUFFIX).exists()
    return bool(list_beside(path))

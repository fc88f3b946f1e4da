"""The names of outputs: `form.signed.xlsx`, and of signatures beside a file, `form.xlsx.p7s`."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from agent.containers import ContainerFormat
from agent.errors import UsageError
from agent.operations import Operation

SUFFIX = ".p7s"
COUNTERSIGNED_SUFFIX = ".countersigned.p7s"
_INFIXES = {Operation.SIGN: ".signed", Operation.COUNTERSIGN: ".countersigned"}


def find_signature(file: Path) -> Path:
    """Find the signature beside a file: the countersigned one if it is there, else the first.

    Raises:
        UsageError: `signature-missing`.

    """
    found = list_beside(file)
    if not found:
        raise _missing(file, (COUNTERSIGNED_SUFFIX, SUFFIX))
    return found[0]


def find_first_signature(file: Path) -> Path:
    """Find the signature that is to be countersigned; raises UsageError `signature-missing`."""
    path = name_beside(file, SUFFIX)
    if not _is_there(path):
        raise _missing(file, (SUFFIX,))
    return path


def list_beside(file: Path) -> list[Path]:
    """List the signatures beside a file, the countersigned one first."""
    candidates = (name_beside(file, suffix) for suffix in (COUNTERSIGNED_SUFFIX, SUFFIX))
    return [candidate for candidate in candidates if _is_there(candidate)]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for the file system
        return False


def _missing(file: Path, suffixes: Sequence[str]) -> UsageError:
    names = " or ".join(name_beside(file, suffix).name for suffix in suffixes)
    return UsageError(
        "signature-missing",
        f"{file}: there is no signature beside it ({names})",
        hint="name the signature with --signature; a workbook that is signed itself needs no --format cms",
    )


def name_beside(file: Path, suffix: str) -> Path:
    """Name a file beside another: `form.xlsx.p7s`."""
    return file.with_name(file.name + suffix)


def default_output(operation: Operation, file: Path, container: ContainerFormat) -> Path:
    """Name the output after the document: `form.signed.xlsx`, or `form.xlsx.p7s`."""
    if container is ContainerFormat.CMS:
        return name_beside(file, SUFFIX if operation is Operation.SIGN else COUNTERSIGNED_SUFFIX)
    stem = file.stem
    for suffix in _INFIXES.values():
        stem = stem.removesuffix(suffix)
    return file.with_name(f"{stem}{_INFIXES[operation]}{file.suffix}")


def signature_alone(path: Path) -> UsageError:
    """Answer whoever gives the signature where the file belongs."""
    name = path.name[: -len(SUFFIX)]
    file = path.with_name(name.removesuffix(".countersigned"))
    return UsageError(
        "signature-alone",
        f"{path}: is a signature; what it is over is another file",
        hint=f"iki verify {shlex.quote(str(file))} --format cms --signature {shlex.quote(str(path))}",
    )

"""Files of the desk: in a folder that is the user's alone, and goes when the desk ends."""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from agent.errors import DocumentError, UsageError

_CREATE: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY
_PRIVATE: Final = 0o600


class Spool:
    """Files under random names; what a document is called never becomes a path."""

    def __init__(self, *, octets: int) -> None:
        """Make the folder, for at most so many octets.

        Raises:
            UsageError: `spool-unusable`.

        """
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="iki-desk-")
        except OSError as error:
            raise _unusable(error) from error
        self._most = octets

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the folder with all that is in it."""
        self._folder.cleanup()

    def name(self) -> Path:
        """Name a file that is not there yet."""
        return Path(self._folder.name) / secrets.token_hex(16)

    def keep(self, data: bytes) -> Path:
        """Keep octets in a file; raises as `receive`."""
        self._check_room(self._used() + len(data), of_one=0, limit=0)
        path = self.name()
        try:
            with os.fdopen(os.open(path, _CREATE, _PRIVATE), "wb") as file:
                file.write(data)
        except OSError as error:
            raise _unusable(error) from error
        return path

    async def receive(self, pieces: AsyncIterator[bytes], *, limit: int) -> Path:
        """Keep what comes in, of at most `limit` octets, in a file.

        Raises:
            DocumentError: `body-too-large`.
            UsageError: `desk-full`, `spool-unusable`.

        """
        path, size, used = self.name(), 0, self._used()
        try:
            with os.fdopen(os.open(path, _CREATE, _PRIVATE), "wb") as file:
                async for piece in pieces:
                    size += len(piece)
                    self._check_room(used + size, of_one=size, limit=limit)
                    file.write(piece)
        except OSError as error:
            self.remove(path)
            raise _unusable(error) from error
        except BaseException:
            self.remove(path)
            raise
        return path

    def remove(self, *paths: Path) -> None:
        """Remove files, as far as they are there."""
        for path in paths:
            path.unlink(missing_ok=True)

    def _used(self) -> int:
        with os.scandir(self._folder.name) as entries:
            return sum(entry.stat().st_size for entry in entries)

    def _check_room(self, octets: int, *, of_one: int, limit: int) -> None:
        if of_one > limit:
            raise too_large(limit)
        if octets > self._most:
            raise UsageError(
                "desk-full", f"the desk holds {self._most} octets at most", hint="clear the table, and go on"
            )


def too_large(limit: int) -> DocumentError:
    """Build the error of a body that is larger than `limit` octets."""
    return DocumentError(
        "body-too-large",
        f"the document is larger than the {limit} octets that the desk takes",
        hint="is it the right file?",
    )


def _unusable(error: OSError) -> UsageError:
    return UsageError(
        "spool-unusable",
        f"documents under way cannot be kept: {error.strerror or error}",
        hint="make room in the temporary folder, or set TMPDIR to a folder on another disk",
    )

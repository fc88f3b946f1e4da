"""Manufacturer Images: opened, and hashed in pieces, whatever their size."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent.cpl.image import HashedImage, hash_image
from agent.cpl.image_part import WHOLE, GivenImage, ImagePart, choose_octets, read_named_ota
from agent.cpl.ota import OTAFile
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.service.files import list_files, open_regular

_UNREADABLE: Final = "image-unreadable"

Begin = Callable[[Path, int], Callable[[int], None] | None]
"""Told the file and how many octets will be hashed; gives what is told how many were since the last time."""


@dataclass(frozen=True, slots=True)
class UndecidedImage:
    """A file of a folder that was not hashed."""

    file: str
    why: str
    """In words: nobody said which octets, or it has none."""
    hint: str


def list_images(path: Path, part: ImagePart) -> tuple[GivenImage, ...]:
    """List an image, or every file of a folder in the order of their names; hidden ones are left out.

    Raises:
        UsageError: `image-folder-empty`.

    """
    if not path.is_dir():
        return (GivenImage(path, part),)
    files = list_files(path, what="Manufacturer Images")
    if not files:
        raise UsageError(
            "image-folder-empty", f"{path}: there is no file in it", hint="name the folder of the images"
        )
    return tuple(GivenImage(file, part, of_folder=True) for file in files)


def hash_image_folder(
    folder: Path, part: ImagePart = WHOLE, begin: Begin | None = None
) -> tuple[tuple[HashedImage, ...], tuple[UndecidedImage, ...]]:
    """Hash every file of a folder, hidden ones and folders in it apart.

    A file of which it is not clear what to hash keeps the others from nothing.

    Raises:
        UsageError: `image-folder-missing`, `image-folder-empty`, `image-unreadable`.

    """
    if not folder.is_dir():
        raise UsageError(
            "image-folder-missing",
            f"{folder}: no such folder",
            hint="name the folder that the firmware images are in; --image names one image",
        )
    hashed: list[HashedImage] = []
    undecided: list[UndecidedImage] = []
    for image in list_images(folder, part):
        try:
            hashed.append(hash_given_image(image, begin))
        except UsageError as error:
            if error.code == _UNREADABLE:
                raise
            undecided.append(UndecidedImage(str(image.name), error.message, error.hint))
    return tuple(hashed), tuple(undecided)


def hash_given_image(image: GivenImage, begin: Begin | None = None) -> HashedImage:
    """Compute the SHA-256 of a Manufacturer Image, streamed.

    Raises:
        UsageError: `image-unreadable`; what `choose_octets` says of OTA upgrade files and ranges.

    """
    try:
        with open_regular(image.path) as stream:
            chosen = choose_octets(stream, os.fstat(stream.fileno()).st_size, image)
            octets = chosen.end - chosen.start
            stream.seek(chosen.start)
            image_hash = hash_image(stream, octets, begin(image.path, octets) if begin else None)
    except OSError as error:
        raise _unreadable(image.name, error) from error
    return HashedImage(str(image.name), image_hash, octets, chosen.what)


def find_ota(path: Path) -> OTAFile | None:
    """Read header and sub-elements of an OTA upgrade file; None for any other file.

    Raises:
        UsageError: `image-unreadable`, `ota-malformed`.

    """
    try:
        with open_regular(path) as stream:
            return read_named_ota(stream, os.fstat(stream.fileno()).st_size, path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        _UNREADABLE,
        f"{path}: the Manufacturer Image cannot be read: {error.strerror or error}",
        hint="name the firmware image file itself",
    )

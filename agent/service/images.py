"""Manufacturer Images: opened, and hashed in pieces, whatever their size."""

import os
from collections.abc import Callable
from pathlib import Path

from agent.cpl.image import HashedImage, hash_image
from agent.cpl.image_part import WHOLE, GivenImage, ImagePart, choose_octets
from agent.cpl.ota import OTAFile, read_ota
from agent.errors import UsageError
from agent.service.files import list_files, open_regular

Begin = Callable[[Path, int], Callable[[int], None] | None]
"""Told the file and how many octets will be hashed; gives what is told how many were since the last time."""


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
) -> tuple[HashedImage, ...]:
    """Hash every file of a folder, hidden ones and folders in it apart.

    Raises:
        UsageError: `image-folder-missing`, `image-folder-empty`, or as `hash_given_image`.

    """
    if not folder.is_dir():
        raise UsageError(
            "image-folder-missing",
            f"{folder}: no such folder",
            hint="name the folder that the firmware images are in; --image names one image",
        )
    return tuple(hash_given_image(image, begin) for image in list_images(folder, part))


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
            return read_ota(stream, os.fstat(stream.fileno()).st_size)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        "image-unreadable",
        f"{path}: the Manufacturer Image cannot be read: {error.strerror or error}",
        hint="name the firmware image file itself",
    )

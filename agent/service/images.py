"""Manufacturer Images: opened, and hashed in pieces."""

from pathlib import Path

from agent.cpl.image import HashedImage, hash_image
from agent.errors import UsageError
from agent.service.files import list_files, open_regular


def hash_image_folder(folder: Path) -> tuple[HashedImage, ...]:
    """Hash every file of a folder, hidden ones and folders in it apart, in the order of their names.

    Raises:
        UsageError: `image-folder-missing`, `image-folder-empty`, or `image-unreadable`.

    """
    if not folder.is_dir():
        raise UsageError(
            "image-folder-missing",
            f"{folder}: no such folder",
            hint="name the folder that the firmware images are in; --image names one image",
        )
    files = list_files(folder, what="Manufacturer Images")
    if not files:
        raise UsageError(
            "image-folder-empty", f"{folder}: there is no file in it", hint="name the folder of the images"
        )
    return tuple(hash_image_file(file) for file in files)


def hash_image_file(path: Path) -> HashedImage:
    """Compute the SHA-256 of a Manufacturer Image, streamed.

    Raises:
        UsageError: `image-unreadable`.

    """
    try:
        with open_regular(path) as stream:
            image_hash = hash_image(stream)
            return HashedImage(str(path), image_hash, stream.tell())
    except OSError as error:
        raise UsageError(
            "image-unreadable",
            f"{path}: the Manufacturer Image cannot be read: {error.strerror or error}",
            hint="name the firmware image file itself",
        ) from error

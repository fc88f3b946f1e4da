"""The Hash of the Manufacturer Image."""

import io
import subprocess
from pathlib import Path

import pytest

from agent.cpl.image import format_image_hash, hash_image
from agent.errors import UsageError
from tests.support.tools import require_tool


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 3 * 1024 * 1024 + 7])
def test_the_hash_is_the_one_that_openssl_makes(tmp_path: Path, size: int) -> None:
    """SHA-256 of the whole file, written as the form wants it: upper-case digits and nothing else."""
    image = tmp_path / "image.bin"
    image.write_bytes(bytes(index % 251 for index in range(size)))
    openssl = require_tool("openssl")
    output = subprocess.run(
        [openssl, "dgst", "-sha256", "-r", image], check=True, capture_output=True, text=True
    ).stdout
    with image.open("rb") as stream:
        assert format_image_hash(hash_image(stream)) == output.split()[0].upper()


def test_a_stream_that_fails_is_an_error_of_ours() -> None:
    """An operating system error while reading is translated."""

    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(UsageError) as caught:
        hash_image(Broken())
    assert caught.value.code == "image-unreadable"


@pytest.mark.parametrize("length", [0, 20, 31, 33])
def test_only_32_octets_are_a_hash(length: int) -> None:
    """Any other length is refused."""
    with pytest.raises(UsageError) as caught:
        format_image_hash(bytes(length))
    assert caught.value.code == "image-hash-malformed"

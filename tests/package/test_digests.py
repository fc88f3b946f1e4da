"""Parts are inflated and hashed in one pass, whatever their number and size, and whoever looks on."""

import hashlib
import threading

import pytest

from agent.errors import DocumentError
from agent.formats.package.digests import digest_parts
from agent.formats.package.package import Package, open_package
from tests.support.signer import LIMITS
from tests.support.zips import build_zip, parts_of

_LARGE = "xl/media/large.bin"


def _open(form: bytes, sizes: dict[str, int], *, stored: bool = False) -> tuple[Package, dict[str, bytes]]:
    """Open a form with further parts, of octets that compress to two thirds."""
    parts = parts_of(form)
    added = {
        name: hashlib.shake_256(name.encode()).hexdigest(size // 2).encode() for name, size in sizes.items()
    }
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"<Default", b'<Default Extension="bin" ContentType="application/octet-stream"/><Default', 1
    )
    package = open_package(build_zip({**parts, **added}, stored=stored), LIMITS)
    return package, {f"/{name}": content for name, content in added.items()}


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    "sizes",
    [
        {"xl/media/small.bin": 1000},
        {f"xl/media/{number}.bin": 400_000 for number in range(12)},
        {_LARGE: 6_000_000, "xl/media/small.bin": 1000},
    ],
    ids=["small", "many", "large"],
)
def test_digests_are_those_of_hashlib_and_a_tap_sees_the_same_octets(
    form: bytes, sizes: dict[str, int], stored: bool
) -> None:
    """In one thread, in several, and one part in two: the same octets, in order, each part once."""
    package, added = _open(form, sizes, stored=stored)
    taps = {part: _Collector() for part in package.entries}
    digests = digest_parts(package, package.entries, taps.__getitem__)
    assert {part: digests[part] for part in added} == {
        part: hashlib.sha256(content).digest() for part, content in added.items()
    }
    assert {part: taps[part].content for part in added} == added
    assert {taps[part].closed for part in added} == {1}


class _Collector:
    """Keeps what it is fed, and counts how often it is closed."""

    def __init__(self) -> None:
        self.content = b""
        self.closed = 0

    def feed(self, piece: bytes | memoryview) -> None:
        """Keep a piece."""
        assert not self.closed
        self.content += piece

    def close(self) -> None:
        """Note the end."""
        self.closed += 1


class _Refuser(_Collector):
    """Does not want what it is fed."""

    def feed(self, piece: bytes | memoryview) -> None:  # noqa: ARG002 - it wants none
        """Refuse."""
        raise DocumentError("test-refused", "not this")


@pytest.mark.parametrize("size", [1000, 6_000_000])
def test_what_a_tap_raises_comes_out(form: bytes, size: int) -> None:
    """From another thread too; a tap is closed all the same, and parts without one are only hashed."""
    package, _ = _open(form, {_LARGE: size})
    tap = _Refuser()
    with pytest.raises(DocumentError) as caught:
        digest_parts(package, package.entries, lambda part: tap if part == f"/{_LARGE}" else None)
    assert (caught.value.code, tap.closed) == ("test-refused", 1)


def test_a_stream_of_a_long_part_yields_its_octets_and_leaves_no_thread(form: bytes) -> None:
    """Read whole, or closed in the middle: what was inflated ahead ends with the stream."""
    package, added = _open(form, {_LARGE: 24_000_000})
    before = set(threading.enumerate())
    with package.open_part(f"/{_LARGE}") as stream:
        assert stream.read() == added[f"/{_LARGE}"]
    with package.open_part(f"/{_LARGE}") as stream:
        assert stream.read(12_000_000) == added[f"/{_LARGE}"][:12_000_000]
        assert len(set(threading.enumerate()) - before) == 1
    assert set(threading.enumerate()) <= before


def test_small_parts_are_inflated_once_however_often_they_are_read(form: bytes) -> None:
    """What was kept is what is streamed, hashed and looked at; only so many small parts are kept."""
    sizes = {f"xl/media/{number}.bin": 1000 for number in range(100)}
    package, added = _open(form, sizes)
    digests = digest_parts(package, package.entries)
    for part, content in added.items():
        with package.open_part(part) as stream:
            assert stream.read() == content
        assert digests[part] == hashlib.sha256(content).digest()
    assert len(package.kept) < len(added)

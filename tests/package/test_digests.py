"""Parts are inflated and hashed in one pass, whatever their number and size, and whoever looks on."""

import hashlib
from collections import defaultdict

import pytest

from agent.errors import DocumentError
from agent.formats.package.digests import Sink, digest_parts
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
    seen: dict[str, list[bytes]] = defaultdict(list)
    digests = digest_parts(package, package.entries)
    assert digest_parts(package, package.entries, lambda part: _collect(seen[part])) == digests
    assert {part: digests[part] for part in added} == {
        part: hashlib.sha256(content).digest() for part, content in added.items()
    }
    assert {part: b"".join(seen[part]) for part in added} == added
    assert seen.keys() == package.entries.keys()


def _collect(pieces: list[bytes]) -> Sink:
    return lambda piece: pieces.append(bytes(piece))


@pytest.mark.parametrize("size", [1000, 6_000_000])
def test_a_tap_that_wants_nothing_of_a_part_and_one_that_raises(form: bytes, size: int) -> None:
    """No sink is no sink; what a sink raises comes out, from another thread too."""
    package, _ = _open(form, {_LARGE: size})
    assert digest_parts(package, package.entries, lambda _: None) == digest_parts(package, package.entries)

    def refuse(_: bytes | memoryview) -> None:
        raise DocumentError("test-refused", "not this")

    with pytest.raises(DocumentError) as caught:
        digest_parts(package, package.entries, lambda part: refuse if part == f"/{_LARGE}" else None)
    assert caught.value.code == "test-refused"

"""Each part is inflated and hashed once per file, in pieces, and never beyond what it declared."""

import hashlib
import tracemalloc
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from agent.config.limits import DocumentLimits
from agent.errors import DocumentError
from agent.formats.package import digests, inflate
from agent.formats.package import package as opening
from agent.formats.package.archive import load_archive
from agent.formats.package.inflate import iter_entry
from agent.formats.package.package import open_package
from agent.formats.package.verify import verify_package
from tests.package.attacks.zip_items import Item, assemble, items_of
from tests.support.signer import LIMITS

_MEBIBYTE = 1 << 20


@dataclass
class Meter:
    """Stands for zlib and hashlib, and counts."""

    inflaters: int = 0
    hashers: int = 0
    inflated: Counter[int] = field(default_factory=Counter)

    def decompressobj(self, wbits: int) -> Any:
        """Count an inflater, and what comes out of it."""
        self.inflaters += 1
        number, inner = self.inflaters, zlib.decompressobj(wbits)
        meter = self

        class Inflater:
            def decompress(self, data: bytes, maximum: int = 0) -> bytes:
                piece = inner.decompress(data, maximum)
                meter.inflated[number] += len(piece)
                return piece

            def __getattr__(self, name: str) -> Any:
                return getattr(inner, name)

        return Inflater()

    def sha256(self, data: bytes = b"") -> Any:
        """Count a hash."""
        self.hashers += 1
        return hashlib.sha256(data)

    def copy(self) -> Any:
        """Count a hash begun as a copy of an empty one."""
        return self.sha256()


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch) -> Meter:
    """Count what the package room inflates and hashes."""
    found = Meter()
    stand_in = SimpleNamespace(
        decompressobj=found.decompressobj, crc32=zlib.crc32, error=zlib.error, MAX_WBITS=zlib.MAX_WBITS
    )
    monkeypatch.setattr(inflate, "zlib", stand_in)
    for room in (digests, opening):
        monkeypatch.setattr(room, "hashlib", found)
    monkeypatch.setattr(digests, "_EMPTY", found)
    return found


def test_every_entry_is_inflated_and_hashed_once(meter: Meter, countersigned: bytes) -> None:
    """Two signatures over the same parts, control parts that are parsed as well: one pass over each entry."""
    archive = load_archive(countersigned, LIMITS)
    deflated = [entry for entry in archive.entries if entry.central.method]
    package = open_package(countersigned, LIMITS)
    record = verify_package(package)
    assert [item.problems for item in record.signatures] == [(), ()]
    assert meter.inflaters == len(deflated)
    assert sum(meter.inflated.values()) == sum(entry.central.size for entry in deflated)
    # Of a .rels also what the relationship transform makes of it, for each choice of relationships.
    transformed = {choice for item in record.signatures for choice in _choices(item.covers)}
    assert meter.hashers == len(package.entries) + len(transformed)


def _choices(covered: tuple[str, ...]) -> set[frozenset[str]]:
    """Group covered relationships by their part."""
    places = [place for place in covered if ".rels#" in place]
    parts = {place.partition("#")[0] for place in places}
    return {frozenset(place for place in places if place.startswith(f"{part}#")) for part in parts}


def test_a_bomb_stops_where_it_passes_its_declared_size(meter: Meter) -> None:
    """One octet was declared: no more than one piece of 1 MiB comes out of 64 MiB."""
    bomb = Item(b"a", bytes(64 * _MEBIBYTE))
    archive = load_archive(assemble([replace(bomb, size=1)]), LIMITS)
    with pytest.raises(DocumentError) as caught:
        list(iter_entry(archive, archive.entries[0]))
    assert caught.value.code == "zip-data"
    assert meter.inflated.total() <= _MEBIBYTE


def test_a_declared_bomb_is_not_inflated_at_all(meter: Meter, countersigned: bytes) -> None:
    """What says that it is over the limit is taken at its word."""
    bomb = Item(b"docProps/bomb.xml", bytes(64 * _MEBIBYTE))
    for limits in (LIMITS, DocumentLimits(max_ratio=2000, max_total_bytes=32 * _MEBIBYTE)):
        with pytest.raises(DocumentError) as caught:
            open_package(assemble([*items_of(countersigned), bomb]), limits)
        assert caught.value.code.startswith("limit-")
    assert meter.inflaters == 0


def test_control_parts_have_one_limit_together(meter: Meter, countersigned: bytes) -> None:
    """Many small control parts cost as much as a large one, and are refused before any is parsed."""
    archive = load_archive(countersigned, LIMITS)
    names = ("[Content_Types].xml", "_xmlsignatures/")
    total = sum(
        entry.central.size
        for entry in archive.entries
        if entry.name.startswith(names) or entry.name.endswith(".rels")
    )
    open_package(countersigned, DocumentLimits(max_xml_bytes=total))
    meter.inflaters = 0
    with pytest.raises(DocumentError) as caught:
        open_package(countersigned, DocumentLimits(max_xml_bytes=total - 1))
    assert caught.value.code == "limit-xml-size"
    assert meter.inflaters == 0


def test_memory_stays_flat(countersigned: bytes) -> None:
    """A part of 64 MiB is never in memory whole, whether it is hashed by one thread or by several."""
    large = Item(b"xl/large.xml", bytes(64 * _MEBIBYTE))
    workbook = assemble([*items_of(countersigned), large])
    limits = DocumentLimits(max_ratio=2000)
    tracemalloc.start()
    try:
        verify_package(open_package(workbook, limits))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * _MEBIBYTE

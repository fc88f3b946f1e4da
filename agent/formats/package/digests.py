"""Digests of what a signature covers, each part inflated and hashed once.

Source: XMLDSig 1.0 clause 4.3.3; FIPS 180-4 (SHA-256).
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from agent.formats.package.coverage import Coverage
from agent.formats.package.inflate import iter_ahead
from agent.formats.package.package import Package
from agent.formats.package.relationships import transform_relationships

_WORTH_THREADS = 2 * 1024 * 1024
"""Inflated octets from which threads pay; zlib and hashlib let go of the interpreter's lock."""
_EMPTY = hashlib.sha256()
"""Copied for each part: to fetch the algorithm from OpenSSL anew takes longer than to hash a small part."""


class Tap(Protocol):
    """Is given a part's octets in their order while they are hashed, all from one thread."""

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next octets."""

    def close(self) -> None:
        """Take the end, also that of a part that turns out to be damaged."""


TapFinder = Callable[[str], Tap | None]
"""Finds who wants the octets of a part besides; None when nobody does."""


def digest_parts(
    package: Package, parts: Iterable[str], find_tap: TapFinder = lambda _: None
) -> Mapping[str, bytes]:
    """Compute the SHA-256 of each part's octets, or recall it: each part is inflated once.

    Taps of several parts may be called at the same time, each in a thread of its own.

    Raises:
        DocumentError: `zip-data` when a part is damaged.

    """
    named = frozenset(parts)
    missing = named - package.digests.keys()
    wanted = sorted(missing, key=lambda part: package.entries[part].central.size, reverse=True)
    total = sum(package.entries[part].central.size for part in wanted)
    if total < _WORTH_THREADS:
        package.digests.update({part: _digest(package.iter_part(part), find_tap(part)) for part in wanted})
    else:
        package.digests.update(_digest_in_threads(package, wanted, total, find_tap))
    return {part: package.digests[part] for part in named}


def _digest(pieces: Iterable[bytes | memoryview], tap: Tap | None) -> bytes:
    """Hash the pieces of a part, and give each to the tap, all in this thread."""
    state = _EMPTY.copy()
    try:
        for piece in pieces:
            state.update(piece)
            if tap is not None:
                tap.feed(piece)
    finally:
        if tap is not None:
            tap.close()
    return state.digest()


def _digest_in_threads(
    package: Package, wanted: Sequence[str], total: int, find_tap: TapFinder
) -> Mapping[str, bytes]:
    """Spread the parts, largest first; one that alone is more than a processor's share is split in two."""
    # Starting up is what most calls are about: the module is imported only where it pays.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    processors = min(8, os.cpu_count() or 1)

    def digest(part: str) -> bytes:
        pieces = package.iter_part(part)
        if package.entries[part].central.size * processors > total:
            pieces = iter_ahead(pieces)
        return _digest(pieces, find_tap(part))

    with ThreadPoolExecutor(processors) as pool:
        return dict(zip(wanted, pool.map(digest, wanted), strict=True))


def digest_relationships(package: Package, rels_part: str, ids: Iterable[str]) -> bytes:
    """Compute the SHA-256 of a relationships part after the relationship transform for `ids`."""
    key = (rels_part, frozenset(ids))
    digest = package.relationship_digests.get(key)
    if digest is None:
        transformed = transform_relationships(package.rels_parts[rels_part], key[1])
        digest = package.relationship_digests[key] = hashlib.sha256(transformed).digest()
    return digest


def ids_by_rels_part(coverage: Coverage) -> Mapping[str, tuple[str, ...]]:
    """Group covered relationships by their `.rels` part, Ids sorted, as References need them."""
    grouped: dict[str, list[str]] = {}
    for target in sorted(coverage.relationships):
        grouped.setdefault(target.rels_part, []).append(target.id)
    return {part: tuple(ids) for part, ids in grouped.items()}

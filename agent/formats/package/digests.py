"""Digests of what a signature covers, each part inflated and hashed once.

Source: XMLDSig 1.0 clause 4.3.3; FIPS 180-4 (SHA-256).
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from agent.formats.package.coverage import Coverage
from agent.formats.package.package import Package
from agent.formats.package.relationships import transform_relationships

_WORTH_THREADS = 4 * 1024 * 1024
"""Inflated octets from which threads pay; zlib and hashlib let go of the interpreter's lock."""


def digest_parts(package: Package, parts: Iterable[str]) -> Mapping[str, bytes]:
    """Compute the SHA-256 of each part's octets.

    Raises:
        DocumentError: `zip-data` when a part is damaged.

    """
    wanted = sorted(parts, key=lambda part: package.entries[part].central.size, reverse=True)
    total = sum(package.entries[part].central.size for part in wanted)
    if total < _WORTH_THREADS:
        return {part: _digest(package, part) for part in wanted}
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        return dict(zip(wanted, pool.map(lambda part: _digest(package, part), wanted), strict=True))


def _digest(package: Package, part: str) -> bytes:
    state = hashlib.sha256()
    for piece in package.iter_part(part):
        state.update(piece)
    return state.digest()


def digest_relationships(package: Package, rels_part: str, ids: Iterable[str]) -> bytes:
    """Compute the SHA-256 of a relationships part after the relationship transform for `ids`."""
    return hashlib.sha256(transform_relationships(package.rels_parts[rels_part], frozenset(ids))).digest()


def ids_by_rels_part(coverage: Coverage) -> Mapping[str, tuple[str, ...]]:
    """Group covered relationships by their `.rels` part, Ids sorted, as References need them."""
    grouped: dict[str, list[str]] = {}
    for target in sorted(coverage.relationships):
        grouped.setdefault(target.rels_part, []).append(target.id)
    return {part: tuple(ids) for part, ids in grouped.items()}

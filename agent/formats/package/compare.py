"""Two packages compared: parts by their digests, relationships and content types by what they say.

Source: ECMA-376 part 2, clauses 6.2 to 6.5.
"""

from collections.abc import Mapping
from enum import StrEnum

from agent.dataclass import dataclass
from agent.formats.package.digests import digest_parts
from agent.formats.package.package import Package
from agent.formats.package.part_names import is_rels_part
from agent.formats.package.relationships import Relationship
from agent.formats.package.vocabulary import REL_ORIGIN, SIGNATURE_FOLDER


class Change(StrEnum):
    """How something differs between A and B."""

    ONLY_IN_A = "only-in-a"
    ONLY_IN_B = "only-in-b"
    CHANGED = "changed"

    @classmethod
    def between(cls, a: object | None, b: object | None) -> "Change":
        """Name the change from `a` to `b`; None is what is not there."""
        if a is None:
            return cls.ONLY_IN_B
        return cls.ONLY_IN_A if b is None else cls.CHANGED


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part that differs."""

    part: str
    change: Change
    a: bytes | None
    """SHA-256 of its octets in A; None when it is not there."""
    b: bytes | None
    """SHA-256 of its octets in B; None when it is not there."""

    @property
    def is_of_signatures(self) -> bool:
        """Tell what belongs to the signatures from what they sign."""
        return self.part.casefold().startswith(SIGNATURE_FOLDER)


@dataclass(frozen=True, slots=True)
class RelationshipChange:
    """A relationship that differs, by its source and Id."""

    source: str
    """The part it starts from; `/` is the package."""
    id: str
    a: Relationship | None
    b: Relationship | None

    @property
    def change(self) -> Change:
        """How it differs."""
        return Change.between(self.a, self.b)

    @property
    def is_of_signatures(self) -> bool:
        """Tell what belongs to the signatures from what they sign."""
        types = {item.type for item in (self.a, self.b) if item}
        return types == {REL_ORIGIN} or self.source.casefold().startswith(SIGNATURE_FOLDER)


@dataclass(frozen=True, slots=True)
class ContentTypeChange:
    """A part that is in both, with another content type."""

    part: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """All that differs between two packages; how their zips are written does not count."""

    parts: tuple[PartChange, ...]
    relationships: tuple[RelationshipChange, ...]
    content_types: tuple[ContentTypeChange, ...]
    unused_content_types: bool
    """Whether the content types differ in what no part of both makes use of."""

    @property
    def same_content(self) -> bool:
        """Whether nothing differs but what belongs to signatures; a `.rels` part counts by what it says."""
        return (
            not self.content_types
            and all(item.is_of_signatures for item in self.relationships)
            and all(
                item.is_of_signatures or (item.change is Change.CHANGED and is_rels_part(item.part))
                for item in self.parts
            )
        )

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.parts or self.relationships or self.content_types or self.unused_content_types)


def compare_packages(a: Package, b: Package) -> PackageChanges:
    """Compare two packages; a `.rels` part is compared as a part too, for it may be written in two ways.

    Raises:
        DocumentError: `zip-data` when a part is damaged.

    """
    content_types = tuple(
        ContentTypeChange(part, a.content_type(part), b.content_type(part))
        for part in sorted(a.entries.keys() & b.entries.keys())
        if a.content_type(part) != b.content_type(part)
    )
    same = (a.content_types.defaults, a.content_types.overrides) == (
        b.content_types.defaults,
        b.content_types.overrides,
    )
    parts = _compare_parts(digest_parts(a, a.entries), digest_parts(b, b.entries))
    explained = bool(content_types) or any(part.change is not Change.CHANGED for part in parts)
    return PackageChanges(parts, _compare_relationships(a, b), content_types, not same and not explained)


def _compare_parts(a: Mapping[str, bytes], b: Mapping[str, bytes]) -> tuple[PartChange, ...]:
    return tuple(
        PartChange(part, Change.between(a.get(part), b.get(part)), a.get(part), b.get(part))
        for part in sorted(a.keys() | b.keys())
        if a.get(part) != b.get(part)
    )


def _compare_relationships(a: Package, b: Package) -> tuple[RelationshipChange, ...]:
    in_a, in_b = _relationships(a), _relationships(b)
    return tuple(
        RelationshipChange(*key, in_a.get(key), in_b.get(key))
        for key in sorted(in_a.keys() | in_b.keys())
        if in_a.get(key) != in_b.get(key)
    )


def _relationships(package: Package) -> dict[tuple[str, str], Relationship]:
    return {
        (rels.source, item.id): item for rels in package.rels_parts.values() for item in rels.relationships
    }

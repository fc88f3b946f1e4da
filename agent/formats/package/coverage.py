"""Coverage: what a package signature must list, and the few things that stay outside.

Every part and every relationship is to be covered. Outside stay, as in Office,
the document properties under /docProps and the signature parts themselves; a
countersignature takes the signature parts it countersigns back in.

Source: ECMA-376 part 2, clause 10.5; package-signature profile of this project (docs/signature.md).
"""

import re
from collections.abc import Collection

from agent.dataclass import dataclass
from agent.formats.package.package import Package
from agent.formats.package.relationships import Relationship, RelationshipsPart
from agent.formats.package.vocabulary import (
    ORIGIN_PART,
    ORIGIN_RELS,
    REL_ORIGIN,
    RELATIONSHIPS,
    ROOT_RELS,
    SIGNATURE_FOLDER,
)

_OFFICE_TYPE = "application/vnd.openxmlformats-officedocument."
_OFFICE_BASES = (
    ("http://schemas.openxmlformats.org/officeDocument/2006/relationships", "-properties"),
    ("http://purl.oclc.org/ooxml/officeDocument/relationships", "Properties"),
)
_PROPERTY_TYPES = {
    f"{RELATIONSHIPS}/metadata/core-properties": "application/vnd.openxmlformats-package.core-properties+xml",
    **{
        f"{base}/{kind}{suffix}": f"{_OFFICE_TYPE}{kind}-properties+xml"
        for base, suffix in _OFFICE_BASES
        for kind in ("extended", "custom")
    },
}
"""Relationship type of a property part to the one content type it may have."""
_PROPERTY_NAME = re.compile(r"/docProps/[A-Za-z0-9_-]+\.xml")


@dataclass(frozen=True, slots=True, order=True)
class PartTarget:
    """A part covered as raw octets."""

    part: str


@dataclass(frozen=True, slots=True, order=True)
class RelationshipTarget:
    """One relationship covered through the relationship transform."""

    rels_part: str
    id: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Parts and relationships that a signature covers, or has to."""

    parts: frozenset[PartTarget]
    relationships: frozenset[RelationshipTarget]

    def names(self) -> tuple[str, ...]:
        """List the covered places: part names, and `rels-part#Id` for relationships."""
        return tuple(
            sorted(
                [target.part for target in self.parts]
                + [f"{target.rels_part}#{target.id}" for target in self.relationships]
            )
        )

    def without(self, other: "Coverage") -> "Coverage":
        """Build what is here and not in `other`."""
        return Coverage(self.parts - other.parts, self.relationships - other.relationships)


def required_coverage(package: Package, *, countersigned: Collection[str] = ()) -> Coverage:
    """Build what a signature over `package` has to cover.

    `countersigned` names the signature parts that a countersignature takes in,
    with their relationships from the origin.
    """
    properties = _property_parts(package)
    parts = {
        PartTarget(name)
        for name in package.entries
        if not has_relationships(package, name) and name not in properties and not _is_signature_item(name)
    }
    relationships = {
        RelationshipTarget(rels.name, relationship.id)
        for rels in package.rels_parts.values()
        if not _is_signature_item(rels.name)
        for relationship in rels.relationships
        if not _is_exempt(package, rels, relationship, properties)
    }
    for part in countersigned:
        parts.add(PartTarget(part))
        relationships.update(
            RelationshipTarget(ORIGIN_RELS, relationship.id)
            for relationship in package.relationships(ORIGIN_PART)
            if package.find_part(relationship.target_part) == part
        )
    return Coverage(frozenset(parts), frozenset(relationships))


def exempt_names(package: Package) -> tuple[str, ...]:
    """List the document property parts that no signature covers: they are untrusted."""
    return tuple(sorted(_property_parts(package)))


def has_relationships(package: Package, name: str) -> bool:
    """Tell whether a part is covered by its relationships; a `.rels` without any is covered as it is."""
    rels = package.rels_parts.get(name)
    return bool(rels and rels.relationships)


def _is_signature_item(name: str) -> bool:
    return name.casefold().startswith(SIGNATURE_FOLDER)


def _property_parts(package: Package) -> frozenset[str]:
    """Find the property parts: one of a kind, under /docProps, of its content type, reached in one way.

    Whatever else lies there, or claims to be properties, has to be covered like any part. So has one that is
    spelled otherwise in its relationship: that is not covered either, and readers compare names differently.
    """
    reached: dict[str, list[str]] = {}
    for rels in package.rels_parts.values():
        for relationship in rels.relationships:
            part = package.find_part(relationship.target_part) or ""
            plainly = rels.name == ROOT_RELS and relationship.leads_plainly_to(part)
            reached.setdefault(part, []).append(relationship.type if plainly else "")
    kinds = [kind for ways in reached.values() for kind in ways]
    return frozenset(
        part
        for part, ways in reached.items()
        if len(ways) == 1
        and kinds.count(ways[0]) == 1
        and _PROPERTY_NAME.fullmatch(part)
        and package.content_type(part) == _PROPERTY_TYPES.get(ways[0])
    )


def _is_exempt(
    package: Package, rels: RelationshipsPart, relationship: Relationship, properties: frozenset[str]
) -> bool:
    if rels.name != ROOT_RELS or relationship.external:
        return False
    if relationship.type == REL_ORIGIN:
        return True
    return package.find_part(relationship.target_part) in properties

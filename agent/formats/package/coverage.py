"""Coverage: what a package signature must list, and the few things that stay outside.

Every part and every relationship is to be covered. Outside stay, as in Office,
the document properties under /docProps and the signature parts themselves; a
countersignature takes the signature parts it countersigns back in.

Source: ECMA-376 part 2, clause 10.5; package-signature profile of this project (docs/signature.md).
"""

from collections.abc import Collection
from dataclasses import dataclass

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

_OFFICE_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PROPERTY_TYPES = frozenset(
    {
        f"{RELATIONSHIPS}/metadata/core-properties",
        f"{RELATIONSHIPS}/metadata/thumbnail",
        *(
            f"{base}/{kind}"
            for base in (_OFFICE_TRANSITIONAL, _OFFICE_STRICT)
            for kind in ("extended-properties", "custom-properties", "extendedProperties", "customProperties")
        ),
    }
)
_PROPERTIES_FOLDER = "/docprops/"


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
        if name not in package.rels_parts and name not in properties and not _is_signature_item(name)
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


def _is_signature_item(name: str) -> bool:
    return name.casefold().startswith(SIGNATURE_FOLDER)


def _property_parts(package: Package) -> frozenset[str]:
    """Find the property parts: under /docProps, reached from the package by a property relationship alone."""
    candidates: set[str] = set()
    elsewhere: set[str] = set()
    for rels in package.rels_parts.values():
        for relationship in rels.relationships:
            target = package.find_part(relationship.target_part) or ""
            as_property = rels.name == ROOT_RELS and relationship.type in _PROPERTY_TYPES
            (candidates if as_property else elsewhere).add(target)
    return frozenset(
        name for name in candidates - elsewhere if name.casefold().startswith(_PROPERTIES_FOLDER)
    )


def _is_exempt(
    package: Package, rels: RelationshipsPart, relationship: Relationship, properties: frozenset[str]
) -> bool:
    if rels.name != ROOT_RELS or relationship.external:
        return False
    if relationship.type == REL_ORIGIN:
        return True
    return package.find_part(relationship.target_part) in properties

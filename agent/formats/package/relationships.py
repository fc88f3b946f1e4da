"""Relationships: parsed strictly, transformed for a digest, written without white space.

Source: ECMA-376 part 2, clause 6.5 (relationships) and 10.5.8.3 (relationship transform).
"""

import re
from collections.abc import Collection, Iterable

from lxml import etree

from agent.config.limits import DocumentLimits
from agent.dataclass import dataclass
from agent.formats.package.control_xml import default_namespace, parse_control_part
from agent.formats.package.findings import (
    RELATIONSHIPS_MALFORMED,
)
from agent.formats.package.part_names import resolve_target, source_of_rels
from agent.formats.package.vocabulary import RELATIONSHIPS

_ROOT = f"{{{RELATIONSHIPS}}}Relationships"
_CHILD = f"{{{RELATIONSHIPS}}}Relationship"
_REQUIRED = frozenset({"Id", "Type", "Target"})
_IDENTIFIER = re.compile(r"[^\W\d][\w.-]*")
"""An xsd:ID (NCName), as the schema of relationships asks for; .NET refuses the package otherwise."""
_ALLOWED = _REQUIRED | {"TargetMode"}


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship of a part (or of the package, whose name is `/`)."""

    id: str
    type: str
    target: str
    """The reference as written."""
    external: bool
    target_part: str
    """The part it points at, absolute; empty when external."""

    def leads_plainly_to(self, part: str) -> bool:
        """Tell whether every reader is led to `part`: letter for letter, without percent sign or fragment."""
        return self.target_part == part and "#" not in self.target


@dataclass(frozen=True, slots=True)
class RelationshipsPart:
    """A parsed `.rels` part."""

    name: str
    relationships: tuple[Relationship, ...]
    has_white_space: bool
    """White space between the elements, which xmlsec 1.2 (LibreOffice 7.4) digests wrongly."""

    @property
    def source(self) -> str:
        """The part these relationships start from."""
        return source_of_rels(self.name)


def parse_relationships(data: bytes, name: str, limits: DocumentLimits) -> RelationshipsPart:
    """Parse a `.rels` part.

    Raises:
        DocumentError: `relationships-malformed`, `relationship-target`, or what
            `parse_control_part` raises.

    """
    root = parse_control_part(data, where=name, limits=limits)
    if root.tag != _ROOT or root.attrib:
        raise RELATIONSHIPS_MALFORMED.error(f"{name} does not hold Relationships")
    texts = [root.text, *(child.tail for child in root)]
    if any(text and text.strip() for text in texts):
        raise RELATIONSHIPS_MALFORMED.error(f"{name} has text between its relationships")
    found = tuple(_relationship(child, name) for child in root)
    if len({relationship.id for relationship in found}) != len(found):
        raise RELATIONSHIPS_MALFORMED.error(f"{name} uses one Id twice")
    return RelationshipsPart(name, found, any(texts))


def _relationship(element: etree._Element, name: str) -> Relationship:
    attributes = {str(key): str(value) for key, value in element.attrib.items()}
    well_formed = (
        element.tag == _CHILD
        and set(attributes) >= _REQUIRED
        and set(attributes) <= _ALLOWED
        and all(attributes.values())
        and _IDENTIFIER.fullmatch(attributes["Id"])
        and attributes.get("TargetMode", "Internal") in ("Internal", "External")
        and len(element) == 0
        and not (element.text or "").strip()
    )
    if not well_formed:
        raise RELATIONSHIPS_MALFORMED.error(f"{name} holds something that is not a relationship")
    external = attributes.get("TargetMode") == "External"
    target = attributes["Target"]
    part = "" if external else resolve_target(source_of_rels(name), target)
    return Relationship(attributes["Id"], attributes["Type"], target, external, part)


def transform_relationships(part: RelationshipsPart, ids: Collection[str]) -> bytes:
    """Apply the relationship transform for `ids`, then C14N: the octets that are digested.

    The relationships are sorted by Id, TargetMode is made explicit, and the
    white space goes (ECMA-376 part 2, 10.5.8.3).
    """
    chosen = [relationship for relationship in part.relationships if relationship.id in ids]
    root = _build(sorted(chosen, key=lambda relationship: relationship.id), explicit_mode=True)
    return etree.tostring(root, method="c14n")


def build_relationships(relationships: Iterable[Relationship]) -> bytes:
    """Write a `.rels` part without white space between its elements."""
    return etree.tostring(
        _build(relationships, explicit_mode=False), xml_declaration=True, encoding="UTF-8", standalone=True
    )


def _build(relationships: Iterable[Relationship], *, explicit_mode: bool) -> etree._Element:
    root = etree.Element(_ROOT, nsmap=default_namespace(RELATIONSHIPS))
    for relationship in relationships:
        child = etree.SubElement(root, _CHILD)
        child.set("Id", relationship.id)
        child.set("Type", relationship.type)
        child.set("Target", relationship.target)
        if relationship.external or explicit_mode:
            child.set("TargetMode", "External" if relationship.external else "Internal")
    return root


def next_id(relationships: Iterable[Relationship], prefix: str) -> str:
    """Choose an Id that no relationship has yet: prefix and a number."""
    taken = {relationship.id for relationship in relationships}
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"

"""The Manifest: one Reference for each covered part, one for each covered `.rels`.

Source: ECMA-376 part 2, clause 10.5.7 to 10.5.9; XMLDSig 1.0 clause 5.1.
"""

from base64 import b64encode

from lxml import etree

from agent.formats.package.coverage import Coverage
from agent.formats.package.digests import digest_parts, digest_relationships, ids_by_rels_part
from agent.formats.package.package import Package
from agent.formats.package.vocabulary import C14N, DS, MDSSI, RELATIONSHIP_TRANSFORM, SHA256


def ds(name: str) -> str:
    """Qualify an XMLDSig element name."""
    return f"{{{DS}}}{name}"


def add_text(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    """Append an element that holds nothing but text."""
    child = etree.SubElement(parent, tag, attributes)
    child.text = text or None
    return child


def add_reference(
    parent: etree._Element,
    uri: str,
    digest: bytes,
    *,
    transforms: tuple[etree._Element, ...] = (),
    reference_type: str = "",
) -> None:
    """Append a Reference with a SHA-256 digest."""
    attributes = {"Type": reference_type} if reference_type else {}
    reference = etree.SubElement(parent, ds("Reference"), {**attributes, "URI": uri})
    if transforms:
        etree.SubElement(reference, ds("Transforms")).extend(transforms)
    add_text(reference, ds("DigestMethod"), Algorithm=SHA256)
    add_text(reference, ds("DigestValue"), b64encode(digest).decode("ascii"))


def c14n_transform() -> etree._Element:
    """Build the C14N 1.0 Transform."""
    return etree.Element(ds("Transform"), Algorithm=C14N)


def add_manifest(parent: etree._Element, package: Package, coverage: Coverage) -> None:
    """Append the Manifest over `coverage`, sorted by name.

    Raises:
        DocumentError: `zip-data` when a part is damaged.

    """
    manifest = etree.SubElement(parent, ds("Manifest"))
    digests = digest_parts(package, (target.part for target in coverage.parts))
    relationships = ids_by_rels_part(coverage)
    for name in sorted([*digests, *relationships]):
        uri = f"{name}?ContentType={package.content_type(name)}"
        if name in digests:
            add_reference(manifest, uri, digests[name])
        else:
            ids = relationships[name]
            transforms = (_relationship_transform(ids), c14n_transform())
            add_reference(manifest, uri, digest_relationships(package, name, ids), transforms=transforms)


def _relationship_transform(ids: tuple[str, ...]) -> etree._Element:
    """Name the relationships by SourceId alone: a SourceType would take in what is added later."""
    transform = etree.Element(ds("Transform"), Algorithm=RELATIONSHIP_TRANSFORM)
    for relationship_id in ids:
        etree.SubElement(
            transform,
            f"{{{MDSSI}}}RelationshipReference",
            {"SourceId": relationship_id},
            nsmap={"mdssi": MDSSI},
        )
    return transform

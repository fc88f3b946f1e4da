"""Signing of a package: everything but the key's own operation.

`prepare_signature` is pure and complete: the digest it returns is all that the
key will sign, and `PreparedSignature.finish` adds nothing but the value.

Source: ECMA-376 part 2 clause 10; docs/signature.md.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime

from lxml import etree

from agent.dataclass import dataclass
from agent.formats.package.control_xml import canonicalize
from agent.formats.package.coverage import required_coverage
from agent.formats.package.findings import (
    RELATIONSHIP_AMPERSAND,
)
from agent.formats.package.package import Package
from agent.formats.package.profile import parse_signature
from agent.formats.package.relationships import Relationship, build_relationships, next_id
from agent.formats.package.signature_xml import build_signature
from agent.formats.package.unsigned import add_unsigned_properties, timestamped_octets
from agent.formats.package.verify import digest_signed_info
from agent.formats.package.vocabulary import (
    CONTENT_TYPES_ITEM,
    ORIGIN_PART,
    ORIGIN_RELS,
    REL_ORIGIN,
    REL_SIGNATURE,
    ROOT_RELS,
    SIGNATURE_FOLDER,
    TYPE_ORIGIN,
    TYPE_SIGNATURE,
)
from agent.formats.package.zip_write import iter_zip
from agent.formats.request import SignatureRequest
from agent.formats.unsigned import NO_UNSIGNED_PROPERTIES, UnsignedProperties


@dataclass(frozen=True, slots=True)
class PreparedSignature:
    """A signature that lacks nothing but its value."""

    digest: bytes
    """The hash of the canonical SignedInfo, by the certificate's algorithm: what the key signs."""
    signed_octets: bytes
    """The canonical SignedInfo."""
    signature_part: str
    signing_time: datetime
    _root: etree._Element
    _package: Package
    _replaced: Mapping[str, bytes]

    def timestamped_octets(self, signature_value: bytes) -> bytes:
        """Build what a timestamp of this signature is over; `signature_value` is raw, r‖s for ECDSA."""
        self._root[1].text = b64encode(signature_value).decode("ascii")
        return timestamped_octets(self._root[1])

    def finish(
        self, signature_value: bytes, properties: UnsignedProperties = NO_UNSIGNED_PROPERTIES
    ) -> Iterator[bytes | memoryview]:
        """Yield the signed package; `signature_value` is raw, r‖s for ECDSA.

        Raises:
            DocumentError: `embedded-crl-too-large`; otherwise the part built is not what the profile accepts,
                a defect of ours.

        """
        self._root[1].text = b64encode(signature_value).decode("ascii")
        add_unsigned_properties(self._root[-1][0], properties)
        part = etree.tostring(self._root, xml_declaration=True, encoding="UTF-8", standalone=True)
        parse_signature(part, where=self.signature_part, limits=self._package.limits)
        items = {**self._replaced, self.signature_part: part}
        present = {name for name in items if name in self._package.entries or name == CONTENT_TYPES_ITEM}
        return iter_zip(
            self._package.archive,
            {_item(name): content for name, content in items.items() if name in present},
            {_item(name): content for name, content in items.items() if name not in present},
        )


def prepare_signature(package: Package, request: SignatureRequest) -> PreparedSignature:
    """Build the signature of `request` over `package`.

    Raises:
        DocumentError: `relationship-ampersand`, `content-type-conflict`, or `zip-data`.

    """
    _check_targets(package)
    coverage = required_coverage(package, countersigned=request.countersigned)
    root = build_signature(package, coverage, request)
    signed_info = canonicalize(root[0])
    part = _free_signature_part(package)
    return PreparedSignature(
        digest=digest_signed_info(signed_info, request.certificate.algorithm),
        signed_octets=signed_info,
        signature_part=part,
        signing_time=request.signing_time,
        _root=root,
        _package=package,
        _replaced=_changed_items(package, part),
    )


def _check_targets(package: Package) -> None:
    """Refuse what LibreOffice 7 would misjudge: its xmlsec 1.2 digests an `&` in a target unescaped."""
    for rels in package.rels_parts.values():
        for relationship in rels.relationships:
            if "&" in relationship.target:
                raise RELATIONSHIP_AMPERSAND.error(
                    f"{rels.source} links to {relationship.target!r}: LibreOffice 7 misjudges a signed '&'",
                    hint="remove the link or shorten it so that it has no '&', then sign",
                )


def _free_signature_part(package: Package) -> str:
    number = 1
    while package.find_part(f"{SIGNATURE_FOLDER}sig{number}.xml"):
        number += 1
    return f"{SIGNATURE_FOLDER}sig{number}.xml"


def _changed_items(package: Package, signature_part: str) -> dict[str, bytes]:
    """Build the entries that change, and the origin: part name (or content types item) to octets."""
    types = package.content_types.with_default("sigs", TYPE_ORIGIN)
    changed = {
        CONTENT_TYPES_ITEM: types.with_override(signature_part, TYPE_SIGNATURE).build(),
        ORIGIN_RELS: _with_relationship(package, ORIGIN_PART, REL_SIGNATURE, signature_part),
    }
    if package.find_part(ORIGIN_PART) is None:
        changed[ORIGIN_PART] = b""
        changed[ROOT_RELS] = _with_relationship(package, "/", REL_ORIGIN, ORIGIN_PART)
    for name, rels in package.rels_parts.items():
        # xmlsec 1.2 digests white space between relationships, which the transform drops.
        if rels.has_white_space and rels.relationships and name not in changed:
            changed[name] = build_relationships(rels.relationships)
    return changed


def _with_relationship(package: Package, source: str, relationship_type: str, target: str) -> bytes:
    present = package.relationships(source)
    name = target if source == "/" else target.removeprefix(SIGNATURE_FOLDER)
    added = Relationship(
        next_id(present, "rIdSignature"), relationship_type, name.removeprefix("/"), False, target
    )
    return build_relationships([*present, added])


def _item(name: str) -> str:
    return name.removeprefix("/")

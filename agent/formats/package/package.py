"""An OPC package opened strictly: parts, content types and relationships that all readers agree on.

Source: ECMA-376 part 2, clauses 6.2 to 6.5.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import BinaryIO, cast

from agent.config.limits import DocumentLimits
from agent.dataclass import dataclass
from agent.formats.package.archive import Archive, Entry, load_archive
from agent.formats.package.content_types import ContentTypes, parse_content_types
from agent.formats.package.findings import (
    CONTENT_TYPE_DANGLING,
    CONTENT_TYPE_MISSING,
    CONTENT_TYPE_WRONG,
    LIMIT_RELATIONSHIPS,
    LIMIT_XML_SIZE,
    PACKAGE_NOT_OPC,
    PART_MISSING,
    PART_NAME_DUPLICATE,
    RELATIONSHIP_DANGLING,
    RELATIONSHIP_TARGET,
    RELATIONSHIPS_DANGLING,
)
from agent.formats.package.inflate import EntryStream, iter_entry, read_entry
from agent.formats.package.part_names import check_part_name, check_unique, fold, is_rels_part, rels_part_of
from agent.formats.package.relationships import Relationship, RelationshipsPart, parse_relationships
from agent.formats.package.vocabulary import CONTENT_TYPES_ITEM, ROOT_RELS, SIGNATURE_FOLDER, TYPE_RELS

_SMALL = 64 * 1024
"""Octets of a part that is kept once it was inflated."""
_MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Package:
    """A package in memory; part names are absolute (`/xl/workbook.xml`)."""

    archive: Archive
    entries: Mapping[str, Entry]
    """Part name to zip entry, without the content types item."""
    content_types: ContentTypes
    rels_parts: Mapping[str, RelationshipsPart]
    """Name of a `.rels` part to its relationships."""
    limits: DocumentLimits
    names: Mapping[str, str]
    """Folded part name to part name."""
    digests: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """SHA-256 of the parts hashed so far: the octets stay the same, and a countersigner asks twice."""
    relationship_digests: dict[tuple[str, frozenset[str]], bytes] = field(
        default_factory=dict, compare=False, repr=False
    )
    """The same for relationships parts after the relationship transform, by part and Ids."""
    kept: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """Octets of small parts inflated so far: workbook, styles and a form's sheet are looked at repeatedly."""

    def find_part(self, name: str) -> str | None:
        """Find the part that readers take `name` for; None when there is none."""
        return self.names.get(fold(name))

    def content_type(self, part: str) -> str:
        """Look up the content type of an existing part."""
        return cast("str", self.content_types.of(part))

    def relationships(self, part_name: str) -> tuple[Relationship, ...]:
        """List the relationships of a part; the package itself is `/` (or empty)."""
        rels = self.find_part(rels_part_of(part_name or "/"))
        return self.rels_parts[rels].relationships if rels else ()

    def read_part(self, part: str) -> bytes:
        """Read a control part whole (at most `max_xml_bytes` octets); its digest is kept.

        Raises:
            DocumentError: `limit-xml-size` or `zip-data`.

        """
        octets = read_entry(self.archive, self.entries[part], limit=self.limits.max_xml_bytes)
        self.digests[part] = hashlib.sha256(octets).digest()
        return octets

    def iter_part(self, part: str) -> Iterator[bytes | memoryview]:
        """Yield a part's octets in pieces.

        Raises:
            DocumentError: `zip-data` when it is damaged.

        """
        octets = self._recall(part)
        return iter_entry(self.archive, self.entries[part]) if octets is None else iter((octets,))

    def open_part(self, part_name: str) -> BinaryIO:
        """Open a part as a stream, inflated as it is read.

        Raises:
            DocumentError: `part-missing`, or `zip-data` when it is small and damaged.

        """
        part = self.find_part(part_name)
        if part is None:
            raise PART_MISSING.error(f"the package has no part {part_name}")
        octets = self._recall(part)
        if octets is not None:
            return io.BytesIO(octets)
        return io.BufferedReader(EntryStream(self.archive, self.entries[part]), 1 << 14)

    def _recall(self, part: str) -> bytes | None:
        """Inflate a small part, or recall it; None when it is to be streamed."""
        octets = self.kept.get(part)
        entry = self.entries[part]
        if octets is None and entry.central.size <= _SMALL and len(self.kept) < _MOST_KEPT:
            octets = self.kept[part] = b"".join(iter_entry(self.archive, entry))
        return octets


def open_package(data: bytes, limits: DocumentLimits) -> Package:
    """Open a package and check all that holds for it whether signed or not.

    Raises:
        DocumentError: what is wrong with the zip, a part name, the content types or a relationship.

    """
    archive = load_archive(data, limits)
    item, entries = _split_entries(archive)
    check_unique(entries)
    _check_control_size(item, entries, limits)
    content_types = parse_content_types(read_entry(archive, item, limit=limits.max_xml_bytes), limits)
    rels_parts: dict[str, RelationshipsPart] = {}
    package = Package(
        archive,
        MappingProxyType(entries),
        content_types,
        MappingProxyType(rels_parts),
        limits,
        MappingProxyType({fold(name): name for name in entries}),
    )
    for name in filter(is_rels_part, entries):
        rels_parts[name] = parse_relationships(package.read_part(name), name, limits)
    _check_count(rels_parts.values(), limits)
    _check_content_types(package)
    _check_relationships(package)
    return package


def _split_entries(archive: Archive) -> tuple[Entry, dict[str, Entry]]:
    item: Entry | None = None
    entries: dict[str, Entry] = {}
    for entry in archive.entries:
        if entry.name == CONTENT_TYPES_ITEM and item is None:
            item = entry
            continue
        name = "/" + entry.name
        check_part_name(name)
        if name in entries:
            raise PART_NAME_DUPLICATE.error(f"two zip entries are called {entry.name}")
        entries[name] = entry
    if item is None:
        raise PACKAGE_NOT_OPC.error(
            "the zip is not an Office package: it has no [Content_Types].xml",
            hint="give an .xlsx or .xlsm workbook",
        )
    return item, entries


def _check_control_size(item: Entry, entries: Mapping[str, Entry], limits: DocumentLimits) -> None:
    """Judge the declared sizes of what is parsed whole; while inflating each is held to its own."""
    signatures = SIGNATURE_FOLDER.casefold()
    total = item.central.size + sum(
        entry.central.size
        for name, entry in entries.items()
        if is_rels_part(name) or name.casefold().startswith(signatures)
    )
    if total > limits.max_xml_bytes:
        message = f"content types, relationships and signatures have {total} octets"
        raise LIMIT_XML_SIZE.error(f"{message}, the limit is {limits.max_xml_bytes}")


def _check_count(rels_parts: Iterable[RelationshipsPart], limits: DocumentLimits) -> None:
    """Hold relationships to the limit of entries: each is compared, and reported, as a part is."""
    count = sum(len(rels.relationships) for rels in rels_parts)
    if count > limits.max_entries:
        raise LIMIT_RELATIONSHIPS.error(
            f"the package has {count} relationships, the limit is {limits.max_entries}"
        )


def _check_content_types(package: Package) -> None:
    for part in package.entries:
        content_type = package.content_types.of(part)
        if content_type is None:
            raise CONTENT_TYPE_MISSING.error(f"{part} has no content type")
        if is_rels_part(part) != (content_type == TYPE_RELS):
            raise CONTENT_TYPE_WRONG.error(f"{part} may not have the content type {content_type}")
    for key, name in package.content_types.override_names.items():
        # Letter for letter: the content types item is not signed, and some readers compare exactly.
        if package.names.get(key) != name:
            raise CONTENT_TYPE_DANGLING.error(f"a content type is given for {name}, which is not there")


def _check_relationships(package: Package) -> None:
    if ROOT_RELS not in package.entries:
        # also in other letter case: what we add would stand beside it
        raise PACKAGE_NOT_OPC.error("the package has no relationships (_rels/.rels)")
    for name, rels in package.rels_parts.items():
        if rels.source != "/" and (package.find_part(rels.source) is None or is_rels_part(rels.source)):
            raise RELATIONSHIPS_DANGLING.error(f"{name} belongs to a part that is not there")
        for relationship in rels.relationships:
            target = relationship.target_part
            if not relationship.external and target != "/" and package.find_part(target) is None:
                raise RELATIONSHIP_DANGLING.error(
                    f"{relationship.id} of {rels.source} points at {target}, which is not there",
                )
            if not relationship.external and is_rels_part(target):
                raise RELATIONSHIP_TARGET.error(f"{name} points at a relationships part")

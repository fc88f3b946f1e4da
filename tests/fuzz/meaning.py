"""What a package says, read without the code under test: zipfile and ElementTree.

An accepted package must say what the signed one said: the octets and content type of each part, and each
relationship. Outside are, by rule, the document properties, the signatures and what leads to them.
"""

import io
import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_TYPES = "[Content_Types].xml"
_SIGNATURES = "_xmlsignatures/"
_ORIGIN = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
_PROPERTIES = ("docProps/core.xml", "docProps/app.xml")


@dataclass(frozen=True)
class Meaning:
    """The content of a package."""

    parts: Mapping[str, tuple[bytes, str]]
    """Part to its octets and content type."""
    relationships: frozenset[tuple[str, ...]]
    """`.rels` entry, Id, Type, Target, TargetMode."""


def read_meaning(package: bytes) -> Meaning:
    """Read what a package says; it was accepted, so it can be read."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        names = archive.namelist()
        assert len({name.lower() for name in names}) == len(names)
        entries = {name: archive.read(name) for name in names}
    types = ET.fromstring(entries.pop(_TYPES))  # noqa: S314 - accepted, and by us
    content = {name: octets for name, octets in entries.items() if not name.startswith(_SIGNATURES)}
    parts = {
        name: (octets, _content_type(types, name))
        for name, octets in content.items()
        if not name.endswith(".rels") and name not in _PROPERTIES
    }
    relationships = frozenset(
        found for name, octets in content.items() if name.endswith(".rels") for found in _read(name, octets)
    )
    return Meaning(parts, relationships)


def _content_type(types: ET.Element, name: str) -> str:
    overrides = [item for item in types if item.get("PartName", "").lower() == f"/{name}".lower()]
    extension = posixpath.splitext(name)[1].removeprefix(".").lower()
    defaults = [item for item in types if item.get("Extension", "").lower() == extension]
    return (overrides or defaults)[0].get("ContentType", "")


def _read(name: str, octets: bytes) -> list[tuple[str, ...]]:
    found = [
        (name, *(item.get(key, "Internal") for key in ("Id", "Type", "Target", "TargetMode")))
        for item in ET.fromstring(octets)  # noqa: S314
    ]
    return [item for item in found if item[2] != _ORIGIN and not _is_property(item[2], item[3])]


def _is_property(kind: str, target: str) -> bool:
    return kind.endswith("-properties") and target.removeprefix("/") in _PROPERTIES

"""The content types of a package: parsed strictly, extended by two entries.

Source: ECMA-376 part 2, clause 6.2.3 and 7.2.3 (content types item).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from lxml import etree

from agent.config.limits import DocumentLimits
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.package.control_xml import default_namespace, parse_control_part
from agent.formats.package.findings import (
    CONTENT_TYPE_CONFLICT,
    CONTENT_TYPES_MALFORMED,
)
from agent.formats.package.part_names import fold
from agent.formats.package.vocabulary import CONTENT_TYPES, CONTENT_TYPES_ITEM

_EXTENSION = re.compile(r"[A-Za-z0-9_+-]+")
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}(?: ?; ?{_WORD}=(?:{_WORD}|\"[^\"\\]*\"))*")
"""RFC 9110 clause 8.3.1; a type that is none makes a reader mend the package, or give up."""
_ROOT = f"{{{CONTENT_TYPES}}}Types"
_DEFAULT = f"{{{CONTENT_TYPES}}}Default"
_OVERRIDE = f"{{{CONTENT_TYPES}}}Override"


@dataclass(frozen=True, slots=True)
class ContentTypes:
    """Defaults by lower-case extension, overrides by folded part name, as in the file's order."""

    defaults: Mapping[str, str]
    overrides: Mapping[str, str]
    override_names: Mapping[str, str]
    """Folded part name to the name as written."""

    def of(self, part: str) -> str | None:
        """Look up the content type of a part; None when it has none."""
        override = self.overrides.get(fold(part))
        if override is not None:
            return override
        extension = part.rpartition("/")[2].rpartition(".")
        return self.defaults.get(extension[2].lower()) if extension[1] else None

    def with_default(self, extension: str, content_type: str) -> "ContentTypes":
        """Add a Default.

        Raises:
            DocumentError: `content-type-conflict` when the extension stands for something else.

        """
        if self.defaults.get(extension, content_type) != content_type:
            raise CONTENT_TYPE_CONFLICT.error(
                f"the package uses the extension {extension!r} for something else"
            )
        return replace(self, defaults=MappingProxyType({**self.defaults, extension: content_type}))

    def with_override(self, part: str, content_type: str) -> "ContentTypes":
        """Add an Override for a new part."""
        key = fold(part)
        return replace(
            self,
            overrides=MappingProxyType({**self.overrides, key: content_type}),
            override_names=MappingProxyType({**self.override_names, key: part}),
        )

    def build(self) -> bytes:
        """Write the content types item."""
        root = etree.Element(_ROOT, nsmap=default_namespace(CONTENT_TYPES))
        for extension, content_type in self.defaults.items():
            etree.SubElement(root, _DEFAULT, Extension=extension, ContentType=content_type)
        for key, content_type in self.overrides.items():
            etree.SubElement(root, _OVERRIDE, PartName=self.override_names[key], ContentType=content_type)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def parse_content_types(data: bytes, limits: DocumentLimits) -> ContentTypes:
    """Parse `[Content_Types].xml`.

    Raises:
        DocumentError: `content-types-malformed`, or what `parse_control_part` raises.

    """
    root = parse_control_part(data, where=CONTENT_TYPES_ITEM, limits=limits)
    if root.tag != _ROOT or root.attrib:
        raise _malformed("its root is not Types")
    defaults: dict[str, str] = {}
    overrides: dict[str, str] = {}
    names: dict[str, str] = {}
    if any(text and text.strip() for text in root.itertext()):
        raise _malformed("it holds text")
    for child in root:
        attributes = {str(key): str(value) for key, value in child.attrib.items()}
        content_type = attributes.pop("ContentType", "")
        if child.tag == _DEFAULT and attributes.keys() == {"Extension"}:
            table, key = defaults, _extension(attributes["Extension"])
        elif child.tag == _OVERRIDE and attributes.keys() == {"PartName"}:
            table, key = overrides, fold(attributes["PartName"])
            names[key] = attributes["PartName"]
        else:
            raise _malformed(f"it holds {child.tag}")
        if not _MEDIA_TYPE.fullmatch(content_type):
            raise _malformed(f"{content_type!r} is no media type")
        if not key or key in table or len(child):
            raise _malformed(f"the entry for {key!r} is empty or stands twice")
        table[key] = content_type
    return ContentTypes(MappingProxyType(defaults), MappingProxyType(overrides), MappingProxyType(names))


def _extension(text: str) -> str:
    """Fold an extension; readers differ on percent signs and on letters beyond ASCII."""
    if not _EXTENSION.fullmatch(text):
        raise _malformed(f"the extension {text!r}")
    return text.lower()


def _malformed(why: str) -> DocumentError:
    return CONTENT_TYPES_MALFORMED.error(f"{CONTENT_TYPES_ITEM} is malformed: {why}")

"""Unsigned properties added to a signature made before: no key is needed, and nothing signed changes.

A signature that another one takes in is frozen: its part is covered octet for octet.

Source: docs/signature.md, countersigning; ETSI EN 319 132-1 clause 5.3.
"""

from collections.abc import Iterator, Mapping

from lxml import etree

from agent.formats.package.control_xml import parse_control_part
from agent.formats.package.package import Package
from agent.formats.package.profile import parse_signature
from agent.formats.package.unsigned import add_unsigned_properties, timestamped_octets
from agent.formats.package.zip_write import iter_zip
from agent.formats.unsigned import UnsignedProperties


def read_unsigned_properties(package: Package, part: str) -> UnsignedProperties:
    """Read what has been added to a signature so far.

    Raises:
        DocumentError: the part is not the profile's.

    """
    return parse_signature(package.read_part(part), where=part, limits=package.limits).unsigned


def timestamped_octets_of(package: Package, part: str) -> bytes:
    """Build what a timestamp of an existing signature is over.

    Raises:
        DocumentError: the part is not XML.

    """
    return timestamped_octets(_parse(package, part)[1])


def iter_augmented(
    package: Package, additions: Mapping[str, UnsignedProperties]
) -> Iterator[bytes | memoryview]:
    """Yield the package with these unsigned properties in its signatures, by the name of their part.

    Raises:
        DocumentError: `embedded-crl-too-large`; otherwise a part is not the profile's.

    """
    parts = {part: _augmented(package, part, unsigned) for part, unsigned in additions.items()}
    return iter_zip(package.archive, {part.removeprefix("/"): data for part, data in parts.items()}, {})


def _augmented(package: Package, part: str, unsigned: UnsignedProperties) -> bytes:
    root = _parse(package, part)
    add_unsigned_properties(root[-1][0], unsigned)
    data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    parse_signature(data, where=part, limits=package.limits)
    return data


def _parse(package: Package, part: str) -> etree._Element:
    return parse_control_part(package.read_part(part), where=part, limits=package.limits)

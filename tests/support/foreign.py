"""Signatures by other programs, read with lxml alone and held against our digests.

Our parser refuses what is not our own profile, as it must. What this module asks is
whether our arithmetic is everybody's: part digests, the relationship transform,
canonical XML, and the signature value.
"""

import hashlib
from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from lxml import etree

from agent.formats.package.control_xml import canonicalize
from agent.formats.package.digests import digest_parts, digest_relationships
from agent.formats.package.package import Package
from agent.formats.package.relationships import transform_relationships
from agent.formats.package.verify import digest_signed_info
from agent.formats.package.vocabulary import SIGNATURE_METHODS
from agent.pki.algorithms import SIGNATURE_ALGORITHMS
from agent.pki.certificate import SigningCertificate
from agent.pki.signatures import verify_digest_signature

_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_RELATIONSHIP: Final = (
    "{http://schemas.openxmlformats.org/package/2006/digital-signature}RelationshipReference"
)
_ALGORITHMS: Final = {uri: name for name, uri in SIGNATURE_METHODS.items()}


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What was recomputed of one signature; anything that differs has failed the test."""

    parts: int
    relationship_parts: int
    mistaken: int
    """Relationship parts among them with xmlsec 1.2's own digest of white space, not the standard's."""
    objects: int


def reproduce(package: Package, part: str, certificate: SigningCertificate) -> Reproduced:
    """Recompute every digest of a signature part, and verify its value with the certificate's key."""
    root = etree.fromstring(package.read_part(part))
    signed_info = _find(root, "SignedInfo")
    by_id = {element.get("Id"): element for element in root.iter() if element.get("Id")}
    objects = signed_info.findall(f"{_DS}Reference")
    for reference in objects:
        element = by_id[reference.get("URI", "").removeprefix("#")]
        assert hashlib.sha256(canonicalize(element)).digest() == _digest(reference), reference.get("URI")
    references = [
        item for manifest in root.iter(f"{_DS}Manifest") for item in manifest.iter(f"{_DS}Reference")
    ]
    transformed = [item for item in references if any(True for _ in item.iter(_RELATIONSHIP))]
    mistaken = 0
    for reference in references:
        name, _, content_type = reference.get("URI", "").partition("?ContentType=")
        assert package.content_type(name) == content_type
        mistaken += _check(package, name, reference)
    method = _find(signed_info, "SignatureMethod").get("Algorithm", "")
    algorithm = SIGNATURE_ALGORITHMS[_ALGORITHMS[method]]
    value = b64decode(_find(root, "SignatureValue").text or "")
    digest = digest_signed_info(canonicalize(signed_info), algorithm)
    verify_digest_signature(certificate.spki_der, algorithm, digest, value)
    return Reproduced(len(references) - len(transformed), len(transformed), mistaken, len(objects))


def _check(package: Package, part: str, reference: etree._Element) -> bool:
    """Check a Reference's digest; tell whether it is one of xmlsec 1.2's over white space.

    xmlsec to 1.2.37 (LibreOffice 7) writes an element `text` where a `.rels` part has white space, which no
    standard knows of: where there is white space, and only there, that may be what was digested.
    """
    wanted = _digest(reference)
    ids = [item.get("SourceId", "") for item in reference.iter(_RELATIONSHIP)]
    if not ids:
        assert digest_parts(package, [part])[part] == wanted, part
        return False
    if digest_relationships(package, part, ids) == wanted:
        return False
    rels = package.rels_parts[part]
    assert rels.has_white_space, part
    root = etree.fromstring(package.read_part(part))
    spaces = sum(1 for text in (root.text, *(child.tail for child in root)) if text)
    start, end, rest = transform_relationships(rels, ids).partition(b"><Relationship ")
    octets = start + b">" + spaces * b"<text></text>" + end[1:] + rest
    assert hashlib.sha256(octets).digest() == wanted, part
    return True


def _digest(reference: etree._Element) -> bytes:
    assert _find(reference, "DigestMethod").get("Algorithm", "").endswith("#sha256")
    return b64decode(_find(reference, "DigestValue").text or "")


def _find(element: etree._Element, name: str) -> etree._Element:
    found = element.find(f"{_DS}{name}")
    assert found is not None, name
    return found

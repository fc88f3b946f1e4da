"""Changes to a workbook's parts that attacks are made of."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.signer import SoftwareLab
from tests.support.zips import edit, replace_in

Parts = dict[str, bytes]
SIG1, SIG2 = "_xmlsignatures/sig1.xml", "_xmlsignatures/sig2.xml"
ORIGIN, ORIGIN_RELS = "_xmlsignatures/origin.sigs", "_xmlsignatures/_rels/origin.sigs.rels"
ROOT, TYPES = "_rels/.rels", "[Content_Types].xml"
WORKBOOK_RELS, SHEET = "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
PACKAGE = b"http://schemas.openxmlformats.org/package/2006/relationships/"


VALUE = rb"<SignatureValue>([^<]*)</SignatureValue>"
RELS_TYPE = b"application/vnd.openxmlformats-package.relationships+xml"
SHEET_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
EMPTY_RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'


@dataclass(frozen=True, slots=True)
class Material:
    """What attacks are made of: a PKI, somebody else's, and workbooks."""

    lab: SoftwareLab
    rogue: SoftwareLab
    """Another PKI whose parties call themselves the same; nobody trusts its root."""
    form: bytes
    signed: bytes
    countersigned: bytes
    other: bytes
    """Another form, countersigned by the same parties."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; `code` is the finding that must refuse it."""

    name: str
    provenance: str
    build: Callable[[Material], bytes]
    code: str


def put(name: str, content: bytes) -> Callable[[Parts], object]:
    """Build a change: put a part, new or instead of the old."""
    return lambda parts: parts.__setitem__(name, content)


def both(*changes: Callable[[Parts], object]) -> Callable[[Parts], object]:
    """Build a change made of several, in their order."""

    def change(parts: Parts) -> None:
        for step in changes:
            step(parts)

    return change


def add_relationship(
    part: str, identifier: bytes, kind: bytes, target: bytes, mode: bytes = b""
) -> Callable[[Parts], object]:
    """Build a change: add a relationship to a `.rels` part."""
    added = b'<Relationship Id="%s" Type="%s" Target="%s"%s/>' % (identifier, kind, target, mode)
    return replace_in(part, b"</Relationships>", added + b"</Relationships>")


def add_content_type(part: bytes, content_type: bytes) -> Callable[[Parts], object]:
    """Build a change: add an Override."""
    added = b'<Override PartName="%s" ContentType="%s"/>' % (part, content_type)
    return replace_in(TYPES, b"</Types>", added + b"</Types>")


def rewrite(
    part: str, pattern: bytes, replacement: bytes | Callable[[re.Match[bytes]], bytes]
) -> Callable[[Parts], object]:
    """Build a change: replace the first match in a part, which must be there."""

    def change(parts: Parts) -> None:
        parts[part], count = re.subn(pattern, replacement, parts[part], count=1, flags=re.DOTALL)
        assert count == 1, f"{pattern!r} is not in {part}"

    return change


def flip_value(match: re.Match[bytes]) -> bytes:
    """Flip one bit of a SignatureValue."""
    octets = bytearray(b64decode(match[1]))
    octets[5] ^= 1
    return b"<SignatureValue>" + b64encode(bytes(octets)) + b"</SignatureValue>"


def negate_s(match: re.Match[bytes]) -> bytes:
    """The other valid ECDSA value: (r, n - s)."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    octets = b64decode(match[1])
    s = (order - int.from_bytes(octets[32:], "big")).to_bytes(32, "big")
    return b"<SignatureValue>" + b64encode(octets[:32] + s) + b"</SignatureValue>"


def remove_signature(part: str) -> Callable[[Parts], object]:
    """Build a change: remove a signature part with its relationship and content type."""
    name = part.rpartition("/")[2].encode()
    return both(
        lambda parts: parts.pop(part),
        rewrite(ORIGIN_RELS, rb"<Relationship [^>]*" + name + rb'"[^>]*/>', b""),
        rewrite(TYPES, rb"<Override [^>]*" + name + rb'"[^>]*/>', b""),
    )


def swap_signatures(parts: Parts) -> None:
    """Exchange the two signature parts."""
    parts[SIG1], parts[SIG2] = parts[SIG2], parts[SIG1]


def case(name: str, provenance: str, change: Callable[[Parts], object], code: str) -> Attack:
    """Build an attack that changes parts of the countersigned workbook."""
    return Attack(name, provenance, lambda material: edit(material.countersigned, change), code)


def copy_signature(parts: Parts) -> None:
    """Add a copy of the first signature as a third."""
    parts["_xmlsignatures/sig3.xml"] = parts[SIG1]
    add_content_type(
        b"/_xmlsignatures/sig3.xml",
        b"application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml",
    )(parts)
    add_relationship(ORIGIN_RELS, b"rIdEvil", PACKAGE + b"digital-signature/signature", b"sig3.xml")(parts)


def forge_manifest(parts: Parts) -> None:
    """Forge a sheet, and its digest in both Manifests."""
    old = b64encode(hashlib.sha256(parts[SHEET]).digest())
    rewrite(SHEET, rb"<t[^>]*>[^<]*</t>", b"<t>forged</t>")(parts)
    new = b64encode(hashlib.sha256(parts[SHEET]).digest())
    for part in (SIG1, SIG2):
        parts[part] = parts[part].replace(old, new)


def take_key_info(parts: Parts) -> None:
    """Put the first signature's KeyInfo into the second."""
    other = re.search(rb"<KeyInfo>.*?</KeyInfo>", parts[SIG1], re.DOTALL)
    assert other
    rewrite(SIG2, rb"<KeyInfo>.*?</KeyInfo>", lambda _: other[0])(parts)

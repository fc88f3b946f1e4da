"""Attacks on the zip: what one reader passes over and another one reads."""

import struct
import zlib
from dataclasses import replace

from tests.package.attacks.changes import SHEET, Attack, Material
from tests.package.attacks.zip_items import (
    SATURATED,
    Item,
    assemble,
    changed,
    descriptor,
    item_of,
    items_of,
    packed,
    zip64_end,
    zip64_field,
)
from tests.support.zips import parts_of

_MEBIBYTE = 1 << 20
_FORGED = b"<worksheet>forged</worksheet>"
_BOMB_NAME = b"docProps/bomb.xml"


def _bomb(octets: int) -> Item:
    """An entry that inflates to so many zeros, at deflate's own limit of 1032:1."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros, crc = bytes(_MEBIBYTE), 0
    data = bytearray()
    for _ in range(octets // _MEBIBYTE):
        data += deflater.compress(zeros)
        crc = zlib.crc32(zeros, crc)
    data += deflater.flush()
    return Item(_BOMB_NAME, crc=crc, size=octets, data=bytes(data))


def _two_streams(items: list[Item]) -> bytes:
    """Two deflate streams in one entry: the second is found by whoever reads on."""
    sheet = item_of(items, SHEET)
    forged = Item(b"x", _FORGED).octets
    return assemble(changed(items, SHEET, data=sheet.octets + forged))


def _descriptor_lies(items: list[Item]) -> bytes:
    sheet = item_of(items, SHEET)
    lie = {"flags": 8, "local_crc": 0, "local_size": 0, "after": descriptor(sheet, size=1)}
    return assemble(changed(items, SHEET, **lie))


def _wide_descriptor_lies(items: list[Item]) -> bytes:
    """A streamed zip64 header whose field says another size than the descriptor."""
    sheet = replace(item_of(items, SHEET), flags=8)
    octets = sheet.octets
    local = bytearray(
        replace(sheet, local_extra=zip64_field(7, 7), after=descriptor(sheet), local_crc=0).local(octets)
    )
    struct.pack_into("<LL", local, 18, SATURATED, SATURATED)
    return _with_raw(items, sheet, bytes(local))


def _with_raw(items: list[Item], item: Item, local: bytes) -> bytes:
    """Assemble with one entry's local octets given."""
    body, directory = bytearray(), bytearray()
    for each in items:
        mine = item if each.name == item.name else each
        directory += mine.central(mine.octets, len(body))
        body += local if each.name == item.name else mine.local(mine.octets)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(items), len(items), len(directory), len(body), 0)
    return bytes(body + directory + end)


def _hidden_behind(items: list[Item]) -> bytes:
    """A whole entry between two others that the central directory does not list."""
    hidden = Item(SHEET.encode(), _FORGED)
    return assemble(changed(items, SHEET, after=hidden.local(hidden.octets)))


def _directory_hidden(items: list[Item]) -> bytes:
    """Two central directories: one reader finds the last, another one counts from the end record."""
    plain = assemble(items)
    start = plain.index(b"PK\1\2")
    return plain + assemble([*items])[start:]


def _unlisted(items: list[Item]) -> bytes:
    """The last entry is in the file and not in the directory."""
    hidden = Item(b"xl/evil.xml", _FORGED)
    return assemble(items, before_directory=hidden.local(hidden.octets))


def _overlapping(items: list[Item]) -> bytes:
    """Two names for one local entry."""
    return assemble([*items, Item(b"xl/other.xml", item_of(items, SHEET).content, offset=0)])


def _zip64_disagrees(items: list[Item]) -> bytes:
    plain = assemble(items)
    start = plain.index(b"PK\1\2")
    return assemble(items, zip64=zip64_end(len(items) - 1, len(plain) - 22 - start, start))


def _zip64_elsewhere(items: list[Item]) -> bytes:
    plain = assemble(items)
    start = plain.index(b"PK\1\2")
    return assemble(items, zip64=zip64_end(len(items), len(plain) - 22 - start, start, position=0))


def _zip64_size(items: list[Item]) -> bytes:
    """A saturated size whose zip64 field asks for 8 EiB."""
    return assemble(changed(items, SHEET, size=SATURATED, extra=zip64_field(1 << 63)))


def _unicode_path(items: list[Item]) -> bytes:
    """Info-ZIP's Unicode Path renames the entry for those who read it."""
    name = b"xl/evil.xml"
    body = struct.pack("<BL", 1, zlib.crc32(SHEET.encode())) + name
    extra = struct.pack("<HH", 0x7075, len(body)) + body
    return assemble(changed(items, SHEET, extra=extra, local_extra=extra))


def _many(items: list[Item]) -> bytes:
    return assemble([*items, *(Item(b"xl/media/%d.xml" % number) for number in range(10_001))])


def _inner(material: Material) -> bytes:
    """A zip in a zip: the workbook is the only entry."""
    return assemble([Item(b"signed.xlsx", material.countersigned, method=0)])


ZIPS = (
    packed(
        "zip-prefix",
        "octets before the zip, as a self-extractor has",
        "package-not-zip",
        lambda items: assemble(items, prefix=b"MZ"),
    ),
    packed(
        "zip-prefix-entry",
        "a local entry before the first listed one",
        "zip-prefix",
        lambda items: assemble(items, prefix=Item(b"a", b"a").local(Item(b"a", b"a").octets)),
    ),
    packed("zip-suffix", "octets behind the zip", "zip-suffix", lambda items: assemble(items) + b"\0"),
    packed(
        "zip-comment-of-archive",
        "room for a second end record",
        "zip-gap",
        lambda items: assemble(items, comment=b"PK\5\6" + bytes(18)),
    ),
    packed("zip-gap-before-directory", "an entry that the directory does not list", "zip-gap", _unlisted),
    packed(
        "zip-gap-after-directory",
        "a digital signature record of PKWARE's",
        "zip-gap",
        lambda items: assemble(items, after_directory=b"PK\5\5\0\0"),
    ),
    packed(
        "zip-hidden-entry",
        "a reader that goes from header to header finds another sheet",
        "zip-gap",
        _hidden_behind,
    ),
    packed(
        "zip-two-directories",
        "one reader finds the first directory, another one the last",
        "zip-gap",
        _directory_hidden,
    ),
    packed("zip-overlapping-entries", "two names for the same octets", "zip-overlap", _overlapping),
    packed(
        "zip-wrong-count",
        "one record less than there are",
        "zip-gap",
        lambda items: assemble(items, count=len(items) - 1),
    ),
    packed(
        "zip-count-beyond",
        "one record more than there are",
        "zip-directory",
        lambda items: assemble(items, count=len(items) + 1),
    ),
    packed(
        "zip-several-volumes",
        "the rest is on another disk",
        "zip-directory",
        lambda items: assemble(items, disk=1),
    ),
    packed("zip-cut-short", "malformed", "zip-suffix", lambda items: assemble(items)[:-30]),
    packed(
        "zip-duplicate-entry",
        "one reader takes the first, another one the last",
        "part-name-duplicate",
        lambda items: assemble([Item(SHEET.encode(), _FORGED), *items]),
    ),
    packed(
        "zip-duplicate-content-types",
        "two content types items",
        "part-name-invalid",
        lambda items: assemble([*items, item_of(items, "[Content_Types].xml")]),
    ),
    packed("zip-two-streams", "a second deflate stream in one entry", "zip-data", _two_streams),
    packed(
        "zip-descriptor-lies",
        "the data descriptor has another size",
        "zip-headers-disagree",
        _descriptor_lies,
    ),
    packed(
        "zip64-descriptor-lies",
        "a streamed header's zip64 field has another size",
        "zip-headers-disagree",
        _wide_descriptor_lies,
    ),
    packed("zip64-end-disagrees", "two end records, two counts", "zip-headers-disagree", _zip64_disagrees),
    packed(
        "zip64-end-elsewhere", "the locator points at another end record", "zip-directory", _zip64_elsewhere
    ),
    packed("zip64-size", "an entry of 8 EiB", "limit-entry-size", _zip64_size),
    packed(
        "zip64-field-unasked",
        "a zip64 field that no size asks for",
        "zip-extra",
        lambda items: assemble(changed(items, SHEET, extra=zip64_field(1))),
    ),
    packed("zip-unicode-path", "Info-ZIP's Unicode Path field renames the entry", "zip-extra", _unicode_path),
    packed("zip-too-many-entries", "more entries than the limit", "limit-entries", _many),
    packed(
        "zip-bomb",
        "256 MiB of zeros in a quarter of a MiB",
        "limit-ratio",
        lambda items: assemble([*items, _bomb(256 * _MEBIBYTE)]),
    ),
    packed(
        "zip-bomb-undeclared",
        "the headers say one octet, the data inflates to 256 MiB",
        "zip-data",
        lambda items: assemble([*items, replace(_bomb(256 * _MEBIBYTE), name=b"xl/bomb.xml", size=1)]),
    ),
    packed(
        "zip-bomb-as-content-types",
        "the part that is read first inflates without end",
        "zip-data",
        lambda items: assemble(
            [
                item
                if item.name != b"[Content_Types].xml"
                else replace(_bomb(256 * _MEBIBYTE), name=item.name, size=100)
                for item in items
            ]
        ),
    ),
    packed(
        "zip-bomb-as-relationships",
        "a control part over its limit",
        "limit-xml-size",
        lambda items: assemble(
            [
                item
                if item.name != b"_rels/.rels"
                else Item(item.name, b"<a>" + b" " * (17 * _MEBIBYTE), method=0)
                for item in items
            ]
        ),
    ),
    Attack(
        "zip-in-a-zip", "nested: the signed workbook is an entry of another zip", _inner, "package-not-opc"
    ),
    Attack("not-a-zip", "malformed", lambda _: b"\xd0\xcf\x11\xe0" * 16, "package-not-zip"),
    Attack("no-octets", "malformed", lambda _: b"", "package-empty"),
    Attack(
        "half-of-it",
        "malformed",
        lambda material: material.countersigned[: len(material.countersigned) // 2],
        "zip-suffix",
    ),
    Attack("empty-zip", "malformed: an end record alone", lambda _: b"PK\5\6" + bytes(18), "package-not-zip"),
    Attack(
        "zip-of-parts-reversed-and-doubled",
        "order alone is no attack, a part twice is",
        lambda material: assemble(
            [
                *reversed(items_of(material.countersigned)),
                Item(b"xl/STYLES.xml", parts_of(material.countersigned)["xl/styles.xml"]),
            ]
        ),
        "part-name-duplicate",
    ),
)

"""Attacks on the names of zip entries: one part to some readers, two or none to others."""

from tests.package.attacks.zip_items import (
    Item,
    assemble,
    packed,
)

_UTF8 = 1 << 11


ZIP_NAMES = (
    packed(
        "zip-name-with-nul",
        "a name that ends early in C",
        "zip-name",
        lambda items: assemble([*items, Item(b"xl/evil.xml\0.txt", b"x")]),
    ),
    packed("zip-name-empty", "malformed", "zip-name", lambda items: assemble([*items, Item(b"", b"x")])),
    packed(
        "zip-folder-entry",
        "an entry for a folder, with content",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"xl/evil/", b"x")]),
    ),
    packed(
        "zip-absolute-name",
        "a leading slash",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"/xl/evil.xml", b"x")]),
    ),
    packed(
        "zip-climbing-name",
        "a way out of the folder it is unpacked to",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"../evil.xml", b"x")]),
    ),
    packed(
        "zip-climbing-name-encoded",
        "the same, percent-encoded",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"xl/%2e%2e/evil.xml", b"x")]),
    ),
    packed(
        "zip-backslash",
        "a folder to Windows, a name to others",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"xl\\evil.xml", b"x")]),
    ),
    packed(
        "zip-interleaved",
        "a part in pieces, which OPC allows and readers mostly do not",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"xl/workbook.xml/[0].piece", b"x")]),
    ),
    packed(
        "name-in-capitals",
        "one part to Windows, two to others",
        "part-name-duplicate",
        lambda items: assemble([*items, Item(b"XL/Workbook.XML", b"x")]),
    ),
    packed(
        "name-percent-encoded",
        "one part once decoded",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"xl/%77orkbook.xml", b"x")]),
    ),
    packed(
        "name-with-kelvin-sign",
        "U+212A is k to whoever folds all of Unicode",
        "part-name-duplicate",
        lambda items: assemble([*items, Item("xl/wor\u212abook.xml".encode(), b"x", flags=_UTF8)]),
    ),
    packed(
        "name-with-full-width-letter",
        "one part once normalised",
        "part-name-duplicate",
        lambda items: assemble([*items, Item("xl/\uff57orkbook.xml".encode(), b"x", flags=_UTF8)]),
    ),
    packed(
        "name-decomposed",
        "the same letters, composed and decomposed",
        "part-name-duplicate",
        lambda items: assemble(
            [
                *items,
                Item("xl/\xe9.xml".encode(), b"x", flags=_UTF8),
                Item("xl/e\u0301.xml".encode(), b"x", flags=_UTF8),
            ]
        ),
    ),
    packed(
        "part-below-a-part",
        "a folder that is also a part",
        "part-name-duplicate",
        lambda items: assemble([*items, Item(b"xl/workbook.xml/evil.xml", b"x")]),
    ),
    packed(
        "zip-name-overlong-utf-8",
        "a slash in two octets",
        "zip-name",
        lambda items: assemble([*items, Item(b"xl\xc0\xafevil.xml", b"x", flags=_UTF8)]),
    ),
    packed(
        "zip-alternate-stream",
        "a second stream of a file to NTFS",
        "content-type-missing",
        lambda items: assemble([*items, Item(b"xl/workbook.xml::$DATA", b"x")]),
    ),
    packed(
        "zip-relationships-percent-encoded",
        "a .rels to readers that decode its folder",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"xl/theme/%5Frels/theme1.xml.rels", b"x")]),
    ),
    packed(
        "zip-signature-folder-with-long-s",
        "U+017F is s to whoever folds all of Unicode",
        "signature-stray",
        lambda items: assemble([*items, Item("_xml\u017fignatures/evil.xml".encode(), b"x", flags=_UTF8)]),
    ),
    packed(
        "zip-name-of-a-thousand-folders",
        "work for whoever looks at every folder above a part",
        "part-name-invalid",
        lambda items: assemble([*items, Item(b"xl/" + b"a/" * 1000 + b"a.xml", b"x")]),
    ),
    packed(
        "zip-parts-up-to-the-limit",
        "work for the verifier: each part is reported by each signature",
        "part-uncovered",
        lambda items: assemble(
            [*items, *(Item(b"xl/" + b"a/" * 120 + b"%d.xml" % n, b"x") for n in range(4_900))]
        ),
    ),
)

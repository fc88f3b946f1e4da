"""Attacks on relationships: signed by their meaning, not by their octets."""

from tests.package.attacks.changes import (
    EMPTY_RELS,
    OFFICE,
    ROOT,
    WORKBOOK_RELS,
    add_relationship,
    case,
    put,
    rewrite,
)
from tests.support.zips import replace_in

RELATIONSHIPS = (
    case(
        "relationship-id-twice",
        "the first or the last may count",
        add_relationship(WORKBOOK_RELS, b"rId1", OFFICE + b"worksheet", b"worksheets/sheet2.xml"),
        "relationships-malformed",
    ),
    case(
        "relationship-id-in-capitals",
        "an Id that some readers compare without case",
        add_relationship(WORKBOOK_RELS, b"RID1", OFFICE + b"worksheet", b"worksheets/sheet2.xml"),
        "relationship-uncovered",
    ),
    case(
        "relationship-id-missing",
        "malformed",
        rewrite(WORKBOOK_RELS, rb' Id="rId3"', b""),
        "relationships-malformed",
    ),
    case(
        "relationship-made-external",
        "the target stays, the mode does not",
        rewrite(WORKBOOK_RELS, rb'Id="rId3"/>', b'Id="rId3" TargetMode="External"/>'),
        "relationship-digest-mismatch",
    ),
    case(
        "relationship-mode-in-lower-case",
        "External to some",
        rewrite(WORKBOOK_RELS, rb'Id="rId3"/>', b'Id="rId3" TargetMode="external"/>'),
        "relationships-malformed",
    ),
    case(
        "relationship-attribute",
        "an attribute that the transform drops",
        rewrite(WORKBOOK_RELS, rb'Id="rId3"', b'Id="rId3" x="y"'),
        "relationships-malformed",
    ),
    case(
        "relationship-foreign-attribute",
        "an attribute of another namespace that the transform drops",
        rewrite(WORKBOOK_RELS, rb'Id="rId3"', b'Id="rId3" xmlns:x="urn:x" x:Target="evil.xml"'),
        "relationships-malformed",
    ),
    case(
        "relationship-with-content",
        "content that the transform drops",
        rewrite(WORKBOOK_RELS, rb'Id="rId3"/>', b'Id="rId3"><x/></Relationship>'),
        "relationships-malformed",
    ),
    case(
        "relationships-text",
        "text that the transform drops",
        replace_in(WORKBOOK_RELS, b"</Relationships>", b"evil</Relationships>"),
        "relationships-malformed",
    ),
    case(
        "relationships-alternate-content",
        "mc:AlternateContent: what is there depends on the reader",
        replace_in(
            WORKBOOK_RELS,
            b"</Relationships>",
            b'<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"/></Relationships>',
        ),
        "relationships-malformed",
    ),
    case(
        "relationships-xml-base",
        "a base that moves every target",
        rewrite(WORKBOOK_RELS, rb"<Relationships ", b'<Relationships xml:base="/evil/" '),
        "xml-attribute",
    ),
    case(
        "relationships-doctype",
        "an external DTD is fetched",
        rewrite(
            WORKBOOK_RELS,
            rb"<Relationships ",
            b'<!DOCTYPE r SYSTEM "http://evil.example/x.dtd"><Relationships ',
        ),
        "xml-dtd",
    ),
    case(
        "relationships-entity-of-a-file",
        "XXE: a file of the verifier's machine",
        rewrite(
            WORKBOOK_RELS,
            rb"<Relationships ",
            b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><Relationships ',
        ),
        "xml-dtd",
    ),
    case(
        "relationships-namespace",
        "the namespace of strict documents is not this one",
        rewrite(
            WORKBOOK_RELS, rb'xmlns="[^"]*"', b'xmlns="http://purl.oclc.org/ooxml/package/relationships"'
        ),
        "relationships-malformed",
    ),
    case(
        "relationships-of-relationships",
        "a .rels of a .rels",
        put("xl/_rels/_rels/workbook.xml.rels.rels", EMPTY_RELS),
        "relationships-dangling",
    ),
    case(
        "relationships-of-nobody",
        "a .rels whose part is not there",
        put("xl/_rels/evil.xml.rels", EMPTY_RELS),
        "relationships-dangling",
    ),
    case(
        "relationships-in-another-case",
        "two .rels of one part to readers without case",
        put("xl/_RELS/Workbook.xml.rels", EMPTY_RELS),
        "part-name-duplicate",
    ),
    case(
        "relationships-of-a-signature",
        "a signature that leads elsewhere",
        put("_xmlsignatures/_rels/sig1.xml.rels", EMPTY_RELS),
        "signature-stray",
    ),
    case(
        "relationship-dangling",
        "ESB malicious repair: Excel drops it and goes on",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"worksheets/sheet9.xml"),
        "relationship-dangling",
    ),
    case(
        "relationship-climbs-out",
        "beyond the root of the package",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"../../../../etc/hostname"),
        "relationship-dangling",
    ),
    case(
        "relationship-climbs-encoded",
        "the same, percent-encoded",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"%2e%2e/xl/styles.xml"),
        "relationship-dangling",
    ),
    case(
        "relationship-to-a-file",
        "a file of the verifier's machine as an internal target",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"file:///etc/hostname"),
        "relationship-target",
    ),
    case(
        "relationship-to-a-host",
        "a host as an internal target",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"//evil.example/xl/styles.xml"),
        "relationship-target",
    ),
    case(
        "relationship-with-a-query",
        "the same part to some, none to others",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"styles.xml?x"),
        "relationship-target",
    ),
    case(
        "relationship-with-a-line-feed",
        "RFC 3986 has none; urllib drops it",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"sty&#10;les.xml"),
        "relationship-target",
    ),
    case(
        "relationship-with-a-backslash",
        "a folder to Windows",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"worksheets\\sheet1.xml"),
        "relationship-target",
    ),
    case(
        "relationship-with-kelvin-sign",
        "U+212A is k to whoever folds all of Unicode",
        add_relationship(ROOT, b"rIdEvil", OFFICE + b"officeDocument", b"xl/wor&#x212a;book.xml"),
        "relationship-dangling",
    ),
    case(
        "relationship-to-relationships",
        "a .rels as a part like others",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"_rels/workbook.xml.rels"),
        "relationship-target",
    ),
    case(
        "relationships-empty",
        "an empty .rels needs no relationship to be covered; it is a part all the same",
        put("xl/theme/_rels/theme1.xml.rels", EMPTY_RELS),
        "part-uncovered",
    ),
    case(
        "relationships-empty-of-properties",
        "an empty .rels for a part that stays outside",
        put("docProps/_rels/core.xml.rels", EMPTY_RELS),
        "part-uncovered",
    ),
    case(
        "relationships-utf-16-without-mark",
        "libxml2 guesses UTF-16, big-endian",
        lambda parts: parts.__setitem__(WORKBOOK_RELS, parts[WORKBOOK_RELS].decode().encode("utf-16-be")),
        "xml-encoding",
    ),
    case(
        "properties-in-capitals",
        "the properties' own relationship is not covered: it must be plain",
        rewrite(ROOT, rb"docProps/core\.xml", b"docProps/CORE.xml"),
        "part-uncovered",
    ),
    case(
        "properties-percent-encoded",
        "the properties' own relationship is not covered: it must be plain",
        rewrite(ROOT, rb"docProps/core\.xml", b"docProps/cor%65.xml"),
        "part-uncovered",
    ),
    case(
        "relationships-by-the-ten-thousand",
        "work for the verifier: each is compared by each signature",
        rewrite(
            ROOT,
            rb"</Relationships>",
            b"".join(b'<Relationship Id="x%d" Type="y" Target="/"/>' % n for n in range(10_001))
            + b"</Relationships>",
        ),
        "limit-relationships",
    ),
    case(
        "relationships-up-to-the-limit",
        "work for the verifier: each is reported by each signature",
        rewrite(
            ROOT,
            rb"</Relationships>",
            b"".join(b'<Relationship Id="x%d" Type="y" Target="/"/>' % n for n in range(4_900))
            + b"</Relationships>",
        ),
        "relationship-uncovered",
    ),
    case(
        "relationship-id-with-a-question-mark",
        "ESB malicious repair: an Id that the schema does not have, where it is not signed",
        rewrite(ROOT, rb'"rIdSignature1"', b'"rId?"'),
        "relationships-malformed",
    ),
    case(
        "relationship-id-with-a-wide-space",
        "an Id that looks like another one",
        rewrite(ROOT, rb'"rIdSignature1"', b'"rId&#xa0;Signature1"'),
        "relationships-malformed",
    ),
)

"""Attacks on the content types: no part, and signed only part by part."""

import re
from collections.abc import Callable

from tests.package.attacks.changes import (
    RELS_TYPE,
    SHEET_TYPE,
    TYPES,
    Parts,
    add_content_type,
    case,
    rewrite,
)
from tests.support.zips import replace_in

_SIGNATURE_TYPE = b"application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"


def _utf16_without_mark(parts: Parts) -> None:
    """UTF-16 as libxml2 would guess it: every octet of it is UTF-8 too."""
    text = re.sub(r"^<\?xml[^>]*\?>", '<?xml version="1.0"?>', parts[TYPES].decode())
    parts[TYPES] = text.encode("utf-16-le")


def _rename(old: str, new: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[new] = parts.pop(old)

    return change


CONTENT_TYPES = (
    case(
        "override-twice",
        "the first or the last may count",
        add_content_type(b"/xl/workbook.xml", b"text/xml"),
        "content-types-malformed",
    ),
    case(
        "override-in-capitals",
        "some readers compare exactly: to them the Override is for nothing",
        rewrite(TYPES, rb'"/xl/workbook\.xml"', b'"/XL/workbook.xml"'),
        "content-type-dangling",
    ),
    case(
        "override-percent-encoded",
        "some readers decode: to others the Override is for nothing",
        rewrite(TYPES, rb'"/xl/workbook\.xml"', b'"/xl/wor%6Bbook.xml"'),
        "content-type-dangling",
    ),
    case(
        "override-with-kelvin-sign",
        "U+212A is k to whoever folds all of Unicode",
        rewrite(TYPES, rb'"/xl/workbook\.xml"', b'"/xl/wor&#x212a;book.xml"'),
        "content-type-dangling",
    ),
    case(
        "override-both-spellings",
        "one Override for each kind of reader",
        add_content_type(b"/XL/WORKBOOK.XML", SHEET_TYPE),
        "content-types-malformed",
    ),
    case(
        "override-without-slash",
        "a relative name",
        rewrite(TYPES, rb'"/xl/workbook\.xml"', b'"xl/workbook.xml"'),
        "content-type-dangling",
    ),
    case(
        "override-for-nothing",
        "waits for a part that Excel's repair makes",
        add_content_type(b"/xl/evil.xml", SHEET_TYPE),
        "content-type-dangling",
    ),
    case(
        "override-for-relationships",
        "a .rels that is none to readers who go by type",
        add_content_type(b"/xl/_rels/workbook.xml.rels", b"text/xml"),
        "content-type-wrong",
    ),
    case(
        "override-as-relationships",
        "a sheet that is relationships to readers who go by type",
        rewrite(TYPES, re.escape(SHEET_TYPE), RELS_TYPE),
        "content-type-wrong",
    ),
    case(
        "override-as-signature",
        "a part that looks like a signature",
        rewrite(TYPES, re.escape(SHEET_TYPE), _SIGNATURE_TYPE),
        "signature-stray",
    ),
    case(
        "override-removed",
        "the Default would count from then on",
        rewrite(TYPES, rb'<Override [^>]*"/xl/styles\.xml"[^>]*/>', b""),
        "content-type-mismatch",
    ),
    case(
        "default-twice",
        "the first or the last may count",
        replace_in(TYPES, b"</Types>", b'<Default Extension="XML" ContentType="text/xml"/></Types>'),
        "content-types-malformed",
    ),
    case(
        "default-with-percent",
        "some readers decode the extension",
        replace_in(TYPES, b"</Types>", b'<Default Extension="x%6Dl" ContentType="text/xml"/></Types>'),
        "content-types-malformed",
    ),
    case(
        "default-of-relationships-changed",
        "no .rels is one any more",
        rewrite(TYPES, re.escape(RELS_TYPE), b"text/xml"),
        "content-type-wrong",
    ),
    case(
        "content-type-in-capitals",
        "types compare without case, signatures do not",
        rewrite(TYPES, rb"spreadsheetml\.styles", b"spreadsheetML.styles"),
        "content-type-mismatch",
    ),
    case(
        "content-type-parameter",
        "a parameter that some readers drop",
        rewrite(TYPES, rb"spreadsheetml\.styles\+xml", b"spreadsheetml.styles+xml; charset=utf-7"),
        "content-type-mismatch",
    ),
    case(
        "content-types-foreign-element",
        "mc:AlternateContent in the content types",
        replace_in(TYPES, b"</Types>", b'<x xmlns="urn:x"/></Types>'),
        "content-types-malformed",
    ),
    case(
        "content-types-attribute",
        "an attribute more",
        rewrite(TYPES, rb"<Default ", b'<Default x="y" '),
        "content-types-malformed",
    ),
    case(
        "content-types-doctype",
        "attribute defaults from a DTD",
        rewrite(TYPES, rb"<Types ", b"<!DOCTYPE Types [<!ATTLIST Default x CDATA 'y'>]><Types "),
        "xml-dtd",
    ),
    case(
        "content-types-utf-16-without-mark",
        "libxml2 guesses UTF-16 where every octet is UTF-8 as well",
        _utf16_without_mark,
        "xml-encoding",
    ),
    case(
        "content-types-utf-7",
        "an encoding that hides angle brackets",
        rewrite(TYPES, rb"encoding='UTF-8'", b"encoding='UTF-7'"),
        "xml-encoding",
    ),
    case(
        "content-types-latin-1",
        "an encoding that is not the one we read",
        rewrite(TYPES, rb"encoding='UTF-8'", b"encoding='ISO-8859-1'"),
        "xml-encoding",
    ),
    case(
        "content-types-xml-1.1",
        "another XML: other names, other ends of lines",
        rewrite(TYPES, rb"version='1\.0'", b"version='1.1'"),
        "xml-malformed",
    ),
    case(
        "content-types-xml-base",
        "a base that moves every reference",
        rewrite(TYPES, rb"<Types ", b'<Types xml:base="/evil/" '),
        "xml-attribute",
    ),
    case(
        "content-types-comment",
        "a comment that a reader by text takes for entries",
        replace_in(TYPES, b"</Types>", b"<!-- <Override/> --></Types>"),
        "xml-node",
    ),
    case(
        "content-types-cdata",
        "a CDATA section that a reader by text takes for entries",
        replace_in(TYPES, b"</Types>", b"<![CDATA[ ]]></Types>"),
        "xml-node",
    ),
    case(
        "content-types-not-closed",
        "ESB malicious repair: Excel mends XML that ends early",
        rewrite(TYPES, rb"</Types>", b""),
        "xml-malformed",
    ),
    case(
        "content-types-deep",
        "stack exhaustion",
        replace_in(TYPES, b"</Types>", b"<a>" * 200 + b"</a>" * 200 + b"</Types>"),
        "limit-xml-depth",
    ),
    case(
        "content-types-renamed",
        "ESB malicious repair: to Windows it is still there",
        _rename(TYPES, "[content_types].xml"),
        "part-name-invalid",
    ),
    case(
        "content-types-text",
        "text that a reader by text takes for entries",
        rewrite(TYPES, rb"<Default ", b"evil<Default "),
        "content-types-malformed",
    ),
    case(
        "content-types-text-in-an-entry",
        "an entry with content",
        rewrite(TYPES, rb"(<Default [^>]*)/>", rb"\1>evil</Default>"),
        "content-types-malformed",
    ),
    case(
        "default-without-a-media-type",
        "ESB malicious repair: a type that is none, where no part has it",
        rewrite(TYPES, rb'"application/xml"', b'"app|ication"'),
        "content-types-malformed",
    ),
)

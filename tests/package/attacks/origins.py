"""Attacks on the origin and on what leads to a signature."""

from collections.abc import Callable

from tests.package.attacks.changes import (
    EMPTY_RELS,
    ORIGIN_RELS,
    PACKAGE,
    ROOT,
    SHEET,
    SIG1,
    TYPES,
    Parts,
    add_content_type,
    add_relationship,
    both,
    case,
    put,
    rewrite,
)

_SIGNATURE_TYPE = b"application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"


def _rename(old: str, new: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[new] = parts.pop(old)

    return change


ORIGINS = (
    case(
        "signature-related-from-a-sheet",
        "a signature that belongs to something else as well",
        both(
            put(
                "xl/worksheets/_rels/sheet1.xml.rels",
                EMPTY_RELS.replace(
                    b"/>",
                    b'><Relationship Id="r1" Type="'
                    + PACKAGE
                    + b'digital-signature/signature" Target="/_xmlsignatures/sig1.xml"/></Relationships>',
                ),
            )
        ),
        "signature-stray",
    ),
    case(
        "origin-leads-outside",
        "an origin on another machine",
        rewrite(
            ROOT,
            rb'Target="_xmlsignatures/origin\.sigs"',
            b'Target="https://evil.example/origin.sigs" TargetMode="External"',
        ),
        "origin-malformed",
    ),
    case(
        "origin-is-a-signature",
        "the origin points at a signature part at once",
        rewrite(ROOT, rb"_xmlsignatures/origin\.sigs", b"_xmlsignatures/sig1.xml"),
        "origin-malformed",
    ),
    case(
        "origin-leads-to-a-sheet",
        "a sheet as signature",
        add_relationship(
            ORIGIN_RELS, b"rIdEvil", PACKAGE + b"digital-signature/signature", b"/" + SHEET.encode()
        ),
        "origin-relationship",
    ),
    case(
        "signature-related-twice",
        "one signature that counts twice",
        add_relationship(ORIGIN_RELS, b"rIdEvil", PACKAGE + b"digital-signature/signature", b"sig1.xml"),
        "origin-relationship",
    ),
    case(
        "signature-relationship-renamed",
        "the countersigned relationship under another Id",
        rewrite(ORIGIN_RELS, rb'"rIdSignature1"', b'"rIdOther"'),
        "relationship-missing",
    ),
    case(
        "signature-relationships-exchanged",
        "the countersigned Id leads to the countersignature",
        rewrite(ORIGIN_RELS, rb'"sig1\.xml"(.*)"sig2\.xml"', rb'"sig2.xml"\1"sig1.xml"'),
        "relationship-digest-mismatch",
    ),
    case(
        "signature-part-renamed",
        "a name that the profile has not",
        both(
            _rename(SIG1, "_xmlsignatures/first.xml"),
            rewrite(ORIGIN_RELS, rb'"sig1\.xml"', b'"first.xml"'),
            rewrite(TYPES, rb"_xmlsignatures/sig1\.xml", b"_xmlsignatures/first.xml"),
        ),
        "origin-relationship",
    ),
    case(
        "signature-part-with-another-type",
        "a signature by relationship alone",
        rewrite(TYPES, rb'(/sig1\.xml" ContentType=)"[^"]*"', rb'\1"text/xml"'),
        "origin-relationship",
    ),
    case(
        "many-signatures",
        "thousands of signatures to verify",
        lambda parts: [
            (
                put(f"_xmlsignatures/sig{number}.xml", parts[SIG1])(parts),
                add_content_type(f"/_xmlsignatures/sig{number}.xml".encode(), _SIGNATURE_TYPE)(parts),
                add_relationship(
                    ORIGIN_RELS,
                    f"rIdEvil{number}".encode(),
                    PACKAGE + b"digital-signature/signature",
                    f"sig{number}.xml".encode(),
                )(parts),
            )
            for number in range(3, 203)
        ],
        "limit-signatures",
    ),
    case(
        "signature-target-in-capitals",
        "to readers with case the countersignature is gone",
        rewrite(ORIGIN_RELS, rb'"sig2\.xml"', b'"SIG2.xml"'),
        "origin-relationship",
    ),
    case(
        "signature-target-percent-encoded",
        "to readers that do not decode the countersignature is gone",
        rewrite(ORIGIN_RELS, rb'"sig2\.xml"', b'"sig%32.xml"'),
        "origin-relationship",
    ),
    case(
        "signature-target-with-a-fragment",
        "a fragment of a signature is no signature",
        rewrite(ORIGIN_RELS, rb'"sig2\.xml"', b'"sig2.xml#x"'),
        "origin-relationship",
    ),
    case(
        "origin-target-in-capitals",
        "to readers with case there is no signature",
        rewrite(ROOT, rb"_xmlsignatures/origin\.sigs", b"_xmlsignatures/ORIGIN.sigs"),
        "origin-malformed",
    ),
    case(
        "origin-target-with-a-fragment",
        "a fragment of the origin",
        rewrite(ROOT, rb"_xmlsignatures/origin\.sigs", b"_xmlsignatures/origin.sigs#x"),
        "origin-malformed",
    ),
)

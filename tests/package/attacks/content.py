"""Attacks on the content: injection, masking, content types, relationships."""

from tests.package.attacks.changes import (
    EMPTY_RELS,
    OFFICE,
    PACKAGE,
    ROOT,
    SHEET,
    SHEET_TYPE,
    TYPES,
    WORKBOOK_RELS,
    add_content_type,
    add_relationship,
    both,
    case,
    put,
    rewrite,
)

CONTENT = (
    case(
        "cell",
        "the plain forgery",
        rewrite(SHEET, rb"<t[^>]*>[^<]*</t>", b"<t>forged</t>"),
        "part-digest-mismatch",
    ),
    case(
        "white-space-in-a-sheet",
        "not one octet may differ",
        rewrite(SHEET, rb"<sheetData>", b"<sheetData >"),
        "part-digest-mismatch",
    ),
    case(
        "part-added",
        "ESB content injection: a part that no signature lists",
        both(put("xl/evil.xml", b"<a/>"), add_content_type(b"/xl/evil.xml", b"text/xml")),
        "part-uncovered",
    ),
    case(
        "part-added-by-default-type",
        "ESB content injection: a part that no signature lists",
        put("xl/evil.xml", b"<a/>"),
        "part-uncovered",
    ),
    case(
        "sheet-added-and-related",
        "ESB content injection: a part that no signature lists",
        both(
            put("xl/worksheets/evil.xml", b"<worksheet/>"),
            add_content_type(b"/xl/worksheets/evil.xml", SHEET_TYPE),
            add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"worksheets/evil.xml"),
        ),
        "relationship-uncovered",
    ),
    case(
        "relationship-added",
        "ESB content injection: relationships not listed by SourceId",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"theme", b"styles.xml"),
        "relationship-uncovered",
    ),
    case(
        "external-relationship-added",
        "ESB content injection: content from elsewhere, as a remote template is",
        add_relationship(
            WORKBOOK_RELS,
            b"rIdEvil",
            OFFICE + b"externalLink",
            b"https://evil.example/",
            b' TargetMode="External"',
        ),
        "relationship-uncovered",
    ),
    case(
        "second-office-document",
        "ESB content masking: another document is shown, the signed one stays",
        both(
            put("xl/other.xml", b"<workbook/>"),
            add_relationship(ROOT, b"rIdEvil", OFFICE + b"officeDocument", b"xl/other.xml"),
        ),
        "relationship-uncovered",
    ),
    case(
        "office-document-redirected",
        "ESB content masking: another document is shown, the signed one stays",
        rewrite(ROOT, rb'Target="/?xl/workbook.xml"', b'Target="xl/styles.xml"'),
        "relationship-digest-mismatch",
    ),
    case(
        "relationship-type-changed",
        "ESB content masking: the SourceId stays, what it means does not",
        rewrite(WORKBOOK_RELS, rb"relationships/worksheet\"", b'relationships/chartsheet"'),
        "relationship-digest-mismatch",
    ),
    case(
        "relationship-target-swapped",
        "ESB content masking: the SourceId stays, what it points at does not",
        rewrite(WORKBOOK_RELS, rb"styles\.xml", b"theme/theme1.xml"),
        "relationship-digest-mismatch",
    ),
    case(
        "relationship-removed",
        "stripping",
        rewrite(WORKBOOK_RELS, rb"<Relationship [^>]*styles[^>]*/>", b""),
        "relationship-missing",
    ),
    case(
        "part-removed",
        "stripping; the relationship dangles",
        lambda parts: parts.pop("xl/styles.xml"),
        "content-type-dangling",
    ),
    case(
        "content-type-changed",
        "ESB content masking: content types are no part, and signed only with each part",
        rewrite(TYPES, rb"spreadsheetml\.styles\+xml", b"spreadsheetml.evil+xml"),
        "content-type-mismatch",
    ),
    case(
        "macro-enabled-by-type",
        "content type decides whether macros run",
        rewrite(
            TYPES,
            rb"openxmlformats-officedocument\.spreadsheetml\.sheet\.main",
            b"ms-excel.sheet.macroEnabled.main",
        ),
        "content-type-mismatch",
    ),
    case(
        "new-rels-part",
        "ESB content injection: a part that had no relationships gets some",
        put(
            "xl/theme/_rels/theme1.xml.rels",
            EMPTY_RELS.replace(
                b"/>",
                b'><Relationship Id="r1" Type="x:y" Target="https://evil.example/" TargetMode="External"/>'
                b"</Relationships>",
            ),
        ),
        "relationship-uncovered",
    ),
    case(
        "content-in-docprops",
        "untrusted by rule, but only what the rule names",
        put("docProps/evil.xml", b"<a/>"),
        "part-uncovered",
    ),
    case(
        "docprops-as-sheet",
        "a property part that the workbook reaches too",
        add_relationship(WORKBOOK_RELS, b"rIdEvil", OFFICE + b"worksheet", b"/docProps/app.xml"),
        "relationship-uncovered",
    ),
    case(
        "hidden-in-signature-folder",
        "signature parts stay outside, strays do not",
        put("_xmlsignatures/evil.xml", b"<a/>"),
        "signature-stray",
    ),
    case(
        "thumbnail-added",
        "the picture that a file manager shows is content",
        both(
            put("docProps/thumbnail.jpeg", b"picture"),
            add_content_type(b"/docProps/thumbnail.jpeg", b"image/jpeg"),
            add_relationship(ROOT, b"rIdEvil", PACKAGE + b"metadata/thumbnail", b"docProps/thumbnail.jpeg"),
        ),
        "part-uncovered",
    ),
    case(
        "second-core-properties",
        "OPC allows one; of two, neither is known to be the properties",
        both(
            put("docProps/core2.xml", b"<a/>"),
            add_content_type(
                b"/docProps/core2.xml", b"application/vnd.openxmlformats-package.core-properties+xml"
            ),
            add_relationship(ROOT, b"rIdEvil", PACKAGE + b"metadata/core-properties", b"docProps/core2.xml"),
        ),
        "part-uncovered",
    ),
    case(
        "properties-in-a-sub-folder",
        "the rule names a place, not a tree",
        both(
            put("docProps/a/custom.xml", b"<a/>"),
            add_content_type(
                b"/docProps/a/custom.xml",
                b"application/vnd.openxmlformats-officedocument.custom-properties+xml",
            ),
            add_relationship(ROOT, b"rIdEvil", OFFICE + b"custom-properties", b"docProps/a/custom.xml"),
        ),
        "part-uncovered",
    ),
    case(
        "properties-as-workbook",
        "a property part with another content type is no property part",
        rewrite(
            TYPES,
            rb"application/vnd\.openxmlformats-officedocument\.extended-properties\+xml",
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        ),
        "part-uncovered",
    ),
)

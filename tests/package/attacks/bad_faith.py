"""Attacks with right cryptography on what is referred to, and how it is digested."""

from tests.package.attacks.changes import SIG2, Parts, rewrite
from tests.package.attacks.signed_anew import signed_anew

_C14N = b'Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"'


def _drop_sheet(parts: Parts) -> None:
    rewrite(SIG2, rb'<Reference URI="/xl/worksheets/sheet1\.xml.*?</Reference>', b"")(parts)


BAD_FAITH = (
    signed_anew(
        "manifest-without-the-sheet",
        "ESB content injection: what the Manifest does not list may be exchanged at will",
        _drop_sheet,
        "part-uncovered",
    ),
    signed_anew(
        "manifest-without-a-relationship",
        "ESB content injection: a relationship left out of the transform",
        rewrite(
            SIG2, rb'(workbook\.xml\.rels.*?)<mdssi:RelationshipReference [^>]*SourceId="rId2"/>', rb"\1"
        ),
        "relationship-uncovered",
    ),
    signed_anew(
        "source-type-signed",
        "ESB content injection: SourceType takes in whatever has that type, also what comes later",
        rewrite(SIG2, rb'SourceId="rId1"/></Transform>', b'SourceType="x:y"/></Transform>'),
        "signature-structure",
    ),
    signed_anew(
        "manifest-empty",
        "ESB universal signature forgery: a valid signature of nothing",
        rewrite(SIG2, rb"<Manifest>.*</Manifest>", b"<Manifest/>"),
        "signature-structure",
    ),
    signed_anew(
        "two-manifests",
        "signature wrapping: which Manifest is the one that counts?",
        rewrite(SIG2, rb"(<Manifest>.*</Manifest>)", rb"\1\1"),
        "signature-structure",
    ),
    signed_anew(
        "manifest-in-the-office-object",
        "signature wrapping: a Manifest of the attacker's in another signed Object",
        rewrite(SIG2, rb'(<Object Id="idOfficeObject">)', rb"\1<Manifest/>"),
        "signature-structure",
    ),
    signed_anew(
        "part-listed-twice",
        "two digests of one part: one is the forged one's",
        rewrite(SIG2, rb'(<Reference URI="/xl/styles\.xml.*?</Reference>)', rb"\1\1"),
        "reference-uri",
    ),
    signed_anew(
        "part-listed-with-a-fragment",
        "a fragment of a part is not the part",
        rewrite(SIG2, rb'URI="/xl/styles\.xml\?', b'URI="/xl/styles.xml#x?'),
        "part-missing",
    ),
    signed_anew(
        "part-listed-percent-encoded",
        "one reader decodes the name, another finds another part",
        rewrite(SIG2, rb'URI="/xl/styles\.xml\?', b'URI="/xl/style%73.xml?'),
        "part-missing",
    ),
    signed_anew(
        "part-listed-in-capitals",
        "names are compared without case by some readers only",
        rewrite(SIG2, rb'URI="/xl/styles\.xml\?', b'URI="/XL/styles.xml?'),
        "part-missing",
    ),
    signed_anew(
        "content-type-query-in-lower-case",
        "a query that another implementation does not read",
        rewrite(SIG2, rb"styles\.xml\?ContentType=", b"styles.xml?contenttype="),
        "reference-uri",
    ),
    signed_anew(
        "content-type-twice-in-the-query",
        "the first or the last may count",
        rewrite(SIG2, rb"styles\.xml\?ContentType=", b"styles.xml?ContentType=text/xml&amp;ContentType="),
        "content-type-mismatch",
    ),
    signed_anew(
        "content-type-with-a-parameter",
        "parameters make another type of it for some",
        rewrite(SIG2, rb'(styles\.xml\?ContentType=[^"]*)"', rb'\1;charset=utf-8"'),
        "content-type-mismatch",
    ),
    signed_anew(
        "content-types-item-listed",
        "[MS-OFFCRYPTO]: the item is no part and has no content type of its own",
        rewrite(
            SIG2,
            rb'URI="/xl/styles\.xml\?ContentType=[^"]*"',
            b'URI="/[Content_Types].xml?ContentType=text/xml"',
        ),
        "part-missing",
    ),
    signed_anew(
        "transforms-exchanged",
        "C14N before the relationship transform is another chain",
        rewrite(
            SIG2,
            rb"(<Transform Algorithm=\"[^\"]*RelationshipTransform\">.*?</Transform>)(<Transform [^>]*/>)",
            rb"\2\1",
        ),
        "reference-transform",
    ),
    signed_anew(
        "relationships-without-a-transform",
        "a .rels as raw octets covers no relationship by its meaning",
        rewrite(SIG2, rb'(URI="/xl/_rels/workbook\.xml\.rels[^"]*">)<Transforms>.*?</Transforms>', rb"\1"),
        "relationship-uncovered",
    ),
    signed_anew(
        "part-with-c14n",
        "a part canonicalised is not its octets: comments could be added to it",
        rewrite(
            SIG2,
            rb'(URI="/xl/styles\.xml[^"]*">)',
            rb"\1<Transforms><Transform " + _C14N + rb"/></Transforms>",
        ),
        "reference-transform",
    ),
    signed_anew(
        "xpath-over-the-package-object",
        "XPath in SignedInfo selects what is digested",
        rewrite(
            SIG2,
            rb'(URI="#idPackageObject">)',
            rb'\1<Transforms><Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
            rb"<XPath>false()</XPath></Transform></Transforms>",
        ),
        "signature-structure",
    ),
    signed_anew(
        "fourth-reference",
        "signature wrapping: a Reference more, to something that nobody looks at",
        rewrite(SIG2, rb"(<SignedInfo>.*?)(<Reference .*?</Reference>)", rb"\1\2\2"),
        "signature-structure",
    ),
    signed_anew(
        "references-exchanged",
        "a verifier that takes the first Reference for the package's",
        rewrite(
            SIG2,
            rb'(<Reference [^>]*"#idPackageObject">.*?</Reference>)(<Reference .*?</Reference>)',
            rb"\2\1",
        ),
        "reference-uri",
    ),
    signed_anew(
        "reference-by-xpointer",
        "XMLDSig 4.3.3.3: another way to spell an Id, and many more to miss it",
        rewrite(SIG2, rb'URI="#idPackageObject"', b"URI=\"#xpointer(id('idPackageObject'))\""),
        "reference-uri",
    ),
    signed_anew(
        "digest-sha1-signed",
        "algorithm downgrade by the signer itself",
        rewrite(
            SIG2,
            rb'DigestMethod Algorithm="[^"]*"',
            b'DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"',
        ),
        "algorithm-not-allowed",
    ),
    signed_anew(
        "exclusive-c14n",
        "another canonicalisation leaves out namespaces that are in scope",
        rewrite(
            SIG2,
            rb'CanonicalizationMethod Algorithm="[^"]*"',
            b'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
        ),
        "algorithm-not-allowed",
    ),
    signed_anew(
        "ecdsa-sha384-with-p256",
        "algorithm confusion: a hash that does not go with the value",
        rewrite(SIG2, rb"#ecdsa-sha256", b"#ecdsa-sha384"),
        "signature-value-wrong",
    ),
    signed_anew(
        "xpath-filter-beside-the-relationship-transform",
        "a third transform in the chain",
        rewrite(
            SIG2,
            rb"</Transform></Transforms>|(<Transform [^>]*c14n-20010315\"/></Transforms>)",
            rb'<Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>\1',
        ),
        "signature-structure",
    ),
)

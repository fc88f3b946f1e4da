"""Attacks on the structure of a signature part: wrapping in every place that the schema leaves room."""

from tests.package.attacks.changes import SIG2, case, rewrite

_OBJECT = rb'<Object Id="idPackageObject">.*?</Object>'
_FORGED = rb'<Object Id="idPackageObject"><Manifest/></Object>'


WRAPPING = (
    case(
        "wrapped-original-in-an-object",
        "signature wrapping: the signed Object moves, a forged one takes its place",
        rewrite(SIG2, rb"(" + _OBJECT + rb")", _FORGED + rb"<Object>\1</Object>"),
        "signature-structure",
    ),
    case(
        "wrapped-forged-before",
        "signature wrapping: the forged Object is found first",
        rewrite(SIG2, rb"(" + _OBJECT + rb")", _FORGED + rb"\1"),
        "signature-structure",
    ),
    case(
        "wrapped-forged-after",
        "signature wrapping: the forged Object is found last",
        rewrite(SIG2, rb"</Signature>", _FORGED + b"</Signature>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-key-info",
        "signature wrapping: KeyInfo takes any element",
        rewrite(SIG2, rb"</KeyInfo>", _FORGED + b"</KeyInfo>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-x509-data",
        "signature wrapping: X509Data takes elements of other namespaces",
        rewrite(SIG2, rb"</X509Data>", _FORGED + b"</X509Data>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-manifest",
        "signature wrapping: a Reference takes no Object",
        rewrite(SIG2, rb"<Manifest>", b"<Manifest>" + _FORGED),
        "signature-structure",
    ),
    case(
        "wrapped-in-signature-property",
        "signature wrapping: a SignatureProperty takes any element",
        rewrite(SIG2, rb"(<SignatureProperty [^>]*>)", rb"\1" + _FORGED),
        "signature-structure",
    ),
    case(
        "wrapped-in-office-details",
        "signature wrapping: an element of Office's takes text alone",
        rewrite(SIG2, rb"<SignatureText/>", b"<SignatureText>" + _FORGED + b"</SignatureText>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-signed-info",
        "signature wrapping: SignedInfo has five elements",
        rewrite(SIG2, rb"</SignedInfo>", _FORGED + b"</SignedInfo>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-signature-method",
        "signature wrapping: SignatureMethod takes any element",
        rewrite(SIG2, rb"(<SignatureMethod [^>]*)/>", rb"\1>" + _FORGED + rb"</SignatureMethod>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-digest-method",
        "signature wrapping: DigestMethod takes any element",
        rewrite(SIG2, rb"(<DigestMethod [^>]*)/>", rb"\1>" + _FORGED + rb"</DigestMethod>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-canonicalization-method",
        "signature wrapping: CanonicalizationMethod takes any element",
        rewrite(
            SIG2, rb"(<CanonicalizationMethod [^>]*)/>", rb"\1>" + _FORGED + rb"</CanonicalizationMethod>"
        ),
        "signature-structure",
    ),
    case(
        "wrapped-in-transform",
        "signature wrapping: a Transform takes any element",
        rewrite(SIG2, rb"(<Transform [^>]*c14n-20010315\")/>", rb"\1>" + _FORGED + rb"</Transform>"),
        "signature-structure",
    ),
    case(
        "wrapped-in-qualifying-properties",
        "signature wrapping: a second SignedProperties",
        rewrite(SIG2, rb"(<xd:SignedProperties .*</xd:SignedProperties>)", rb"\1\1"),
        "signature-structure",
    ),
    case(
        "wrapped-in-the-value",
        "signature wrapping: an element in the SignatureValue",
        rewrite(SIG2, rb"</SignatureValue>", b"<x/></SignatureValue>"),
        "signature-structure",
    ),
    case(
        "wrapped-signature-in-an-object",
        "signature wrapping: the genuine Signature inside a forged one",
        rewrite(
            SIG2,
            rb"(<Signature .*</Signature>)",
            rb'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#" Id="idPackageSignature">'
            rb"<Object>\1</Object></Signature>",
        ),
        "signature-structure",
    ),
    case(
        "root-of-another-name",
        "signature wrapping: the Signature is not the root",
        rewrite(SIG2, rb"(<Signature .*</Signature>)", rb"<Envelope>\1</Envelope>"),
        "signature-structure",
    ),
    case(
        "signature-id-changed",
        "a foreign Id on the root",
        rewrite(SIG2, rb'Id="idPackageSignature"', b'Id="idOther"'),
        "signature-id",
    ),
    case(
        "signature-id-missing", "an Id less", rewrite(SIG2, rb' Id="idPackageSignature"', b""), "signature-id"
    ),
    case(
        "id-in-capitals",
        "ID is an Id to some",
        rewrite(SIG2, rb"<KeyInfo>", b'<KeyInfo ID="idPackageObject">'),
        "signature-id",
    ),
    case(
        "id-on-signature-value",
        "a foreign Id where the schema has room for one",
        rewrite(SIG2, rb"<SignatureValue>", b'<SignatureValue Id="idSignedProperties">'),
        "signature-id",
    ),
    case(
        "id-on-manifest",
        "a foreign Id on the Manifest",
        rewrite(SIG2, rb"<Manifest>", b'<Manifest Id="idPackageObject">'),
        "signature-id",
    ),
    case(
        "id-on-reference",
        "a foreign Id on a Reference",
        rewrite(SIG2, rb"<Reference ", b'<Reference Id="idPackageObject" '),
        "signature-id",
    ),
    case(
        "ids-exchanged",
        "the two Objects exchange their names",
        lambda parts: parts.__setitem__(
            SIG2,
            parts[SIG2]
            .replace(b'Object Id="idPackageObject"', b'Object Id="x"')
            .replace(b'Object Id="idOfficeObject"', b'Object Id="idPackageObject"')
            .replace(b'Object Id="x"', b'Object Id="idOfficeObject"'),
        ),
        "signature-id",
    ),
    case(
        "objects-exchanged",
        "the Objects in another order",
        rewrite(SIG2, rb"(" + _OBJECT + rb')(<Object Id="idOfficeObject">.*?</Object>)', rb"\2\1"),
        "signature-id",
    ),
    case("object-missing", "an Object less", rewrite(SIG2, _OBJECT, b""), "signature-structure"),
)

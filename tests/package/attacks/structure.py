"""Attacks on the structure of a signature part."""

from tests.package.attacks.changes import (
    SIG2,
    case,
    put,
    rewrite,
    take_key_info,
)

STRUCTURE = (
    case(
        "comment",
        "XML signature comment truncation",
        rewrite(SIG2, rb"</Signature>", b"<!-- x --></Signature>"),
        "xml-node",
    ),
    case(
        "processing-instruction",
        "positive profile",
        rewrite(SIG2, rb"</Signature>", b"<?x y?></Signature>"),
        "xml-node",
    ),
    case(
        "doctype",
        "entities and default attributes",
        rewrite(SIG2, rb"<Signature ", b"<!DOCTYPE Signature []><Signature "),
        "xml-dtd",
    ),
    case(
        "entity-bomb",
        "billion laughs",
        rewrite(SIG2, rb"<Signature ", b'<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Signature '),
        "xml-dtd",
    ),
    case(
        "extra-object",
        "signature wrapping: an Object nobody refers to",
        rewrite(SIG2, rb"</Signature>", b"<Object/></Signature>"),
        "signature-structure",
    ),
    case(
        "object-moved-inside",
        "signature wrapping",
        rewrite(
            SIG2,
            rb'<Object Id="idPackageObject">',
            b'<Object Id="idPackageObject"><Object Id="idPackageObject"/>',
        ),
        "signature-structure",
    ),
    case(
        "duplicate-id",
        "ID lookup finds the wrong one",
        rewrite(SIG2, rb"<KeyInfo>", b'<KeyInfo Id="idPackageObject">'),
        "signature-id",
    ),
    case(
        "xml-id",
        "a second way to carry an Id",
        rewrite(SIG2, rb"<KeyInfo>", b'<KeyInfo xml:id="idPackageObject">'),
        "xml-attribute",
    ),
    case(
        "reference-removed",
        "SignedInfo without the package object",
        rewrite(SIG2, rb'<Reference Type="[^"]*#Object" URI="#idPackageObject">.*?</Reference>', b""),
        "signature-structure",
    ),
    case(
        "reference-to-everything",
        "an empty URI is the document",
        rewrite(SIG2, rb'URI="#idPackageObject"', b'URI=""'),
        "reference-uri",
    ),
    case(
        "reference-external",
        "fetching on the attacker's behalf",
        rewrite(SIG2, rb'URI="#idPackageObject"', b'URI="https://evil.example/x"'),
        "reference-uri",
    ),
    case(
        "reference-file",
        "reading on the attacker's behalf",
        rewrite(SIG2, rb'URI="/xl/styles.xml[^"]*"', b'URI="file:///etc/passwd"'),
        "reference-uri",
    ),
    case(
        "xslt-transform",
        "code in a transform",
        rewrite(
            SIG2,
            rb'(URI="#idSignedProperties"><Transforms><Transform Algorithm=)"[^"]*"',
            rb'\1"http://www.w3.org/TR/1999/REC-xslt-19991116"',
        ),
        "reference-transform",
    ),
    case(
        "xpath-in-manifest",
        "a transform that selects what is digested",
        rewrite(
            SIG2,
            rb'<Transform Algorithm="[^"]*RelationshipTransform">',
            b'<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">',
        ),
        "reference-transform",
    ),
    case(
        "source-type",
        "ESB content injection: SourceType takes in what is added later",
        rewrite(SIG2, rb'SourceId="rId1"', b'SourceType="x:y"'),
        "signature-structure",
    ),
    case(
        "hmac",
        "algorithm confusion",
        rewrite(
            SIG2,
            rb'SignatureMethod Algorithm="[^"]*"',
            b'SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"',
        ),
        "algorithm-not-allowed",
    ),
    case(
        "sha1",
        "algorithm downgrade",
        rewrite(
            SIG2,
            rb'SignatureMethod Algorithm="[^"]*"',
            b'SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"',
        ),
        "algorithm-not-allowed",
    ),
    case(
        "rsa-for-ec",
        "algorithm confusion",
        rewrite(
            SIG2,
            rb'SignatureMethod Algorithm="[^"]*"',
            b'SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"',
        ),
        "key-algorithm-mismatch",
    ),
    case(
        "digest-sha1",
        "algorithm downgrade",
        rewrite(
            SIG2,
            rb'DigestMethod Algorithm="[^"]*"',
            b'DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"',
        ),
        "algorithm-not-allowed",
    ),
    case(
        "c14n-with-comments",
        "another canonicalisation",
        rewrite(
            SIG2,
            rb'CanonicalizationMethod Algorithm="([^"]*)"',
            rb'CanonicalizationMethod Algorithm="\1#WithComments"',
        ),
        "algorithm-not-allowed",
    ),
    case(
        "prefix",
        "same meaning, other octets",
        rewrite(SIG2, rb"<KeyInfo>", b'<KeyInfo xmlns:x="urn:x" x:a="1">'),
        "signature-namespace",
    ),
    case(
        "certificates-exchanged",
        "the certificate is chosen by digest, not by position",
        take_key_info,
        "signing-certificate-missing",
    ),
    case(
        "claimed-role-changed",
        "the role is signed",
        rewrite(SIG2, rb"ClaimedRole>supplier<", b"ClaimedRole>dcc<"),
        "object-digest-mismatch",
    ),
    case(
        "signing-time-changed",
        "the time is signed",
        rewrite(SIG2, rb"SigningTime>2026", b"SigningTime>2025"),
        "signing-time-disagrees",
    ),
    case(
        "counter-signature-property",
        "unsigned properties are not in the profile",
        rewrite(SIG2, rb"</xd:QualifyingProperties>", b"<xd:UnsignedProperties/></xd:QualifyingProperties>"),
        "signature-structure",
    ),
    case(
        "deep",
        "stack exhaustion",
        rewrite(SIG2, rb"</Signature>", b"<a>" * 200 + b"</a>" * 200 + b"</Signature>"),
        "limit-xml-depth",
    ),
    case(
        "utf-16",
        "a parser that guesses",
        lambda parts: parts.__setitem__(
            SIG2, parts[SIG2].decode().replace("UTF-8", "UTF-16").encode("utf-16")
        ),
        "xml-encoding",
    ),
    case("not-xml", "malformed", put(SIG2, b"\0\xff"), "xml-encoding"),
    case("empty-signature", "malformed", put(SIG2, b""), "xml-malformed"),
)

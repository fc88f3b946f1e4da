"""Attacks with right cryptography on what a signature says of itself."""

from tests.package.attacks.changes import SIG2, Parts, rewrite
from tests.package.attacks.signed_anew import signed_anew


def _claim_manufacturer(parts: Parts) -> None:
    rewrite(SIG2, rb"ClaimedRole>supplier<", b"ClaimedRole>manufacturer<")(parts)
    rewrite(SIG2, rb"#ProofOfApproval", b"#ProofOfOrigin")(parts)


BAD_PROPERTIES = (
    signed_anew(
        "role-manufacturer-twice",
        "a countersigner that claims to be the manufacturer",
        _claim_manufacturer,
        "role-duplicate",
    ),
    signed_anew(
        "role-unknown",
        "a role that nobody knows",
        rewrite(SIG2, rb"ClaimedRole>supplier<", b"ClaimedRole>auditor<"),
        "claimed-role-wrong",
    ),
    signed_anew(
        "role-with-white-space",
        "a role that compares unequal and looks equal",
        rewrite(SIG2, rb"ClaimedRole>supplier<", b"ClaimedRole>supplier <"),
        "claimed-role-wrong",
    ),
    signed_anew(
        "commitment-of-another-role",
        "approval is not origin",
        rewrite(SIG2, rb"#ProofOfApproval", b"#ProofOfOrigin"),
        "claimed-role-wrong",
    ),
    signed_anew(
        "two-claimed-roles",
        "the first or the last may count",
        rewrite(
            SIG2, rb"(<xd:ClaimedRole>supplier</xd:ClaimedRole>)", rb"\1<xd:ClaimedRole>dcc</xd:ClaimedRole>"
        ),
        "signature-structure",
    ),
    signed_anew(
        "certified-role",
        "a role that an attribute certificate would have to prove",
        rewrite(SIG2, rb"</xd:ClaimedRoles>", b"</xd:ClaimedRoles><xd:CertifiedRoles/>"),
        "signature-structure",
    ),
    signed_anew(
        "certificate-of-another-serial",
        "certificate substitution: digest of one, serial number of another",
        rewrite(SIG2, rb"<X509SerialNumber>\d+", b"<X509SerialNumber>1"),
        "signing-certificate-disagrees",
    ),
    signed_anew(
        "certificate-of-another-issuer",
        "certificate substitution: digest of one, issuer of another",
        rewrite(SIG2, rb"<X509IssuerName>[^<]*", b"<X509IssuerName>CN=Other"),
        "signing-certificate-disagrees",
    ),
    signed_anew(
        "two-signing-certificates",
        "certificate substitution: the first or the last may count",
        rewrite(SIG2, rb"(<xd:Cert>.*?</xd:Cert>)", rb"\1\1"),
        "signature-structure",
    ),
    signed_anew(
        "signed-property-unknown",
        "a signed property whose meaning we do not know",
        rewrite(SIG2, rb"</xd:SignerRole>", b"</xd:SignerRole><xd:SignatureProductionPlace/>"),
        "signature-structure",
    ),
    signed_anew(
        "signature-line-image",
        "[MS-OFFCRYPTO] 2.5.2.5: a picture of a signature that is shown to people",
        rewrite(SIG2, rb"<SignatureType>", b"<SignatureImage2/><SignatureType>"),
        "signature-structure",
    ),
    signed_anew(
        "time-in-another-zone",
        "a claimed time has one form",
        lambda parts: parts.__setitem__(
            SIG2, parts[SIG2].replace(b"2026-11-22T12:00:00Z", b"2026-11-22T13:00:00+01:00")
        ),
        "signature-structure",
    ),
    signed_anew(
        "property-of-another-signature",
        "a SignatureProperty whose Target is not this signature",
        rewrite(SIG2, rb'Target="#idPackageSignature"', b'Target="/_xmlsignatures/sig1.xml"'),
        "signature-id",
    ),
    signed_anew(
        "object-with-an-encoding",
        "XMLDSig 4.5: Encoding and MimeType ask a reader to decode the Object first",
        rewrite(
            SIG2,
            rb'<Object Id="idPackageObject">',
            b'<Object Id="idPackageObject" MimeType="text/xml" Encoding="http://www.w3.org/2000/09/xmldsig#base64">',
        ),
        "signature-structure",
    ),
    signed_anew(
        "namespace-inside-signed-info",
        "a declaration that nothing uses is canonicalised into what is signed",
        rewrite(SIG2, rb"<SignedInfo>", b'<SignedInfo xmlns:x="urn:x">'),
        "signature-namespace",
    ),
    signed_anew(
        "prefix-rebound-in-the-manifest",
        "one prefix, two namespaces",
        rewrite(SIG2, rb"<Manifest>", b'<Manifest xmlns:mdssi="urn:x">'),
        "signature-namespace",
    ),
    signed_anew(
        "attribute-in-a-namespace",
        "an attribute that looks like URI and is not",
        rewrite(
            SIG2, rb'(URI="#idOfficeObject")', rb'\1 xd:URI="#x" xmlns:xd="http://uri.etsi.org/01903/v1.3.2#"'
        ),
        "signature-structure",
    ),
    signed_anew(
        "role-of-a-million-letters",
        "a text of the signer's that floods every report",
        rewrite(SIG2, rb"ClaimedRole>supplier<", b"ClaimedRole>" + b"A" * 1_000_000 + b"<"),
        "signature-structure",
    ),
    signed_anew(
        "reference-of-a-million-letters",
        "a part's name that floods every report",
        rewrite(SIG2, rb'URI="/xl/styles', b'URI="/' + b"A" * 1_000_000 + b"styles"),
        "reference-uri",
    ),
    signed_anew(
        "serial-number-of-other-digits",
        "digits beyond ASCII are digits to Python",
        rewrite(SIG2, rb"<X509SerialNumber>\d+", "<X509SerialNumber>\u0663".encode()),
        "signature-structure",
    ),
)

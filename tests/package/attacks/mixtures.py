"""Attacks with a second workbook, a second PKI, or another kind of file altogether."""

import re
from collections.abc import Callable

from agent.roles import Role
from tests.package.attacks.changes import (
    ROOT,
    SHEET,
    SIG1,
    SIG2,
    TYPES,
    Attack,
    Material,
    Parts,
    add_content_type,
    add_relationship,
    case,
    forge_manifest,
    put,
    rewrite,
)
from tests.package.attacks.signed_anew import resign
from tests.support.zips import build_zip, edit, parts_of

_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KEY_INFO = rb"<KeyInfo>.*?</KeyInfo>"
_EXCEL = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EMBEDDED = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/package"


def _of_other(*names: str) -> Callable[[Material], bytes]:
    """Build: the countersigned workbook with these parts of the other one."""

    def build(material: Material) -> bytes:
        other = parts_of(material.other)
        return edit(material.countersigned, lambda parts: parts.update({name: other[name] for name in names}))

    return build


def _stranger(material: Material) -> bytes:
    """The whole workbook, signed by parties of the same names under another root."""
    return material.rogue.sign(material.rogue.sign(material.form), Role.SUPPLIER)


def _key_info(signature: bytes) -> bytes:
    found = re.search(_KEY_INFO, signature, re.DOTALL)
    assert found
    return found[0]


def _stranger_with_our_certificates(material: Material) -> bytes:
    """The stranger's signatures with KeyInfo of the trusted parties."""
    ours, theirs = parts_of(material.countersigned), parts_of(_stranger(material))
    for name in (SIG1, SIG2):
        theirs[name] = theirs[name].replace(_key_info(theirs[name]), _key_info(ours[name]))
    return build_zip(theirs)


def _stranger_signs_for_us(material: Material) -> bytes:
    """Everything of ours, SigningCertificate too; only the value is by another key."""
    parts = parts_of(material.countersigned)
    parts[SIG2] = resign(parts[SIG2], material.rogue)
    return build_zip(parts)


def _manifest_of_the_attackers(material: Material) -> bytes:
    """A forged sheet, its digest in the Manifest, and a SignedInfo over that, by a key of the attacker's."""
    parts = parts_of(material.countersigned)
    forge_manifest(parts)
    parts[SIG2] = resign(parts[SIG2], material.rogue)
    return build_zip(parts)


def _same_party_twice(material: Material) -> bytes:
    """The manufacturer's own key countersigns, claiming the supplier's role."""
    lab = material.lab
    signers = {**lab.signers, Role.SUPPLIER: lab.signers[Role.MANUFACTURER]}
    return type(lab)(lab.authority, signers).sign(material.signed, Role.SUPPLIER)


def _parallel(material: Material) -> bytes:
    """Two signatures over the form, neither over the other."""
    lab = material.lab
    first = parts_of(lab.sign(material.form))
    second = parts_of(lab.sign(material.form, Role.SUPPLIER))
    first[SIG2] = second[SIG1]
    add_content_type(
        b"/" + SIG2.encode(), b"application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
    )(first)
    add_relationship(
        "_xmlsignatures/_rels/origin.sigs.rels",
        b"rIdSignature2",
        b"http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/signature",
        b"sig2.xml",
    )(first)
    return build_zip(first)


def _embedded(material: Material) -> bytes:
    """An unsigned workbook of the attacker's around the signed one."""

    def change(parts: Parts) -> None:
        parts["xl/embeddings/signed.xlsx"] = material.countersigned
        add_content_type(b"/xl/embeddings/signed.xlsx", _EXCEL)(parts)
        add_relationship(ROOT, b"rIdEvil", _EMBEDDED, b"xl/embeddings/signed.xlsx")(parts)

    return edit(material.form, change)


def _generic_signature(parts: Parts) -> None:
    """A signature of the supplier's over a document of its own, as any XMLDSig application makes them."""
    rewrite(SIG2, rb"<SignedInfo>.*</SignedInfo>", lambda _: _ENVELOPED)(parts)


_ENVELOPED = (
    b"<SignedInfo>"
    b'<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
    b'<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
    b'<Reference URI=""><Transforms>'
    b'<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms>'
    b'<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    b"<DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</DigestValue></Reference></SignedInfo>"
)


def _universal_forgery(material: Material) -> bytes:
    """A signature that is valid by itself, over other things, in a workbook of the attacker's."""
    parts = parts_of(material.countersigned)
    _generic_signature(parts)
    rewrite(SHEET, rb"<t[^>]*>[^<]*</t>", b"<t>forged</t>")(parts)
    parts[SIG2] = resign(parts[SIG2], material.lab)
    return build_zip(parts)


MIXTURES = (
    Attack(
        "signatures-of-another-workbook",
        "mixing: both signatures are genuine, of the same parties, over another form",
        _of_other(SIG1, SIG2),
        "part-digest-mismatch",
    ),
    Attack(
        "first-signature-of-another-workbook",
        "mixing: the countersigner saw another first signature",
        _of_other(SIG1),
        "part-digest-mismatch",
    ),
    Attack(
        "countersignature-of-another-workbook",
        "mixing: the countersignature is genuine and not for this",
        _of_other(SIG2),
        "part-digest-mismatch",
    ),
    Attack(
        "sheet-of-another-workbook",
        "mixing: each sheet was signed by the same parties, not in this workbook",
        _of_other(SHEET),
        "part-digest-mismatch",
    ),
    Attack(
        "stranger",
        "certificate substitution: parties of the same names under a root that nobody trusts",
        _stranger,
        "certification-path",
    ),
    Attack(
        "stranger-with-trusted-certificates",
        "certificate substitution: KeyInfo is not signed",
        _stranger_with_our_certificates,
        "signing-certificate-missing",
    ),
    Attack(
        "stranger-in-our-name",
        "certificate substitution: all is ours but the key",
        _stranger_signs_for_us,
        "signature-value-wrong",
    ),
    Attack(
        "manifest-of-the-attackers",
        "a foreign SignedInfo over a Manifest of the attacker's, all digests right",
        _manifest_of_the_attackers,
        "signature-value-wrong",
    ),
    Attack("one-key-signs-twice", "four eyes: one party is not two", _same_party_twice, "four-eyes"),
    Attack(
        "parallel-signatures",
        "a parallel signature is not a countersignature",
        _parallel,
        "countersignature-order",
    ),
    Attack(
        "first-signature-alone",
        "stripping before anybody countersigned",
        lambda material: material.signed,
        "role-missing",
    ),
    Attack("not-signed-at-all", "stripping of everything", lambda material: material.form, "role-missing"),
    Attack(
        "universal-forgery",
        "ESB universal signature forgery: a valid XMLDSig signature over something else altogether",
        _universal_forgery,
        "signature-structure",
    ),
    case(
        "empty-signature-part",
        "ESB universal signature forgery: Office for macOS took an empty sig1.xml for a signature",
        put(SIG1, b""),
        "xml-malformed",
    ),
    case(
        "signature-without-references",
        "ESB universal signature forgery: what refers to nothing is never wrong",
        rewrite(SIG2, rb"(<SignedInfo>.*?)<Reference .*</Reference></SignedInfo>", rb"\1</SignedInfo>"),
        "signature-structure",
    ),
    Attack(
        "legacy-container-around-it",
        "ESB legacy wrapping: a compound file, as .xls is, with the signed workbook inside",
        lambda material: _CFB.ljust(512, b"\0") + material.countersigned,
        "package-not-zip",
    ),
    Attack(
        "legacy-container-behind-it",
        "ESB legacy wrapping: the zip is read from its end, the compound file from its start",
        lambda material: material.countersigned + _CFB.ljust(512, b"\0"),
        "zip-suffix",
    ),
    Attack(
        "signed-workbook-embedded",
        "ESB legacy wrapping: the signed document is an object in another one",
        _embedded,
        "role-missing",
    ),
    case(
        "legacy-sheet-beside-it",
        "ESB legacy wrapping: a binary workbook as a second main document",
        lambda parts: (
            put("xl/workbook.bin", _CFB)(parts),
            add_content_type(b"/xl/workbook.bin", b"application/vnd.ms-excel.sheet.binary.macroEnabled.main")(
                parts
            ),
            add_relationship(
                ROOT,
                b"rIdEvil",
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument",
                b"xl/workbook.bin",
            )(parts),
        ),
        "relationship-uncovered",
    ),
    case(
        "repair-no-content-types",
        "ESB malicious repair: Excel mends a package without content types and shows it",
        lambda parts: parts.pop(TYPES),
        "package-not-opc",
    ),
    case(
        "repair-no-root-relationships",
        "ESB malicious repair: Excel looks for a workbook where it usually is",
        lambda parts: parts.pop(ROOT),
        "package-not-opc",
    ),
)

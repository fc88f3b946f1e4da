"""Unsigned properties are parsed against an allow-list: each kind once, in order, and nothing beside it."""

import hashlib
from collections.abc import Callable

import pytest

from agent.formats.package.augment import timestamped_octets_of
from agent.formats.package.package import open_package
from agent.verdicts import Indication, SubIndication
from tests.support.signer import LIMITS, NOW, SoftwareLab
from tests.support.tokens import make_token, make_tsa
from tests.support.zips import build_zip, parts_of
from tests.timestamp.samples import HOUR, SIG1, add, codes, judge, lists, stamp, verify

_ITEM = SIG1.removeprefix("/")
_AT = NOW + 2 * HOUR
_REFUSALS = {
    "algorithm-not-allowed",
    "signature-base64",
    "signature-id",
    "signature-namespace",
    "signature-structure",
    "unsigned-property-malformed",
    "xml-node",
}
"""What a departure from the profile may be called."""
_STAMP = b"<xd:SignatureTimeStamp>"
_END = b"</xd:UnsignedSignatureProperties>"
_VALUES = b"<xd:CertificateValues>"
_CERTIFICATE = b"<xd:EncapsulatedX509Certificate>"
_C14N = b'<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'


@pytest.fixture
def full(pki: SoftwareLab, signed: bytes) -> bytes:
    """A signature with everything that may be added."""
    tsa = make_tsa()
    certificates = (pki.authority.root_certificate, tsa.issuing.certificate)
    workbook = add(signed, crls=lists(pki, NOW), certificates=certificates)
    return stamp(workbook, tsa=tsa)


def _rewritten(workbook: bytes, change: Callable[[bytes], bytes]) -> bytes:
    parts = parts_of(workbook)
    changed = change(parts[_ITEM])
    assert changed != parts[_ITEM]
    return build_zip(parts | {_ITEM: changed})


def test_everything_that_may_be_added_is_read(pki: SoftwareLab, full: bytes) -> None:
    """The lists and the certificates that came along are enough for the signer's verdict."""
    verdict = verify(full, judge(pki, _AT, ()))
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert verdict.signatures[0].proven is not None
    assert len(verdict.signatures[0].record.crls) == 2


def test_what_is_added_changes_nothing_else(signed: bytes, full: bytes) -> None:
    """Every other entry of the zip is the same, and so is the signature before its unsigned properties."""
    before, after = parts_of(signed), parts_of(full)
    assert {name for name in after if before.get(name) != after[name]} == {_ITEM}
    start = after[_ITEM].index(b"<xd:UnsignedProperties>")
    assert after[_ITEM][:start] == before[_ITEM][:start]


def _move(part: bytes, first: bytes, last: bytes) -> bytes:
    """Move an element to the end."""
    start, stop = part.index(first), part.index(last) + len(last)
    return (part[:start] + part[stop:]).replace(_END, part[start:stop] + _END)


def _double(part: bytes) -> bytes:
    start, stop = part.index(_STAMP), part.index(_VALUES)
    return part[:stop] + part[start:stop] + part[stop:]


_CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "twice": _double,
    "order": lambda part: _move(part, _STAMP, b"</xd:SignatureTimeStamp>"),
    "unknown-property": lambda part: part.replace(_END, b"<xd:CounterSignature/>" + _END),
    "archive-timestamp": lambda part: part.replace(_END, b"<xd:ArchiveTimeStamp/>" + _END),
    "data-object-properties": lambda part: part.replace(
        b"</xd:UnsignedProperties>", b"<xd:UnsignedDataObjectProperties/></xd:UnsignedProperties>"
    ),
    "foreign-element": lambda part: part.replace(_END, b'<evil xmlns="urn:evil"/>' + _END),
    "text": lambda part: part.replace(_STAMP, b"evil" + _STAMP),
    "attribute": lambda part: part.replace(_STAMP, b'<xd:SignatureTimeStamp Id="evil">'),
    "include": lambda part: part.replace(_STAMP, _STAMP + b'<xd:Include URI="#evil"/>'),
    "no-canonicalization": lambda part: part.replace(_STAMP + _C14N, _STAMP),
    "other-canonicalization": lambda part: part.replace(
        _C14N + b"<xd:Enc", b'<CanonicalizationMethod Algorithm="urn:evil"/><xd:Enc'
    ),
    "encoding": lambda part: part.replace(b"<xd:EncapsulatedTimeStamp>", b"<xd:EncapsulatedTimeStamp>!"),
    "xml-timestamp": lambda part: part.replace(b"EncapsulatedTimeStamp", b"XMLTimeStamp"),
    "two-tokens": lambda part: part.replace(
        b"</xd:SignatureTimeStamp>",
        b"<xd:EncapsulatedTimeStamp>MAA=</xd:EncapsulatedTimeStamp>" + b"</xd:SignatureTimeStamp>",
    ),
    "ocsp": lambda part: part.replace(b"</xd:CRLValues>", b"</xd:CRLValues><xd:OCSPValues/>"),
    "empty-values": lambda part: part.replace(_VALUES, b"<xd:CertificateValues/>" + _VALUES),
    "second-unsigned": lambda part: part.replace(
        b"</xd:UnsignedProperties>", b"</xd:UnsignedProperties><xd:UnsignedProperties/>"
    ),
    "other-prefix": lambda part: part.replace(
        _STAMP, b'<x:SignatureTimeStamp xmlns:x="http://uri.etsi.org/01903/v1.3.2#">'
    ).replace(b"</xd:SignatureTimeStamp>", b"</x:SignatureTimeStamp>"),
    "comment": lambda part: part.replace(_STAMP, b"<!-- evil -->" + _STAMP),
    "id": lambda part: part.replace(b"<xd:UnsignedProperties>", b'<xd:UnsignedProperties Id="idSigned">'),
    "pem": lambda part: part.replace(
        b"<xd:EncapsulatedCRLValue>", b"<xd:EncapsulatedCRLValue>LS0tLS1CRUdJTiBYNTA5IENSTC0tLS0t", 1
    ),
    "not-a-certificate": lambda part: part.replace(
        _CERTIFICATE,
        b"<xd:EncapsulatedX509Certificate>MAA=</xd:EncapsulatedX509Certificate>" + _CERTIFICATE,
        1,
    ),
}


@pytest.mark.parametrize("name", _CHANGES)
def test_anything_else_there_fails_the_signature(pki: SoftwareLab, full: bytes, name: str) -> None:
    """No signature covers these properties, so nothing is ignored in them."""
    verdict = verify(_rewritten(full, _CHANGES[name]), judge(pki, _AT, lists(pki, NOW)))
    assert verdict.verdict.indication is Indication.TOTAL_FAILED
    assert verdict.verdict.sub_indication is SubIndication.FORMAT_FAILURE
    assert codes(verdict) & _REFUSALS


def test_a_frozen_signature_shows_whatever_is_added(pki: SoftwareLab, countersigned: bytes) -> None:
    """The countersignature covers the part octet for octet."""
    verdict = verify(stamp(countersigned), judge(pki, _AT, lists(pki, NOW)))
    assert verdict.verdict.sub_indication is SubIndication.HASH_FAILURE
    assert "part-digest-mismatch" in codes(verdict)


def test_the_imprint_is_over_the_element_as_c14n_writes_it(signed: bytes) -> None:
    """Written here by hand: the element with its one namespace, and its text (EN 319 132-1 clause 5.3)."""
    part = parts_of(signed)[_ITEM]
    text = part[part.index(b"<SignatureValue>") + 16 : part.index(b"</SignatureValue>")]
    expected = b'<SignatureValue xmlns="http://www.w3.org/2000/09/xmldsig#">' + text + b"</SignatureValue>"
    assert timestamped_octets_of(open_package(signed, LIMITS), SIG1) == expected
    token = make_token(hashlib.sha256(expected).digest(), make_tsa(), NOW + HOUR)
    assert b"xmldsig" not in token

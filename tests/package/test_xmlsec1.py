"""xmlsec1, which shares no code with ours, agrees with every signature that is made on a token."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from tests.support.lab import KEY_KINDS, Lab, Story
from tests.support.workbooks.zips import ZipStyle, read_parts, write_zip
from tests.support.xmlsec import Opinion, ReferenceCount, list_opinions, require_agreement

_FORM_SHEET = "xl/worksheets/sheet1.xml"
_FIRST = "_xmlsignatures/sig1.xml"
_SIGNATURE_VALUE = "{http://www.w3.org/2000/09/xmldsig#}SignatureValue"


def _with_part(package: Path, name: str, change: Callable[[bytes], bytes]) -> bytes:
    parts = read_parts(package.read_bytes())
    changed = change(parts[name])
    assert changed != parts[name]
    return write_zip(parts | {name: changed}, ZipStyle())


def _replacing(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, 1)


def _first(package: bytes, story: Story) -> Opinion:
    return list_opinions(package, story.lab.root)[0]


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_agrees(stories: Callable[[str], Story], kind: str) -> None:
    """xmlsec1 finds signature, countersignature and every Reference right, for each kind of key."""
    story = stories(kind)
    require_agreement(story.signed.read_bytes(), story.lab.root, signatures=1)
    require_agreement(story.countersigned.read_bytes(), story.lab.root, signatures=2)


def test_counts_what_the_signatures_list(shared_story: Story) -> None:
    """The countersignature lists two places more than the signature: that signature, and the way to it."""
    first, second = list_opinions(shared_story.countersigned.read_bytes(), shared_story.lab.root)
    assert first.signed_info == second.signed_info == ReferenceCount(3, 3)
    assert second.manifests.all == first.manifests.all + 2


def test_notices_an_altered_part_in_the_manifest_count(shared_story: Story) -> None:
    """One changed cell shows in the Manifest count, and nowhere else: xmlsec1 1.2 still prints OK, exit 0."""
    changed = _with_part(shared_story.signed, _FORM_SHEET, _replacing(b"10A1", b"10A2"))
    opinion = _first(changed, shared_story)
    assert opinion.signed_info == ReferenceCount(3, 3)
    assert opinion.manifests.ok == opinion.manifests.all - 1


def test_notices_an_altered_relationship(shared_story: Story) -> None:
    """xmlsec1's own relationship transform sees a relationship that leads elsewhere."""
    change = _replacing(b"/xl/worksheets/sheet1.xml", b"/xl/worksheets/sheet2.xml")
    opinion = _first(_with_part(shared_story.signed, "xl/_rels/workbook.xml.rels", change), shared_story)
    assert opinion.manifests.ok == opinion.manifests.all - 1


def test_notices_an_altered_first_signature(shared_story: Story) -> None:
    """The countersignature takes in the first signature as octets: xmlsec1 sees a blank too many there."""
    changed = _with_part(
        shared_story.countersigned, _FIRST, _replacing(b"</SignatureValue>", b" </SignatureValue>")
    )
    first, second = list_opinions(changed, shared_story.lab.root)
    assert first.manifests.ok == first.manifests.all
    assert second.manifests.ok == second.manifests.all - 1


def test_notices_an_altered_object(shared_story: Story) -> None:
    """xmlsec1 refuses a signature whose Manifest was changed after it was signed."""
    opinion = _first(
        _with_part(shared_story.signed, _FIRST, _replacing(b"?ContentType=", b"?contentType=")), shared_story
    )
    assert not opinion.ok
    assert opinion.signed_info.ok < opinion.signed_info.all or opinion.signed_info.all == 0


def test_notices_an_altered_signature_value(shared_story: Story) -> None:
    """xmlsec1 refuses a signature value of which one bit was changed."""

    def flip(content: bytes) -> bytes:
        root = etree.fromstring(content)
        (element,) = root.iter(_SIGNATURE_VALUE)
        value = bytearray(base64.b64decode(element.text or ""))
        value[5] ^= 1
        element.text = base64.b64encode(value).decode()
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    assert not _first(_with_part(shared_story.signed, _FIRST, flip), shared_story).ok


def test_needs_the_right_trust_anchor(shared_story: Story, labs: Callable[[str], Lab]) -> None:
    """xmlsec1 refuses a signature whose certificate leads to another root."""
    (opinion,) = list_opinions(shared_story.signed.read_bytes(), labs("ec-p384").root)
    assert not opinion.ok

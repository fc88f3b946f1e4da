"""LibreOffice calls valid what we sign, and broken what was changed, as far as it looks."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.verdicts import Indication
from tests.interop.libreoffice import GOOD, LibreOffice
from tests.support.lab import KEY_KINDS, Lab, Story
from tests.support.workbooks import PRODUCERS, Producer
from tests.support.workbooks.zips import Parts, ZipStyle, read_parts, write_zip

_FORM_SHEET = "xl/worksheets/sheet1.xml"
_WORKBOOK_RELS = "xl/_rels/workbook.xml.rels"
_TYPES = "[Content_Types].xml"
_FIRST = "_xmlsignatures/sig1.xml"
_ORIGIN_RELS = "_xmlsignatures/_rels/origin.sigs.rels"
_SHEET_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_SHEET_RELATIONSHIP = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
_SIGNER, _COUNTERSIGNER = "CN=TEST CPL manufacturer,", "CN=TEST CPL supplier,"


def _verdicts(office: LibreOffice, file: Path) -> list[tuple[bool, int]]:
    return [(opinion.valid, opinion.certificate_status) for opinion in office.ask([file])[file]]


def _changed(parts: Parts, name: str, pattern: bytes, replacement: bytes) -> dict[str, bytes]:
    changed, count = re.subn(pattern, replacement, parts[name], count=1)
    assert count == 1
    return {**parts, name: changed}


def _without_first_signature(parts: Parts) -> dict[str, bytes]:
    left = _changed(parts, _ORIGIN_RELS, rb'<Relationship [^>]*"sig1\.xml"[^>]*/>', b"")
    left = _changed(left, _TYPES, rb'<Override PartName="/_xmlsignatures/sig1\.xml"[^>]*/>', b"")
    del left[_FIRST]
    return left


def _with_added_sheet(parts: Parts) -> dict[str, bytes]:
    override = b'<Override PartName="/xl/worksheets/sheet9.xml" ContentType="' + _SHEET_TYPE + b'"/>'
    link = b'<Relationship Id="rId99" Type="' + _SHEET_RELATIONSHIP + b'" Target="worksheets/sheet9.xml"/>'
    more = _changed(parts, _TYPES, b"</Types>", override + b"</Types>")
    more = _changed(more, _WORKBOOK_RELS, b"</Relationships>", link + b"</Relationships>")
    return {**more, "xl/worksheets/sheet9.xml": parts[_FORM_SHEET]}


_CHANGES: dict[str, Callable[[Parts], dict[str, bytes]]] = {
    "cell": lambda parts: _changed(parts, _FORM_SHEET, b"10A1", b"10A2"),
    "relationship": lambda parts: _changed(parts, _WORKBOOK_RELS, rb"sheet1\.xml", b"sheet2.xml"),
    "first-signature": lambda parts: _changed(parts, _FIRST, b"</SignatureValue>", b" </SignatureValue>"),
    "stripped-signature": _without_first_signature,
}


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_calls_both_signers_valid(
    libreoffice: LibreOffice, stories: Callable[[str], Story], kind: str
) -> None:
    """Signature and countersignature are valid, and so are both certificates, for each kind of key."""
    story = stories(kind)
    assert _verdicts(libreoffice, story.signed) == [GOOD]
    assert _verdicts(libreoffice, story.countersigned) == [GOOD, GOOD]


def test_shows_both_signers(libreoffice: LibreOffice, shared_story: Story) -> None:
    """A person sees who signed and who countersigned, in this order."""
    first, second = libreoffice.ask([shared_story.countersigned])[shared_story.countersigned]
    assert _SIGNER in first.signer
    assert _COUNTERSIGNER in second.signer


@pytest.mark.parametrize("producer", PRODUCERS, ids=lambda producer: producer.name)
def test_calls_every_producers_workbook_valid(
    libreoffice: LibreOffice, labs: Callable[[str], Lab], producer: Producer, tmp_path: Path
) -> None:
    """Both signatures over every producer's workbook are valid, macros or not."""
    lab = labs("ec-p256").copy(tmp_path / "lab")
    lab.inform_of(*producer.told)
    names = ("plain", "signed", producer.name)
    plain, signed, countersigned = (tmp_path / f"{name}{producer.suffix}" for name in names)
    plain.write_bytes(producer.build(tmp_path))
    lab.countersign(lab.sign(plain, signed), countersigned)
    assert _verdicts(libreoffice, countersigned) == [GOOD, GOOD]


@pytest.mark.parametrize("change", _CHANGES)
def test_calls_a_changed_workbook_broken(
    libreoffice: LibreOffice, shared_story: Story, change: str, tmp_path: Path
) -> None:
    """A changed cell, relationship or first signature, or a stripped one, is broken to LibreOffice and us."""
    file = tmp_path / f"{change}.xlsx"
    parts = read_parts(shared_story.countersigned.read_bytes())
    file.write_bytes(write_zip(_CHANGES[change](parts), ZipStyle()))
    opinions = libreoffice.ask([file])[file]
    assert opinions
    assert not opinions[-1].valid  # the countersignature covers everything, the first signature too
    assert shared_story.lab.verify(file).verdict.indication is Indication.TOTAL_FAILED


def test_overlooks_an_added_sheet(libreoffice: LibreOffice, shared_story: Story, tmp_path: Path) -> None:
    """LibreOffice does not look for what a signature leaves out, we do: why its verdict is never ours.

    What LibreOffice says is on record in the run's summary, not asserted: 7.4 calls
    the forged workbook valid, and a later one may well be better.
    """
    file = tmp_path / "added-sheet.xlsx"
    parts = read_parts(shared_story.countersigned.read_bytes())
    file.write_bytes(write_zip(_with_added_sheet(parts), ZipStyle()))
    assert len(libreoffice.ask([file])[file]) == 2
    assert shared_story.lab.verify(file).verdict.indication is Indication.TOTAL_FAILED


def test_rewriting_the_zip_is_no_change(
    libreoffice: LibreOffice, shared_story: Story, tmp_path: Path
) -> None:
    """The changed workbooks are broken for their change, not for how this test writes them."""
    file = tmp_path / "rewritten.xlsx"
    file.write_bytes(write_zip(read_parts(shared_story.countersigned.read_bytes()), ZipStyle()))
    assert _verdicts(libreoffice, file) == [GOOD, GOOD]
    assert shared_story.lab.verify(file).verdict.indication is Indication.TOTAL_PASSED


def test_does_not_trust_another_root(libreoffice: LibreOffice, tmp_path: Path) -> None:
    """A signature under another root of the same name is valid, its certificate is not."""
    story = Story.play(Lab.create(tmp_path / "lab"), tmp_path)
    ((valid, status),) = _verdicts(libreoffice, story.signed)
    assert valid
    assert status != 0

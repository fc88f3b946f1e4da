"""Workbooks of every producer go all the way, and nothing of them changes but what has to."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from agent.cpl.example import EXAMPLE_IMAGES
from agent.verdicts import Indication
from tests.support.lab import Lab
from tests.support.workbooks import PRODUCERS, Producer, read_parts
from tests.support.workbooks.raw_entries import list_raw_entries
from tests.support.xmlsec import require_agreement

_TYPES = "[Content_Types].xml"
_ROOT_RELS = "_rels/.rels"
_ORIGIN = "_xmlsignatures/origin.sigs"
_ORIGIN_RELS = "_xmlsignatures/_rels/origin.sigs.rels"
_FIRST, _SECOND = "_xmlsignatures/sig1.xml", "_xmlsignatures/sig2.xml"
_SIGNATURE_TYPES = {
    "sigs": "application/vnd.openxmlformats-package.digital-signature-origin",
    f"/{_FIRST}": "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """One producer's workbook at each stage of its way."""

    plain: bytes
    signed: bytes
    countersigned: bytes


def _submit(producer: Producer, lab: Lab, folder: Path) -> tuple[Submission, Path]:
    """Sign, comparing the Hash that the form must be read for, and countersign."""
    image = folder / "image.bin"
    image.write_bytes(EXAMPLE_IMAGES[0])
    names = (folder / f"{name}{producer.suffix}" for name in ("plain", "signed", "countersigned"))
    plain, signed, countersigned = names
    plain.write_bytes(producer.build(folder))
    run = lab.do("sign", plain, "--as", "manufacturer", "--image", image, "-o", signed)
    assert run.lines("warning") == []
    lab.countersign(signed, countersigned)
    return Submission(*(path.read_bytes() for path in (plain, signed, countersigned))), countersigned


@pytest.mark.parametrize("producer", PRODUCERS, ids=lambda producer: producer.name)
def test_goes_all_the_way(producer: Producer, labs: Callable[[str], Lab], tmp_path: Path) -> None:
    """Every producer's form is read, signed and countersigned: right to us and xmlsec1, and still opening."""
    lab = labs("ec-p256").copy(tmp_path / "lab")
    lab.inform_of(*producer.told)
    submission, file = _submit(producer, lab, tmp_path)
    assert lab.verify(file).verdict.indication is Indication.TOTAL_PASSED
    _check_signing_changes_no_other_entry(submission)
    _check_signing_changes_no_meaning(submission)
    _check_countersigning_changes_no_other_entry(submission)
    _check_zip_is_sound(submission.countersigned)
    assert _read_cells(submission.countersigned) == _read_cells(submission.plain)
    require_agreement(submission.signed, lab.root, signatures=1)
    require_agreement(submission.countersigned, lab.root, signatures=2)


def _check_signing_changes_no_other_entry(submission: Submission) -> None:
    """Every other entry lies in the file as it did, local header to descriptor, in the same order."""
    before, after = list_raw_entries(submission.plain), list_raw_entries(submission.signed)
    parts = read_parts(submission.plain)
    spread = {name for name in parts if name.endswith(".rels") and _has_white_space(parts[name])}
    assert list(after)[: len(before)] == list(before)
    assert set(after) - set(before) == {_ORIGIN, _ORIGIN_RELS, _FIRST}
    assert {name for name in before if before[name] != after[name]} == {_TYPES, _ROOT_RELS} | spread


def _check_signing_changes_no_meaning(submission: Submission) -> None:
    """Content types and relationships say what they said, and the signature's own besides."""
    before, after = read_parts(submission.plain), read_parts(submission.signed)
    assert _content_types(after[_TYPES]) == _content_types(before[_TYPES]) | _SIGNATURE_TYPES
    old, new = _relationships(before.pop(_ROOT_RELS)), _relationships(after[_ROOT_RELS])
    assert old < new
    assert [dict(relationship)["Target"] for relationship in new - old] == [_ORIGIN]
    for name in filter(lambda name: name.endswith(".rels"), before):
        assert _relationships(after[name]) == _relationships(before[name])


def _check_countersigning_changes_no_other_entry(submission: Submission) -> None:
    """It changes the content types and the origin's relationships, and adds one entry at the end."""
    before, after = list_raw_entries(submission.signed), list_raw_entries(submission.countersigned)
    assert list(after) == [*before, _SECOND]
    assert {name for name in before if before[name] != after[name]} == {_TYPES, _ORIGIN_RELS}


def _check_zip_is_sound(package: bytes) -> None:
    """Python's own reader finds every checksum right."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None


def _relationships(rels: bytes) -> set[tuple[tuple[str, str], ...]]:
    """Read what a `.rels` part says, its order and white space apart."""
    return {
        tuple(sorted((str(key), str(value)) for key, value in element.attrib.items()))
        for element in etree.fromstring(rels)
    }


def _has_white_space(rels: bytes) -> bool:
    root = etree.fromstring(rels)
    return any([root.text, *(child.tail for child in root)])


def _content_types(item: bytes) -> dict[str, str]:
    return {
        str(element.get("Extension") or element.get("PartName")): str(element.get("ContentType"))
        for element in etree.fromstring(item)
    }


def _read_cells(package: bytes) -> dict[str, list[tuple[object, ...]]]:
    workbook = openpyxl.load_workbook(io.BytesIO(package))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in workbook.worksheets}

"""Workbooks of every producer go all the way, and nothing of them changes but what has to."""

import io
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from agent.verdicts import Indication
from tests.support.lab import Lab
from tests.support.tools import require_tool
from tests.support.workbooks import PRODUCERS, Producer, find_producer, read_parts
from tests.support.workbooks.raw_entries import list_raw_entries
from tests.support.xmlsec import require_agreement

_TYPES = "[Content_Types].xml"
_ORIGIN = "_xmlsignatures/origin.sigs"
_ORIGIN_RELS = "_xmlsignatures/_rels/origin.sigs.rels"
_ADDED_BY_SIGNING = {
    _ORIGIN: ("sigs", "application/vnd.openxmlformats-package.digital-signature-origin"),
    "_xmlsignatures/sig1.xml": (
        "/_xmlsignatures/sig1.xml",
        "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml",
    ),
}


@dataclass(frozen=True, slots=True)
class Submission:
    """One producer's workbook at each stage of its way."""

    producer: Producer
    lab: Lab
    plain: bytes
    signed: bytes
    countersigned: Path


@pytest.fixture(scope="module", params=[producer.name for producer in PRODUCERS])
def submission(
    request: pytest.FixtureRequest, labs: Callable[[str], Lab], tmp_path_factory: pytest.TempPathFactory
) -> Submission:
    """Sign and countersign a workbook of one producer."""
    producer = find_producer(request.param)
    lab = labs("ec-p256")
    folder = tmp_path_factory.mktemp(producer.name)
    work = folder / "work"
    work.mkdir()
    plain = folder / f"form{producer.suffix}"
    plain.write_bytes(producer.build(work))
    signed = lab.sign(plain, folder / f"signed{producer.suffix}")
    countersigned = lab.countersign(signed, folder / f"countersigned{producer.suffix}")
    return Submission(producer, lab, plain.read_bytes(), signed.read_bytes(), countersigned)


def _relationships(rels: bytes) -> list[tuple[tuple[str, str], ...]]:
    """List what a `.rels` part says, its order and white space apart."""
    return sorted(
        tuple(sorted((str(key), str(value)) for key, value in element.attrib.items()))
        for element in etree.fromstring(rels)
    )


def _content_types(item: bytes) -> dict[str, str]:
    return {
        str(element.get("Extension") or element.get("PartName")): str(element.get("ContentType"))
        for element in etree.fromstring(item)
    }


def _has_white_space(rels: bytes) -> bool:
    root = etree.fromstring(rels)
    return any([root.text, *(child.tail for child in root)])


def test_passes_and_xmlsec1_agrees(submission: Submission) -> None:
    """Signed and countersigned, every producer's workbook is TOTAL-PASSED, and xmlsec1 says the same."""
    verdict = submission.lab.verify(submission.countersigned)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    root = submission.lab.root
    require_agreement(submission.signed, root, signatures=1)
    require_agreement(submission.countersigned.read_bytes(), root, signatures=2)


def test_recognises_the_form(submission: Submission, tmp_path: Path) -> None:
    """The Hash is read from every producer's workbook: signing for another image is refused for that alone."""
    plain = tmp_path / f"form{submission.producer.suffix}"
    plain.write_bytes(submission.plain)
    image = tmp_path / "other.bin"
    image.write_bytes(b"another image")
    run = submission.lab.iki("sign", plain, "--as", "manufacturer", "--image", image)
    assert run.status == 3
    assert "image-hash-mismatch" in run.stderr


def test_signing_copies_every_other_entry(submission: Submission) -> None:
    """Signing leaves every entry as it lies in the file, local header to descriptor, but those it must change."""
    before, after = list_raw_entries(submission.plain), list_raw_entries(submission.signed)
    parts = read_parts(submission.plain)
    spread = {name for name in parts if name.endswith(".rels") and _has_white_space(parts[name])}
    assert list(after)[: len(before)] == list(before)
    assert set(after) - set(before) == {_ORIGIN_RELS, *_ADDED_BY_SIGNING}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {_TYPES, "_rels/.rels"} | spread


def test_signing_changes_nothing_in_meaning(submission: Submission) -> None:
    """Content types and relationships say what they said, and the signature's own besides."""
    before, after = read_parts(submission.plain), read_parts(submission.signed)
    assert _content_types(after[_TYPES]) == _content_types(before[_TYPES]) | dict(_ADDED_BY_SIGNING.values())
    for name in before:
        if name.endswith(".rels") and name != "_rels/.rels":
            assert _relationships(after[name]) == _relationships(before[name])
    added = set(_relationships(after["_rels/.rels"])) - set(_relationships(before["_rels/.rels"]))
    assert [dict(item)["Target"] for item in added] == [_ORIGIN]
    assert set(_relationships(before["_rels/.rels"])) <= set(_relationships(after["_rels/.rels"]))


def test_countersigning_copies_every_other_entry(submission: Submission) -> None:
    """Countersigning changes the content types and the origin's relationships, and adds one entry at the end."""
    before = list_raw_entries(submission.signed)
    after = list_raw_entries(submission.countersigned.read_bytes())
    assert list(after) == [*before, "_xmlsignatures/sig2.xml"]
    assert {name for name in before if before[name] != after[name]} == {_TYPES, _ORIGIN_RELS}


def test_still_opens(submission: Submission) -> None:
    """Openpyxl reads the same cells from the countersigned workbook as from the plain one."""

    def read_cells(package: bytes) -> dict[str, list[tuple[object, ...]]]:
        workbook = openpyxl.load_workbook(io.BytesIO(package), keep_vba=True)
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in workbook.worksheets}

    assert read_cells(submission.countersigned.read_bytes()) == read_cells(submission.plain)


def test_is_a_sound_zip(submission: Submission) -> None:
    """Python's and Info-ZIP's readers find every checksum of the countersigned workbook right."""
    with zipfile.ZipFile(submission.countersigned) as archive:
        assert archive.testzip() is None
    unzip = require_tool("unzip")
    subprocess.run(
        [unzip, "-tqq", str(submission.countersigned)], check=True, capture_output=True, timeout=60
    )

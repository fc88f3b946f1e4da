"""OTA upgrade files: what their headers say, and which octets a person may choose."""

import hashlib
import io
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cpl.image_part import GivenImage, ImagePart, choose_octets, parse_image_part
from agent.cpl.ota import read_ota
from agent.errors import UsageError
from tests.cpl.ota_files import IMAGE, make_ota, signed_ota


def _choose(octets: bytes, part: ImagePart, *, of_folder: bool = False) -> tuple[bytes, str]:
    image = GivenImage(Path("image.ota"), part, of_folder)
    chosen = choose_octets(io.BytesIO(octets), len(octets), image)
    return octets[chosen.start : chosen.end], chosen.what


def _refusal(octets: bytes, part: ImagePart) -> str:
    with pytest.raises(UsageError) as caught:
        _choose(octets, part)
    assert caught.value.hint
    return caught.value.code


def test_the_header_says_what_was_written() -> None:
    """Every field, the optional ones by the field control, and the elements with their places."""
    octets = make_ota(
        (0x0000, IMAGE),
        (0xF001, b"x"),
        control=7,
        optional=struct.pack("<BQHH", 2, 0x90B3D51F30000001, 0x0100, 0x0200),
    )
    ota = read_ota(io.BytesIO(octets), len(octets))
    assert ota is not None
    assert dict(ota.fields()) == {
        "header version": "0x0100",
        "header length": "69",
        "field control": "0x0007",
        "manufacturer code": "0x10A1",
        "image type": "0x0002",
        "file version": "0x01020003",
        "ZigBee stack version": "0x0002",
        "header string": "TEST image",
        "total image size": str(len(octets)),
        "security credential version": "0x02",
        "upgrade file destination": "0x90B3D51F30000001",
        "minimum hardware version": "0x0100",
        "maximum hardware version": "0x0200",
    }
    assert [(item.name, item.start, item.length) for item in ota.elements] == [
        ("0x0000 (upgrade image)", 75, len(IMAGE)),
        ("0xF001 (manufacturer specific)", 81 + len(IMAGE), 1),
    ]
    assert ota.remark == ""


@pytest.mark.parametrize("octets", [b"\x1e\xf1\xee", IMAGE, b"\x0b\xee\xf1\x1e" + IMAGE])
def test_a_file_without_the_magic_is_none(octets: bytes) -> None:
    """The magic is four octets at the start, the lowest first; such a file is hashed whole."""
    assert read_ota(io.BytesIO(octets), len(octets)) is None
    assert _choose(octets, ImagePart()) == (octets, "the whole file")


def test_nothing_is_guessed() -> None:
    """Of an OTA upgrade file nothing is hashed until somebody says what."""
    assert _refusal(signed_ota(), ImagePart()) == "image-is-ota"


def test_what_is_said_is_taken() -> None:
    """The rest after the header, one element, or a range; each with words that say what was hashed."""
    octets = signed_ota()
    rest, what = _choose(octets, ImagePart(strips_header=True))
    assert (rest, what) == (octets[60:], f"octets 60 to {len(octets) - 1}, without the OTA header")
    element, what = _choose(octets, ImagePart(tag=0))
    assert (element, what) == (
        IMAGE,
        f"octets 66 to {65 + len(IMAGE)}, the OTA element 0x0000 (upgrade image)",
    )
    some, what = _choose(octets, ImagePart((66, 70)))
    assert (some, what) == (IMAGE[:4], f"octets 66 to 69 of {len(octets)}")
    assert _choose(octets, ImagePart((0, None))) == (octets, "the whole file")


@pytest.mark.parametrize(
    ("octets", "part", "code"),
    [
        (IMAGE, ImagePart(strips_header=True), "image-not-ota"),
        (IMAGE, ImagePart(tag=0), "image-not-ota"),
        (IMAGE, ImagePart((0, 10**6)), "image-range-beyond"),
        (IMAGE, ImagePart((10**6, None)), "image-range-beyond"),
        (signed_ota(), ImagePart(tag=9), "ota-element-missing"),
        (signed_ota([(0, b"x")]), ImagePart(tag=0), "ota-element-several"),
        (make_ota((0, b"")), ImagePart(tag=0), "image-empty"),
        (b"", ImagePart(), "image-empty"),
        (signed_ota()[:-1], ImagePart(strips_header=True), "ota-truncated"),
        (signed_ota()[:-1], ImagePart(tag=0), "ota-truncated"),
        (make_ota(), ImagePart(strips_header=True), "image-empty"),
        (signed_ota()[:40], ImagePart(strips_header=True), "ota-malformed"),
        (make_ota(length=20), ImagePart(strips_header=True), "ota-malformed"),
        (make_ota(length=5000), ImagePart(strips_header=True), "ota-malformed"),
        (make_ota(control=4), ImagePart(strips_header=True), "ota-malformed"),
    ],
)
def test_what_cannot_be_taken_is_refused(octets: bytes, part: ImagePart, code: str) -> None:
    """Each with its code and a hint."""
    assert _refusal(octets, part) == code


def test_what_does_not_add_up_is_said_with_what_was_hashed() -> None:
    """Octets beyond those that the header counts; a range is taken as it is said, of a file cut short too."""
    octets = signed_ota() + b"abc"
    rest, what = _choose(octets, ImagePart(strips_header=True))
    assert rest == octets[60:]
    assert f"the header says {len(octets) - 3} octets in all, the file has {len(octets)}" in what
    assert _choose(signed_ota()[:-1], ImagePart((66, 70)))[0] == IMAGE[:4]


def test_other_files_of_a_folder_are_hashed_whole() -> None:
    """What is said of the OTA files of a folder says nothing of its others."""
    assert _choose(IMAGE, ImagePart(strips_header=True), of_folder=True) == (IMAGE, "the whole file")


@pytest.mark.parametrize(
    ("octets", "elements", "remark"),
    [
        (signed_ota() + b"abc", 3, True),
        (signed_ota()[:-1], 2, True),
        (make_ota((0, IMAGE), total=7), 1, True),
        (signed_ota(), 3, False),
    ],
)
def test_a_file_that_does_not_add_up_is_told(octets: bytes, elements: int, remark: bool) -> None:
    """What follows the last element, an element that is cut, and another size than the header says."""
    ota = read_ota(io.BytesIO(octets), len(octets))
    assert ota is not None
    assert (len(ota.elements), bool(ota.remark)) == (elements, remark)


@pytest.mark.parametrize(
    ("text", "octets"),
    [("0:5", (0, 5)), ("0x10:0x20", (16, 32)), ("7:", (7, None)), (":9", (0, 9)), ("010:011", (10, 11))],
)
def test_a_range_is_read(text: str, octets: tuple[int, int | None]) -> None:
    """Decimal or hexadecimal, either end left out."""
    assert parse_image_part(text, None, strips_header=False) == ImagePart(octets)


@pytest.mark.parametrize(
    ("octets", "tag", "strips", "code"),
    [
        *(
            (text, None, False, "image-range-invalid")
            for text in ("", ":", "5", "5:5", "9:7", "-1:3", "a:b", "1:2:3")
        ),
        *((None, text, False, "ota-tag-invalid") for text in ("", "x", "0x10000", "65536", "-1")),
        ("0:5", "0", False, "image-part-twice"),
        (None, "0", True, "image-part-twice"),
    ],
)
def test_options_that_say_nothing_are_refused(
    octets: str | None, tag: str | None, strips: bool, code: str
) -> None:
    """One way of saying it, and one that can be read."""
    with pytest.raises(UsageError) as caught:
        parse_image_part(octets, tag, strips_header=strips)
    assert caught.value.code == code


@given(st.binary(max_size=400), st.integers(0, 100))
def test_no_header_breaks_the_reader(tail: bytes, cut: int) -> None:
    """Whatever follows the magic, the answer is a header or an error of ours."""
    for octets in (b"\x1e\xf1\xee\x0b" + tail, signed_ota()[:cut] + tail):
        with suppress(UsageError):
            ota = read_ota(io.BytesIO(octets), len(octets))
            assert ota is None or all(item.start + item.length <= len(octets) for item in ota.elements)


def test_the_hash_of_an_element_is_the_one_of_its_octets() -> None:
    """By hashlib, over the octets as they were written."""
    octets, _ = _choose(signed_ota(), ImagePart(tag=0))
    assert hashlib.sha256(octets).digest() == hashlib.sha256(IMAGE).digest()

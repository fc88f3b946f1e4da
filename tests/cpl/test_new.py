"""The form that `iki cpl new` makes."""

import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import openpyxl
import pytest

from agent.cpl.entries import SubmissionForm
from agent.cpl.example import EXAMPLE_IMAGES
from agent.cpl.fields import FieldKind
from agent.cpl.form import read_form
from agent.cpl.layout import COLUMNS, FIRST_ENTRY_ROW, HEADER_ROW, HINT_ROW
from agent.cpl.mapping import default_mapping
from agent.cpl.new import build_form
from agent.errors import DocumentError, UsageError
from agent.formats.spreadsheet import open_workbook, restamp_workbook
from tests.cpl.parts import zip_parts

_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)


def _read(octets: bytes) -> SubmissionForm:
    form = read_form(open_workbook(zip_parts(octets)), default_mapping())
    assert form is not None
    return form


def test_a_new_form_is_recognised_and_empty() -> None:
    """The form we make is one we recognise, with no entry and nothing to complain of."""
    form = _read(build_form(example=False, created=_AT))
    assert (form.entries, form.findings) == ((), ())


def test_the_example_has_two_devices_with_the_documented_hashes() -> None:
    """An ESME and a GSME, so that one Supplier countersigns, with the SHA-256 of the example images."""
    form = _read(build_form(example=True, created=_AT))
    assert [entry.device_type for entry in form.entries] == ["ESME", "GSME"]
    assert form.image_hashes == tuple(hashlib.sha256(image).digest() for image in EXAMPLE_IMAGES)
    assert form.findings == ()


def test_given_hashes_replace_those_of_the_example_in_order() -> None:
    """One given Hash goes into the first row; more than two make rows of their own."""
    hashes = [bytes([number]) * 32 for number in (1, 2, 3)]
    assert _read(build_form(example=True, created=_AT, image_hashes=hashes)).image_hashes == tuple(hashes)
    one = _read(build_form(example=True, created=_AT, image_hashes=hashes[:1]))
    assert one.image_hashes == (hashes[0], hashlib.sha256(EXAMPLE_IMAGES[1]).digest())
    assert _read(build_form(example=False, created=_AT, image_hashes=hashes)).image_hashes == tuple(hashes)


def test_a_hash_of_another_length_makes_no_form() -> None:
    """A SHA-1 value is refused before anything is written."""
    with pytest.raises(UsageError) as caught:
        build_form(example=True, created=_AT, image_hashes=[bytes(20)])
    assert caught.value.code == "image-hash-malformed"


def test_more_hashes_than_prepared_rows_get_rows_that_look_like_them() -> None:
    """The fortieth entry is formatted as the first is."""
    octets = build_form(example=False, created=_AT, image_hashes=[bytes([n]) * 32 for n in range(40)])
    sheet = openpyxl.load_workbook(io.BytesIO(octets)).worksheets[0]
    column = [column.kind for column in COLUMNS].index(FieldKind.HASH) + 1
    first, last = sheet.cell(FIRST_ENTRY_ROW, column), sheet.cell(FIRST_ENTRY_ROW + 39, column)
    assert (
        (last.font.name, last.number_format) == (first.font.name, first.number_format) == ("Courier New", "@")
    )
    assert last.value == "27" * 32


def test_the_same_arguments_make_the_same_octets() -> None:
    """No clock is read, neither for the properties nor for the zip; an instant's offset does not matter."""
    elsewhere = _AT.astimezone(timezone(timedelta(hours=9)))
    octets = build_form(example=True, created=_AT)
    assert build_form(example=True, created=elsewhere) == octets
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 22, 9, 30, 14)}
    properties = openpyxl.load_workbook(io.BytesIO(octets)).properties
    naive = _AT.replace(tzinfo=None)
    assert (properties.created, properties.modified) == (naive, naive)


def test_cells_are_formatted_for_what_they_hold() -> None:
    """Hexadecimal columns are text and date columns dates, in prepared rows and below them."""
    sheet = openpyxl.load_workbook(io.BytesIO(build_form(example=True, created=_AT))).worksheets[0]
    for number, column in enumerate(COLUMNS, 1):
        expected = "dd mmm yyyy" if column.kind is FieldKind.DATE else "@"
        letter = openpyxl.utils.get_column_letter(number)
        assert sheet.cell(FIRST_ENTRY_ROW, number).number_format == expected
        assert sheet.column_dimensions[letter].number_format == expected
        assert sheet.cell(HEADER_ROW, number).value == column.header
    assert sheet.freeze_panes == f"C{FIRST_ENTRY_ROW}"
    assert sheet.merged_cells.ranges == set()
    assert sheet["I6"].is_date


def test_headings_are_locked_and_entries_are_not() -> None:
    """Also below the prepared rows; without a password, and no macro is in the file."""
    octets = build_form(example=True, created=_AT)
    sheet = openpyxl.load_workbook(io.BytesIO(octets)).worksheets[0]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    for number in range(1, len(COLUMNS) + 1):
        rows = [sheet.cell(row, number).protection.locked for row in range(1, FIRST_ENTRY_ROW + 1)]
        assert rows == [True] * HEADER_ROW + [False]
        letter = openpyxl.utils.get_column_letter(number)
        assert not sheet.column_dimensions[letter].protection.locked
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert not any("vba" in name.lower() for name in archive.namelist())


def test_cells_take_what_belongs_there_and_say_so_without_a_prompt() -> None:
    """Lists, lengths and dates, for ten thousand rows; each says what is wanted when it is not that."""
    sheet = openpyxl.load_workbook(io.BytesIO(build_form(example=False, created=_AT))).worksheets[0]
    found = {str(item.sqref): item for item in sheet.data_validations.dataValidation}
    types = found["E6:E10005"]
    assert (types.type, types.formula1) == ("list", '"ESME,GSME,HCALCS,PPMID,IHD,CAD,GPF,CHF"')
    assert found["O6:O10005"].formula1 == '"Active,Cancelled,Expired,Withdrawn"'
    assert (found["I6:I10005"].type, found["N6:N10005"].type) == ("date", "textLength")
    assert (found["N6:N10005"].formula1, found["N6:N10005"].formula2) == ("64", "64")
    for item in found.values():
        assert (item.showErrorMessage, bool(item.error), item.prompt) == (True, True, None)
    assert all(sheet.cell(HINT_ROW, number).value == column.hint for number, column in enumerate(COLUMNS, 1))


def test_the_instructions_say_whose_form_it_is_not() -> None:
    """A second sheet explains, and claims nothing of SECAS."""
    book = openpyxl.load_workbook(io.BytesIO(build_form(example=False, created=_AT)))
    words = " ".join(
        str(cell) for row in book["Instructions"].iter_rows(values_only=True) for cell in row if cell
    )
    assert "not SECAS's own form" in words
    assert all(column.header in words for column in COLUMNS)


def test_only_a_zip_with_the_named_entries_is_restamped() -> None:
    """What is no workbook, or lacks an entry to replace, is an error of ours."""
    for octets, names in ((b"not a zip", {}), (build_form(example=False, created=_AT), {"no/such": b""})):
        with pytest.raises(DocumentError) as caught:
            restamp_workbook(octets, _AT, names)
        assert caught.value.code == "spreadsheet-malformed"

"""Reading the submission form."""

import pickle
import random
from collections.abc import Mapping, Sequence

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from agent.cpl.entries import SubmissionForm
from agent.cpl.fields import FormField
from agent.cpl.form import read_form
from agent.cpl.layout import COLUMNS
from agent.cpl.mapping import default_mapping
from agent.findings import Level
from agent.formats.spreadsheet import open_workbook
from tests.cpl.parts import open_saved, package, worksheet
from tests.policy.forms import judge

_HASH = "0123456789ABCDEFabcdef9876543210" * 2
_HEADERS = {column.field: column.header for column in COLUMNS}
_VALUES = {
    FormField.MANUFACTURER: "Example Metering",
    FormField.MODEL: "10A1",
    FormField.FIRMWARE_VERSION: "01020003",
    FormField.DEVICE_TYPE: "ESME",
    FormField.IMAGE_HASH: _HASH,
}
_Row = Mapping[FormField, str | float]


def _fill(sheet: Worksheet, rows: Sequence[_Row], *, top: int = 1) -> None:
    fields = list(_VALUES)
    for column, field in enumerate(fields, 1):
        sheet.cell(top, column, _HEADERS[field])
        for number, row in enumerate(rows, top + 1):
            sheet.cell(number, column, row.get(field))


def _read(*rows: _Row, top: int = 1) -> SubmissionForm | None:
    workbook = openpyxl.Workbook()
    workbook.worksheets[0].title = "It's"
    _fill(workbook.worksheets[0], rows, top=top)
    return read_form(open_saved(workbook), default_mapping())


def _found(form: SubmissionForm | None) -> list[tuple[str, Level, str]]:
    assert form is not None
    return [(finding.code, finding.level, finding.where) for finding in form.findings]


def test_an_entry_is_read_with_its_places() -> None:
    """Values by field, the Hash as octets, row and cell as the spreadsheet program names them."""
    form = _read(_VALUES, top=4)
    assert form is not None
    assert (form.sheet, form.findings) == ("It's", ())
    (entry,) = form.entries
    assert entry.values == {str(field): value for field, value in _VALUES.items()}
    place = form.reference(entry, FormField.IMAGE_HASH)
    assert (entry.row, place, entry.device_type) == (5, "E5", "ESME")
    assert entry.image_hash == bytes.fromhex(_HASH)
    assert form.image_hashes == (bytes.fromhex(_HASH),)


@given(st.permutations(list(FormField)), st.integers(1, 25), st.randoms())
def test_the_order_and_the_spelling_of_columns_do_not_matter(
    order: list[FormField], top: int, choice: random.Random
) -> None:
    """Any permutation of the columns under any mapped spelling, in any of the first rows, reads the same."""
    mapping = default_mapping()
    cells = []
    for field in order:
        spellings = [header for header, named in mapping.headers.items() if named is field]
        cells.append((choice.choice(spellings).upper(), _VALUES.get(field, f"value of {field}")))
    rows = "".join(
        f'<row r="{top + offset}">'
        + "".join(f'<c t="inlineStr"><is><t>{cell[offset]}</t></is></c>' for cell in cells)
        + "</row>"
        for offset in (0, 1)
    )
    form = read_form(open_workbook(package({"Any name": worksheet(rows)})), mapping)
    assert form is not None
    assert form.entries[0].values == {
        str(field): _VALUES.get(field, f"value of {field}") for field in FormField
    }
    assert form.image_hashes == (bytes.fromhex(_HASH),)


def test_empty_rows_are_no_entries() -> None:
    """Rows with nothing in the form's columns, or only spaces, are passed over; rows after them are read."""
    form = _read(_VALUES, {}, {FormField.MODEL: "  "}, {FormField.MODEL: "20B4"})
    assert form is not None
    assert [(entry.row, entry.image_hash) for entry in form.entries] == [(2, bytes.fromhex(_HASH)), (5, None)]
    assert form.findings == ()


def test_hashes_are_listed_once_each_in_order() -> None:
    """Two Device Models with one image give one Hash."""
    other = "FF" * 32
    rows = [{**_VALUES, FormField.IMAGE_HASH: digits} for digits in (other, _HASH, other.lower())]
    form = _read(*rows)
    assert form is not None
    assert form.image_hashes == (bytes.fromhex(other), bytes.fromhex(_HASH))


@pytest.mark.parametrize("digits", [f" {_HASH} ", _HASH.lower(), _HASH.upper()])
def test_surrounding_spaces_and_case_of_a_hash_do_not_matter(digits: str) -> None:
    """ASCII spaces around the Hash are dropped; both cases are hexadecimal."""
    form = _read({**_VALUES, FormField.IMAGE_HASH: digits})
    assert form is not None
    assert (form.image_hashes, form.findings) == ((bytes.fromhex(_HASH),), ())


@pytest.mark.parametrize(
    "value",
    [
        _HASH[:-1],
        _HASH + "0",
        _HASH[:-1] + "G",
        "0x" + _HASH,
        _HASH[:32] + " " + _HASH[32:],
        ":".join([_HASH[:32], _HASH[32:]]),
        _HASH + "\u00a0",
        _HASH + "\n",
        _HASH[:-1] + "\uff11",
        _HASH[:-1] + "\u0661",
        "\u0410" + _HASH[1:],
        "n/a",
        10**63,
        1.5e63,
        True,
        "#N/A",
    ],
)
def test_a_hash_that_is_not_32_octets_of_hexadecimal_text_is_refused(value: str | float) -> None:
    """Wrong lengths, separators, foreign spaces, digits and letters, numbers: named with their cell."""
    form = _read({**_VALUES, FormField.IMAGE_HASH: value})
    assert form is not None
    assert form.entries[0].image_hash is None
    assert [item.where for item in judge(form) if item.code == "image-hash-malformed"] == ["'It''s'!E2"]


def test_64_digits_in_a_number_cell_are_no_hash() -> None:
    """A number is shown with 15 digits whatever its part says, so its digits are not what people see."""
    headers = "".join(f'<c t="inlineStr"><is><t>{_HEADERS[field]}</t></is></c>' for field in _VALUES)
    rows = f'<row r="1">{headers}</row><row r="2"><c r="E2"><v>{"1234567890123456" * 4}</v></c></row>'
    form = read_form(open_workbook(package({"A": worksheet(rows)})), default_mapping())
    assert form is not None
    assert [item.where for item in judge(form) if item.code == "image-hash-malformed"] == ["'A'!E2"]


def test_a_formula_in_a_form_cell_is_observed_once() -> None:
    """A formula is named at its cell, even if it has no cached result; its result is not taken for a Hash."""
    form = _read({**_VALUES, FormField.IMAGE_HASH: f'="{_HASH}"'}, {FormField.MODEL: "=A1"})
    assert _found(form) == []
    assert form is not None
    assert [(item.code, item.where) for item in form.observations] == [
        ("form-formula", "'It''s'!E2"),
        ("form-formula", "'It''s'!B3"),
    ]
    assert form.image_hashes == ()


def test_a_form_without_a_hash_column_is_recognised() -> None:
    """Without the column there is no Hash, and the row stands for its place."""
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Form"
    fields = [field for field in _VALUES if field is not FormField.IMAGE_HASH]
    sheet.append([_HEADERS[field] for field in fields])
    sheet.append([_VALUES[field] for field in fields])
    form = read_form(open_saved(workbook), default_mapping())
    assert form is not None
    assert form.image_hashes == ()
    assert form.reference(form.entries[0], FormField.IMAGE_HASH) == "2:2"


def test_two_columns_for_one_field_are_refused() -> None:
    """A second Hash column is not silently ignored."""
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Form"
    _fill(sheet, [_VALUES])
    sheet["G1"], sheet["G2"] = "hash", "FF" * 32
    assert _found(read_form(open_saved(workbook), default_mapping())) == [
        ("form-header-repeated", Level.REFUSE, "'Form'!G1")
    ]


def test_two_forms_are_refused_and_the_named_sheet_is_read() -> None:
    """Of two sheets with the headers, the one with a known name is read, and both are named."""
    workbook = openpyxl.Workbook()
    _fill(workbook.worksheets[0], [{**_VALUES, FormField.IMAGE_HASH: "FF" * 32}])
    _fill(workbook.create_sheet("CPL Submission"), [_VALUES])
    form = read_form(open_saved(workbook), default_mapping())
    assert _found(form) == [("form-ambiguous", Level.REFUSE, "the workbook")]
    assert form is not None
    assert (form.sheet, form.image_hashes) == ("CPL Submission", (bytes.fromhex(_HASH),))


def test_a_hidden_form_is_read() -> None:
    """A form that nobody sees is read all the same; that it is hidden is for the content lint to say."""
    workbook = openpyxl.Workbook()
    _fill(workbook.create_sheet("Form"), [_VALUES])
    workbook["Form"].sheet_state = "veryHidden"
    form = read_form(open_saved(workbook), default_mapping())
    assert form is not None
    assert (form.sheet, len(form.entries)) == ("Form", 1)


def test_a_workbook_without_the_headers_is_no_form_and_costs_little() -> None:
    """No required headers in the first rows: None, and only the start of each sheet was read."""
    rows = "".join(f'<row r="{n}"><c><v>{n}</v></c></row>' for n in range(1, 200_001))
    parts = package({"A": worksheet(rows), "B": worksheet(rows)})
    assert read_form(open_workbook(parts), default_mapping()) is None
    assert parts.read["/xl/sheet1.xml"] <= 2 * 65_536 < len(rows) // 20
    assert parts.opened == {"/xl/workbook.xml": 1, "/xl/sheet1.xml": 1, "/xl/sheet2.xml": 1}


def test_headers_below_the_searched_rows_are_not_found() -> None:
    """The header row is searched in as many rows as the mapping says, and no further."""
    assert _read(_VALUES, top=30) is not None
    assert _read(_VALUES, top=31) is None


def test_some_of_the_required_headers_are_not_enough() -> None:
    """A sheet without the device type column is not this form."""
    workbook = openpyxl.Workbook()
    workbook.worksheets[0].append(
        [_HEADERS[field] for field in _VALUES if field is not FormField.DEVICE_TYPE]
    )
    assert read_form(open_saved(workbook), default_mapping()) is None


def test_a_form_can_be_handed_to_another_process() -> None:
    """What was read survives pickling, as documents are parsed in worker processes."""
    form = _read(_VALUES)
    assert pickle.loads(pickle.dumps(form)) == form  # noqa: S301

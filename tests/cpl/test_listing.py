"""Entries as JSON and CSV: what goes into a form comes out of it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.cpl.entries import SubmissionForm
from agent.cpl.fields import DATE_FIELDS, FormField
from agent.cpl.form import read_form
from agent.cpl.layout import COLUMNS
from agent.cpl.listing import Entries, list_entries, parse_csv, parse_json, write_csv, write_json
from agent.cpl.mapping import default_mapping
from agent.cpl.new import build_form
from agent.errors import UsageError
from agent.formats.spreadsheet import open_workbook
from tests.cpl.parts import zip_parts
from tests.support.thorough import examples

_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
_FIELDS = [column.field for column in COLUMNS]
_TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"]) | st.sampled_from("=+-@'\"_x0041_,;&<>\u00a0"),
    min_size=1,
    max_size=40,
).map(lambda text: text.strip(" ") or "x")
_DAYS = st.dates(min_value=datetime(1900, 3, 1, tzinfo=UTC).date()).map(str)


def _values(field: FormField) -> st.SearchStrategy[str]:
    return _TEXTS | _DAYS if field in DATE_FIELDS else _TEXTS


_ENTRIES = st.lists(
    st.fixed_dictionaries({}, optional={field: _values(field) for field in _FIELDS}).filter(bool), max_size=4
)


def _fill(entries: Entries) -> SubmissionForm:
    octets = build_form(example=False, created=_AT, entries=entries)
    form = read_form(open_workbook(zip_parts(octets)), default_mapping())
    assert form is not None
    return form


def _names(entries: list[Mapping[FormField, str]]) -> list[dict[str, str]]:
    return [{field.value: text for field, text in entry.items()} for entry in entries]


@settings(max_examples=examples(15), deadline=None)
@given(_ENTRIES)
def test_what_goes_in_comes_out(entries: list[Mapping[FormField, str]]) -> None:
    """Through JSON, through CSV, through the workbook and back: the same texts in the same fields."""
    import json  # noqa: PLC0415

    given_names = _names(entries)
    form = _fill(parse_json(json.dumps(given_names).encode(), "x"))
    assert list_entries(form) == [dict(sorted(entry.items(), key=_column)) for entry in given_names]
    again = _fill(parse_csv(write_csv(form).encode(), "x", default_mapping()))
    assert list_entries(again) == list_entries(form)
    assert write_json(_fill(parse_json(write_json(again).encode(), "x"))) == write_json(form)


def _column(item: tuple[str, str]) -> int:
    return _FIELDS.index(FormField(item[0]))


def test_a_text_that_looks_like_a_formula_or_number_stays_a_text() -> None:
    """Nothing is computed, dropped, or read as a date."""
    values = {FormField.MODEL: "0100", FormField.MANUFACTURER: "=1+1", FormField.FIRMWARE_VERSION: "1E5"}
    (entry,) = _fill([values]).entries
    assert entry.values == {field.value: text for field, text in values.items()}
    assert {cell.kind for cell in entry.cells.values()} == {"string"}
    assert not any(cell.is_formula for cell in entry.cells.values())


def test_csv_may_have_the_headings_of_the_form() -> None:
    """As a spreadsheet program saves them; a byte order mark and empty lines do not matter."""
    text = "\ufeffManufacturer,Device Model,CPA renewal date\r\nMeter Works,10A1,\r\n,,\r\n"
    assert parse_csv(text.encode(), "x", default_mapping()) == [
        {FormField.MANUFACTURER: "Meter Works", FormField.MODEL: "10A1"}
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"model": 7}]',
        '[{"modell": "7"}]',
        '[{"model": "7", "model": "8"}]',
        '[{"model": "\\u0007"}]',
        '[{"model": "\\ud800"}]',
        '[{"model": "' + "x" * 32_768 + '"}]',
        "[" * 100_000,
    ],
)
def test_json_that_is_no_list_of_entries_is_refused(text: str) -> None:
    """Wrong shapes, types, fields and characters."""
    with pytest.raises(UsageError) as caught:
        parse_json(text.encode(), "x.json")
    assert caught.value.code == "entries-invalid"


def test_the_line_of_headings_is_named_where_it_is_wrong() -> None:
    """A separator that is none is told in the hint, whatever the rows below hold."""
    for data in (b"modell\r\n", b"model;device_type\r\n7;ESME\r\n"):
        with pytest.raises(UsageError) as caught:
            parse_csv(data, "x.csv", default_mapping())
        assert "line 1" in caught.value.message
    assert "';'" in caught.value.hint


@pytest.mark.parametrize(
    "data",
    [b"modell\r\n7\r\n", b"model,model\r\n1,2\r\n", b"model\r\n1,2\r\n", b'model\r\n"1\r\n', b"\xff\xfe"],
)
def test_csv_that_is_none_is_refused(data: bytes) -> None:
    """Unknown and repeated columns, a value too many, an open quotation mark, another encoding."""
    with pytest.raises(UsageError) as caught:
        parse_csv(data, "x.csv", default_mapping())
    assert caught.value.code == "entries-invalid"

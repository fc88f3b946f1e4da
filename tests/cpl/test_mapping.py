"""The form mapping: what it maps, and how a wrong one is refused."""

import pytest

from agent.cpl.fields import FieldKind, FormField
from agent.cpl.layout import COLUMNS, FORM_SHEET
from agent.cpl.mapping import default_mapping, load_mapping
from agent.errors import UsageError

_GOOD = """
version = 1
sheets = ["Form"]
header_rows = 5
required = ["model"]
[fields]
model = ["Model", "Device  Model"]
image_hash = ["Hash"]
"""


def _refusal(text: str | bytes) -> UsageError:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(UsageError) as caught:
        load_mapping(data, where="my-form.toml")
    assert caught.value.code == "form-mapping-invalid"
    return caught.value


def test_a_mapping_is_read_as_written() -> None:
    """Sheets, rows, required fields and headers come out as the file says."""
    mapping = load_mapping(_GOOD.encode(), where="my-form.toml")
    assert mapping.sheets == ("Form",)
    assert mapping.header_rows == 5
    assert mapping.required == {FormField.MODEL}
    assert mapping.find_field("Hash") is FormField.IMAGE_HASH


def test_what_cells_hold_is_as_built_in_unless_the_mapping_says_otherwise() -> None:
    """A form whose models are no hexadecimal may say so."""
    assert load_mapping(_GOOD.encode(), where="x").kinds == {
        FormField.MODEL: FieldKind.HEX,
        FormField.IMAGE_HASH: FieldKind.HASH,
    }
    other = _GOOD.replace("[fields]", '[types]\nmodel = "text"\n[fields]')
    assert load_mapping(other.encode(), where="x").kinds[FormField.MODEL] is FieldKind.TEXT


@pytest.mark.parametrize(
    "header",
    ["Device Model", "device model", "DEVICE\nMODEL", " Device\u00a0Model ", "DeviceModel", "\uff2dodel"],
)
def test_case_and_white_space_of_a_header_do_not_matter(header: str) -> None:
    """Line breaks, no-break spaces, capitals and full-width letters name the same field."""
    assert load_mapping(_GOOD.encode(), where="x").find_field(header) is FormField.MODEL


@pytest.mark.parametrize("header", ["", "Models", "Modell", "\u041codel"])
def test_another_text_is_no_header(header: str) -> None:
    """An empty text, another word, and a look-alike letter of another script name nothing."""
    assert load_mapping(_GOOD.encode(), where="x").find_field(header) is None


def test_the_built_in_mapping_has_every_field_and_every_header_of_the_new_form() -> None:
    """The form that is made is one that is read: each of its columns is mapped to its own field."""
    mapping = default_mapping()
    assert set(mapping.headers.values()) == set(FormField) == set(mapping.kinds)
    assert [mapping.find_field(column.header) for column in COLUMNS] == [column.field for column in COLUMNS]
    assert {column.field: column.kind for column in COLUMNS}.items() <= mapping.kinds.items()
    assert mapping.prefers_sheet(FORM_SHEET)


def test_a_form_without_a_hash_column_is_still_a_form() -> None:
    """The Hash is not required to recognise the form, so removing its column does not evade the checks."""
    assert FormField.IMAGE_HASH not in default_mapping().required


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("header_rows = 5", "header_rows = 5\nextra = 1", "extra"),
        ("header_rows = 5", "header_rows = 0", "header_rows"),
        ("header_rows = 5", 'header_rows = "5"', "header_rows"),
        ("version = 1", "", "version"),
        ("version = 1", "version = 2", "version"),
        ('sheets = ["Form"]', 'sheets = ["Form", ""]', "sheets[1]"),
        ('sheets = ["Form"]', 'sheets = ["Form", "FORM"]', "sheets"),
        ('required = ["model"]', "required = []", "required"),
        ('required = ["model"]', 'required = ["modell"]', "required"),
        ('required = ["model"]', 'required = ["model", "model"]', "required"),
        ('required = ["model"]', 'required = ["manufacturer"]', "required"),
        ('image_hash = ["Hash"]', 'image_hash = "Hash"', "fields.image_hash"),
        ('image_hash = ["Hash"]', "image_hash = []", "fields.image_hash"),
        ('image_hash = ["Hash"]', 'image_hash = ["Hash", 7]', "fields.image_hash[1]"),
        ('image_hash = ["Hash"]', 'image_hash = [" "]', "fields.image_hash"),
        ('image_hash = ["Hash"]', 'image_hash = ["Hash", "HASH"]', "fields.image_hash"),
        ('image_hash = ["Hash"]', 'image_hash = ["model"]', "fields.image_hash"),
        ('image_hash = ["Hash"]', 'hash_of_image = ["Hash"]', "fields.hash_of_image"),
        ("[fields]", "[feilds]", "feilds"),
        ("[fields]", '[types]\nmodel = "hexa"\n[fields]', "types.model"),
        ("[fields]", '[types]\nmodel = "date"\n[fields]', "types.model"),
        ("[fields]", '[types]\nmodel = ["hex"]\n[fields]', "types.model"),
        ("[fields]", '[types]\nimage_hash = "text"\n[fields]', "types.image_hash"),
        ("[fields]", '[types]\nmodell = "hex"\n[fields]', "types.modell"),
    ],
)
def test_a_wrong_mapping_is_refused_naming_file_and_key(old: str, new: str, key: str) -> None:
    """Unknown keys, wrong types, empty lists, duplicates and unknown fields name their dotted key."""
    assert old in _GOOD
    error = _refusal(_GOOD.replace(old, new))
    assert error.message.startswith(f"my-form.toml: {key}: ")
    assert "\n" not in error.message


@pytest.mark.parametrize("data", [b"", b"version", b"\xff\xfe", b"version = 1\nversion = 1"])
def test_what_is_not_toml_is_refused(data: bytes) -> None:
    """An empty file, broken TOML and octets that are not UTF-8 are the same error."""
    _refusal(data)

"""Each rule about forms: what it finds, at which cell, and what it lets pass."""

from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from agent.cpl.fields import FormField
from agent.cpl.image import HashedImage
from agent.findings import Level
from agent.policy.form_rules import FORM_RULES
from tests.policy.forms import GOOD, GOOD_HASH, SECOND, judge, make_form

_F = FormField
_REFUSE, _WARN = Level.REFUSE, Level.WARN


def test_a_good_form_has_nothing_to_be_said_of() -> None:
    """Two entries that no rule minds, under the names that the signer's certificate has."""
    assert judge(make_form(GOOD, SECOND), manufacturer="METER WORKS Limited") == ()


CASES: list[tuple[FormField, Any, list[tuple[str, Level]]]] = [
    (_F.MODEL, "10G1", [("hexadecimal", _REFUSE)]),
    (_F.MODEL, "0x10A1", [("hexadecimal", _REFUSE)]),
    (_F.MODEL, "1E+05", [("hexadecimal", _REFUSE)]),
    (_F.MODEL, "1,5E+12", [("hexadecimal", _REFUSE)]),
    (_F.MODEL, "1E5", []),
    (_F.MODEL, 2014, [("number-for-text", _REFUSE)]),
    (_F.HARDWARE_VERSION, 100, [("number-for-text", _REFUSE)]),
    (_F.SMETS_CHTS_VERSION, 5.1, [("number-for-text", _WARN)]),
    (_F.GBCS_VERSION, date(2026, 1, 5), [("number-for-text", _WARN), ("version-number", _WARN)]),
    (_F.MODEL, "10A1 ", [("spaces", _WARN)]),
    (_F.MANUFACTURER, "Meter  Works", [("spaces", _WARN)]),
    (_F.MANUFACTURER, "Meter\u00a0Works", [("spaces", _WARN)]),
    (_F.MODEL, "10A1\u00a0", [("hexadecimal", _REFUSE), ("spaces", _WARN)]),
    (_F.MODEL, "1\uff10A1", [("hexadecimal", _REFUSE), ("look-alikes", _REFUSE)]),
    (_F.MODEL, "10\u04101", [("hexadecimal", _REFUSE), ("look-alikes", _REFUSE)]),
    (_F.SMETS_CHTS_VERSION, "\u0665.1", [("look-alikes", _REFUSE), ("version-number", _WARN)]),
    (_F.MANUFACTURER, "Meter W\u043erks", [("look-alikes", _REFUSE)]),
    (_F.MANUFACTURER, "\u041c\u0435\u0442\u0435\u0440", [("look-alikes", _WARN)]),
    (_F.MANUFACTURER, "M\u00e9ter Wörks", []),
    (_F.MANUFACTURER, "M" * 31, [("value-length", _WARN)]),
    (_F.MANUFACTURER, "M" * 30, []),
    (_F.MODEL, "A" * 31, [("value-length", _WARN)]),
    (_F.FIRMWARE_VERSION, "010200030", [("value-length", _WARN)]),
    (_F.SMETS_CHTS_VERSION, "5.1.", [("version-number", _WARN)]),
    (_F.SMETS_CHTS_VERSION, "1" * 21, [("value-length", _WARN), ("version-number", _WARN)]),
    (_F.GBCS_VERSION, "v4", [("version-number", _WARN)]),
    (_F.DEVICE_TYPE, "Meter", [("device-type", _WARN)]),
    (_F.DEVICE_TYPE, "Gas Smart Metering Equipment (GSME)", []),
    (_F.MODEL, None, [("value-missing", _REFUSE)]),
    (_F.DEVICE_TYPE, "  ", [("value-missing", _REFUSE)]),
    (_F.CPL_STATUS, "Activ", [("cpl-status", _REFUSE), ("previous-entry", _WARN)]),
    (_F.CPL_STATUS, "Withdrawn", [("previous-entry", _WARN)]),
    (_F.CPL_STATUS, "active", []),
    (_F.CPL_STATUS, None, [("cpl-status", Level.INFORM)]),
    (_F.PREVIOUS_ENTRY, "CPL-00123", []),
    (_F.PREVIOUS_ENTRY, "123, 124", [("previous-entry", _WARN)]),
    (_F.ZIGBEE_CERTIFICATE_DATE, "soon", [("assurance-certificate", _REFUSE)]),
    (_F.ZIGBEE_CERTIFICATE_DATE, "31 February 2029", [("assurance-certificate", _REFUSE)]),
    (_F.ZIGBEE_CERTIFICATE_DATE, "03/04/2029", [("assurance-certificate", _WARN)]),
    (_F.ZIGBEE_CERTIFICATE_DATE, "31/04/2029", [("assurance-certificate", _REFUSE)]),
    (_F.ZIGBEE_CERTIFICATE_DATE, "30/04/2029", []),
    (_F.ZIGBEE_CERTIFICATE_DATE, None, [("assurance-certificate", _WARN)]),
    (_F.ZIGBEE_CERTIFICATE, None, [("assurance-certificate", _WARN)]),
    (_F.DLMS_CERTIFICATE_DATE, date(2026, 11, 21), [("assurance-certificate-expired", _REFUSE)]),
    (_F.DLMS_CERTIFICATE_DATE, date(2026, 11, 22), [("assurance-certificate-ending", _WARN)]),
    (_F.DLMS_CERTIFICATE_DATE, date(2027, 2, 19), [("assurance-certificate-ending", _WARN)]),
    (_F.DLMS_CERTIFICATE_DATE, date(2027, 2, 20), []),
    (_F.CPA_RENEWAL_DATE, "21 Nov 2026", [("assurance-certificate-expired", _REFUSE)]),
    (_F.IMAGE_HASH, "AB" * 20, [("image-hash-malformed", _REFUSE)]),
    (_F.IMAGE_HASH, "AB" * 31 + "0g", [("image-hash-malformed", _REFUSE)]),
    (_F.IMAGE_HASH, "0x" + "AB" * 32, [("image-hash-malformed", _REFUSE)]),
    (_F.IMAGE_HASH, 10**63, [("image-hash-malformed", _REFUSE)]),
    (_F.IMAGE_HASH, None, [("entry-without-hash", _WARN)]),
    (_F.IMAGE_HASH, "0" * 64, [("image-hash-implausible", _REFUSE)]),
    (_F.IMAGE_HASH, "f" * 64, [("image-hash-implausible", _REFUSE)]),
    (_F.IMAGE_HASH, "5A" * 32, [("image-hash-implausible", _REFUSE)]),
    (_F.IMAGE_HASH, "0123456789ABCDEF" * 4, [("image-hash-implausible", _REFUSE)]),
    (_F.IMAGE_HASH, sha256(b"").hexdigest(), [("image-hash-implausible", _REFUSE)]),
    (_F.FIRMWARE_VERSION, "1020003", [("leading-zeros", _WARN)]),
    (_F.FIRMWARE_VERSION, "1E5", [("leading-zeros", _WARN), ("firmware-coding", _WARN)]),
    (_F.FIRMWARE_VERSION, "102003", [("leading-zeros", _WARN)]),
]


@pytest.mark.parametrize(("field", "value", "expected"), CASES, ids=str)
def test_a_value_is_found_at_its_cell(
    field: FormField, value: Any, expected: list[tuple[str, Level]]
) -> None:
    """One value is changed; what is found names its sheet and cell, and what should stand there."""
    # The other entries: of what only a comparison finds, nothing is to be found here.
    found = judge(make_form(SECOND, {**GOOD, field: value}))
    assert [(item.code, item.level) for item in found] == expected
    for item in found:
        assert item.remark is not None
        assert item.remark.sheet == "Form"
        assert item.where == f"'Form'!{item.remark.cell}"
        assert item.remark.cell[-1] == "3"
        assert item.hint == f"expected: {item.remark.expected}"


def test_a_cpa_certificate_may_have_a_renewal_date_instead() -> None:
    """In a column of its own, either of the two dates will do."""
    row = {**GOOD, _F.CPA_CERTIFICATE_DATE: None, _F.CPA_RENEWAL_DATE: "31 March 2029"}
    assert judge(make_form(row)) == ()


def test_columns_that_are_not_there_are_not_missed() -> None:
    """A form without the columns of assurance certificates, status and previous entries is no less one."""
    kept = {_F.MANUFACTURER, _F.MODEL, _F.FIRMWARE_VERSION, _F.DEVICE_TYPE, _F.IMAGE_HASH}
    assert judge(make_form(GOOD, without=[field for field in _F if field not in kept])) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [("duplicate-device-model", _REFUSE, "B3")]),
        ({_F.MODEL: "010a1", _F.FIRMWARE_VERSION: "1020003"}, None),
        ({_F.MODEL: "10a1", _F.MANUFACTURER: " METER works ltd"}, None),
        ({_F.DEVICE_TYPE: "GSME"}, []),
        ({_F.HARDWARE_VERSION: "0101"}, []),
    ],
)
def test_a_device_model_stands_there_once(
    change: dict[FormField, str], expected: list[object] | None
) -> None:
    """Case, spaces and zeros at the start make no other Device Model; versions and device type do."""
    found = judge(make_form(GOOD, {**GOOD, **change}))
    places = [(item.code, item.level, item.remark.cell) for item in found if item.remark]
    if expected is None:
        assert ("duplicate-device-model", _REFUSE, "B3") in places
    else:
        assert places == expected


def test_a_hash_for_two_firmware_versions_is_warned_of() -> None:
    """It was copied from the row above."""
    found = judge(make_form(GOOD, {**SECOND, _F.IMAGE_HASH: GOOD[_F.IMAGE_HASH]}))
    assert [(item.code, item.level, item.where) for item in found] == [
        ("image-hash-repeated", _WARN, "'Form'!N3")
    ]


def test_an_entry_takes_the_place_of_another_once() -> None:
    """Two rows that replace one entry are told."""
    rows = [{**row, _F.PREVIOUS_ENTRY: "CPL-7"} for row in (GOOD, SECOND)]
    assert [(item.code, item.where) for item in judge(make_form(*rows))] == [("previous-entry", "'Form'!P3")]


def test_digits_that_are_fewer_than_those_of_others_are_warned_of() -> None:
    """A zero at the start may be lost; where there is no usual length, nothing is."""
    short = {**GOOD, _F.FIRMWARE_VERSION: "1020005", _F.IMAGE_HASH: sha256(b"third").hexdigest()}
    found = judge(make_form(GOOD, SECOND, short))
    assert [(item.code, item.level, item.where) for item in found] == [("leading-zeros", _WARN, "'Form'!D4")]
    assert [item.where for item in judge(make_form(GOOD, short))] == ["'Form'!D3"]
    models = [{**GOOD, _F.MODEL: "0A1"}, {**SECOND, _F.MODEL: "10A1"}]
    assert judge(make_form(*models)) == ()


@pytest.mark.parametrize(
    ("digits", "level"), [("1020003", _WARN), ("102003", Level.INFORM), ("01020003", None)]
)
def test_a_firmware_version_alone_is_counted_in_octets(digits: str, level: Level | None) -> None:
    """An odd number of digits is none of octets; fewer than four octets may be meant."""
    found = judge(make_form({**GOOD, _F.FIRMWARE_VERSION: digits}))
    assert [(item.code, item.level) for item in found] == ([("leading-zeros", level)] if level else [])


def test_an_entry_without_a_hash_is_refused_where_images_are_given() -> None:
    """Nobody can say which of them it has; where no entry has a Hash that alone is told."""
    form = make_form(SECOND, {**GOOD, _F.IMAGE_HASH: None})
    image = HashedImage("a", form.image_hashes[0], 1)
    for has_all in (False, True):
        found = judge(form, images=(image,), has_all_images=has_all)
        assert {(item.code, item.level, item.where) for item in found} == {
            ("entry-without-hash", _WARN, "'Form'!N3"),
            ("image-missing", _REFUSE, "'Form'!N3"),
        }
    assert [item.code for item in judge(make_form({**GOOD, _F.IMAGE_HASH: None}))] == ["image-hash-missing"]


_LETTERED = {**SECOND, _F.FIRMWARE_VERSION: "0102000A"}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", [("firmware-coding", _WARN)]),
        ('firmware_coding = "hex"', []),
        ('firmware_coding = "bcd"', [("firmware-coding", _REFUSE)]),
        (
            'firmware_coding = "bcd"\n[levels]\nfirmware-coding = "inform"',
            [("firmware-coding", Level.INFORM)],
        ),
    ],
)
def test_a_submission_has_one_firmware_coding(policy: str, expected: list[object]) -> None:
    """Whether digits are BCD or hexadecimal cannot be seen; the policy may say which."""
    found = judge(make_form(GOOD, _LETTERED), policy=policy)
    assert [(item.code, item.level) for item in found] == expected


@pytest.mark.parametrize(
    ("manufacturer", "expected"),
    [
        ("Meter Works plc", []),
        ("TEST Meter Works", []),
        ("Other Works Ltd", [("manufacturer-signer", _WARN)]),
        ("", []),
    ],
)
def test_the_manufacturer_is_who_signs(manufacturer: str, expected: list[object]) -> None:
    """By the words of the names, without the form of the company; nobody signed, nothing to compare."""
    found = judge(make_form(GOOD, SECOND), manufacturer=manufacturer)
    assert [(item.code, item.level) for item in found] == expected


def test_a_manufacturers_code_is_compared_with_no_name() -> None:
    """ZigBee manufacturer codes are four hexadecimal digits."""
    assert judge(make_form({**GOOD, _F.MANUFACTURER: "10A1"}), manufacturer="Other Ltd") == ()


def test_images_are_compared_with_the_hashes() -> None:
    """An image that belongs to no row refuses; in a folder it is a note, and a row without image refuses."""
    first, other = (
        HashedImage(name, bytes.fromhex(hashed), 1) for name, hashed in (("a", GOOD_HASH), ("b", "00" * 32))
    )
    form = make_form(GOOD, SECOND)
    assert judge(form, images=(first,)) == ()
    assert [(item.code, item.level) for item in judge(form, images=(first, other))] == [
        ("image-hash-mismatch", _REFUSE)
    ]
    found = judge(form, images=(first, other), has_all_images=True)
    assert [(item.code, item.level, item.where) for item in found] == [
        ("image-hash-mismatch", Level.INFORM, "Form"),
        ("image-missing", _REFUSE, "'Form'!N3"),
    ]


def test_a_lowered_rule_is_lowered_and_a_raised_one_raised() -> None:
    """Levels of the policy file hold for rules about forms too."""
    form = make_form({**GOOD, _F.MODEL: "10G1", _F.DEVICE_TYPE: "Meter"})
    policy = '[levels]\nhexadecimal = "inform"\ndevice-type = "refuse"'
    assert [(item.code, item.level) for item in judge(form, policy=policy)] == [
        ("hexadecimal", Level.INFORM),
        ("device-type", _REFUSE),
    ]


def test_a_form_without_entries_says_so() -> None:
    """There is no Hash to miss where there is no entry."""
    (found,) = judge(make_form())
    assert (found.code, "no entries" in found.message) == ("image-hash-missing", True)


def test_every_rule_says_nothing_without_a_form() -> None:
    """But the one that says so."""
    assert [item.code for item in judge(None)] == ["form-not-recognised"]


def test_every_rule_is_one_that_the_cases_know() -> None:
    """A rule that no case of this page finds would be a rule that no test sees."""
    elsewhere = {"form-structure", "image-hash-missing"}
    told = {code for *_, found in CASES for code, _ in found} | elsewhere
    told |= {"duplicate-device-model", "image-hash-repeated", "leading-zeros", "firmware-coding"}
    told |= {"manufacturer-signer", "image-hash-mismatch", "image-missing", "form-not-recognised"}
    assert {rule.code for rule in FORM_RULES} == told

"""Forms with one thing wrong, and what the rules about forms say of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import openpyxl

from agent.config.policy import parse_policy
from agent.cpl.entries import SubmissionForm
from agent.cpl.fields import FormField
from agent.cpl.form import read_form
from agent.cpl.mapping import default_mapping
from agent.findings import Finding
from agent.policy.facts import FormFacts
from agent.policy.form import ALL, judge_form
from tests.cpl.parts import open_saved

Row = Mapping[FormField, Any]
GOOD_HASH = sha256(b"good").hexdigest()
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
HEADINGS = {
    FormField.MANUFACTURER: "Manufacturer",
    FormField.MODEL: "Model",
    FormField.HARDWARE_VERSION: "Hardware version",
    FormField.FIRMWARE_VERSION: "Firmware version",
    FormField.DEVICE_TYPE: "Device type",
    FormField.SMETS_CHTS_VERSION: "SMETS version",
    FormField.GBCS_VERSION: "GBCS version",
    FormField.ZIGBEE_CERTIFICATE: "ZigBee certificate",
    FormField.ZIGBEE_CERTIFICATE_DATE: "ZigBee certificate date",
    FormField.DLMS_CERTIFICATE: "DLMS certificate",
    FormField.DLMS_CERTIFICATE_DATE: "DLMS certificate date",
    FormField.CPA_CERTIFICATE: "CPA certificate",
    FormField.CPA_CERTIFICATE_DATE: "CPA expiry or renewal date",
    FormField.IMAGE_HASH: "Hash",
    FormField.CPL_STATUS: "CPL status",
    FormField.PREVIOUS_ENTRY: "Previous entry ID",
    FormField.CPA_RENEWAL_DATE: "CPA renewal date",
}
"""In the order of the columns, from A."""
GOOD: Row = {
    FormField.MANUFACTURER: "Meter Works Ltd",
    FormField.MODEL: "10A1",
    FormField.HARDWARE_VERSION: "0100",
    FormField.FIRMWARE_VERSION: "01020003",
    FormField.DEVICE_TYPE: "ESME",
    FormField.SMETS_CHTS_VERSION: "5.1",
    FormField.GBCS_VERSION: "4.1",
    FormField.ZIGBEE_CERTIFICATE: "ZB-1",
    FormField.ZIGBEE_CERTIFICATE_DATE: date(2029, 3, 31),
    FormField.DLMS_CERTIFICATE: "DLMS-1",
    FormField.DLMS_CERTIFICATE_DATE: "31 March 2029",
    FormField.CPA_CERTIFICATE: "CPA-1",
    FormField.CPA_CERTIFICATE_DATE: "2029-03-31",
    FormField.IMAGE_HASH: GOOD_HASH,
    FormField.CPL_STATUS: "Active",
}
"""An entry that no rule has anything to say of."""
SECOND: Row = {
    **GOOD,
    FormField.FIRMWARE_VERSION: "01020004",
    FormField.IMAGE_HASH: sha256(b"second").hexdigest(),
}
"""Another."""


def make_form(*rows: Row, without: Sequence[FormField] = ()) -> SubmissionForm:
    """Write a form, and read it back."""
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Form"
    for column, (field, heading) in enumerate(HEADINGS.items(), 1):
        if field in without:
            continue
        sheet.cell(1, column, heading)
        for number, row in enumerate(rows, 2):
            sheet.cell(number, column, row.get(field))
    form = read_form(open_saved(workbook), default_mapping())
    assert form is not None
    return form


def judge(form: SubmissionForm | None, *, policy: str = "", **facts: Any) -> tuple[Finding, ...]:
    """Run every rule about forms, with every finding told one by one."""
    settings = parse_policy(policy.encode(), where="policy.toml")
    return judge_form(FormFacts(form, NOW, settings, **facts), most=ALL)

"""Devices are countersigned by a Supplier, Communications Hubs by the DCC."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.cpl.device_types import ModelKind, find_model_kind
from agent.cpl.entries import Entry, FormColumn, SubmissionForm
from agent.cpl.fields import FieldKind, FormField
from agent.findings import Level
from agent.formats.records import DocumentRecord, SignatureRecord
from agent.formats.spreadsheet import Cell, CellKind
from agent.operations import Operation
from agent.policy.engine import decide
from agent.policy.facts import JudgedSignature
from agent.policy.signature_set import check_countersigners
from agent.policy.verdict import judge_record
from agent.roles import Role
from agent.verdicts import PASSED, Indication
from tests.policy.conftest import SigningFactsOf
from tests.support.signer import SoftwareLab

_CODE = "countersigner-for-device-type"
_TYPE = FormField.DEVICE_TYPE


def _form(device_types: Sequence[str]) -> SubmissionForm:
    entries = [
        Entry(row, {_TYPE: Cell(f"E{row}", 5, CellKind.STRING, text)} if text else {}, bytes(32))
        for row, text in enumerate(device_types, start=2)
    ]
    return SubmissionForm("Form", tuple(entries), columns={_TYPE: FormColumn(5, "Type", FieldKind.TEXT)})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((name, ModelKind.DEVICE) for name in ("ESME", "GSME", "HCALCS", "PPMID", "IHD", "CAD", " esme ")),
        *((name, ModelKind.COMMUNICATIONS_HUB) for name in ("GPF", "CHF", "Chf", "Communications Hub")),
        ("Gas Proxy Function", ModelKind.COMMUNICATIONS_HUB),
        ("Communications Hub Function (CHF)", ModelKind.COMMUNICATIONS_HUB),
        ("Electricity Smart Metering Equipment (ESME)", ModelKind.DEVICE),
        ("ESME (CHF)", None),
        ("Something (ESME)", None),
        ("ESME CHF", None),
        ("", None),
        ("Meter", None),
    ],
)
def test_device_types_are_of_a_kind(text: str, kind: ModelKind | None) -> None:
    """The SEC's abbreviations and names are known; what says two things, or nothing known, is not guessed."""
    assert find_model_kind(text) is kind


CASES = [
    (["ESME", "GSME"], Role.MANUFACTURER, []),
    (["CHF", "GPF"], Role.MANUFACTURER, []),
    (["ESME", "CHF"], Role.MANUFACTURER, [Level.REFUSE]),
    (["ESME", "IHD"], Role.SUPPLIER, []),
    (["ESME"], Role.DCC, [Level.REFUSE]),
    (["GPF"], Role.DCC, []),
    (["GPF"], Role.SUPPLIER, [Level.REFUSE]),
    (["ESME", "GPF"], Role.SUPPLIER, [Level.REFUSE]),
    (["ESME", "GPF"], Role.DCC, [Level.REFUSE]),
    (["Meter"], Role.SUPPLIER, []),
    (["", "ESME"], Role.DCC, [Level.REFUSE]),
    ([], Role.DCC, []),
]


@pytest.mark.parametrize(("types", "role", "expected"), CASES)
def test_who_may_sign_what(
    signing_facts: SigningFactsOf, types: list[str], role: Role, expected: list[Level]
) -> None:
    """The wrong countersigner and a mixed workbook are refused; of a type not known it says nothing."""
    operation = Operation.COUNTERSIGN if role.countersigns else Operation.SIGN
    facts = signing_facts(form=_form(types), role=role, operation=operation)
    assert [item.level for item in decide(facts).findings if item.code == _CODE] == expected


@pytest.mark.parametrize(("types", "role", "expected"), CASES)
def test_a_verifier_asks_the_same_of_a_countersignature(
    types: list[str], role: Role, expected: list[Level]
) -> None:
    """The same answers at verification, where a manufacturer's signature alone is asked nothing."""
    signature = JudgedSignature("/sig2.xml", role, None, PASSED, ("/sig1.xml",))
    found = check_countersigners([signature], _form(types))
    assert [item.finding.level for item in found] == (expected if role.countersigns else [])


def test_the_wrong_countersigner_is_total_failed(lab: SoftwareLab) -> None:
    """A countersignature by the wrong party is as good as none."""
    signers = lab.signers
    issuers = (lab.authority.issuing_certificate,)
    first = SignatureRecord("/sig1.xml", "manufacturer", signers[Role.MANUFACTURER].certificate, issuers)
    second = SignatureRecord(
        "/sig2.xml", "dcc", signers[Role.DCC].certificate, issuers, countersigns=("/sig1.xml",)
    )
    record = DocumentRecord((first, second))
    verdicts = {
        types: judge_record(
            "f", "", record, lab.judge(), required=(frozenset({Role.DCC}),), form=_form([types])
        ).verdict.indication
        for types in ("GPF", "ESME", "Meter")
    }
    assert verdicts == {
        "GPF": Indication.TOTAL_PASSED,
        "ESME": Indication.TOTAL_FAILED,
        "Meter": Indication.TOTAL_PASSED,
    }
    other = replace(second, claimed_role="supplier")
    assert (
        judge_record(
            "f",
            "",
            DocumentRecord((first, other)),
            lab.judge(),
            required=(frozenset({Role.SUPPLIER}),),
            form=_form(["ESME"]),
        ).verdict
        == PASSED
    )

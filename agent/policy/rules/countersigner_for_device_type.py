"""Devices are countersigned by a Supplier, Communications Hubs by the DCC; one workbook holds one kind."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.findings import Level
from agent.operations import Operation
from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule
from agent.roles import Role

if TYPE_CHECKING:
    from agent.cpl.form import SubmissionForm


class ModelKind(StrEnum):
    """The two kinds of Device Model that the CPL tells apart."""

    DEVICE = "Devices"
    COMMUNICATIONS_HUB = "Communications Hubs"


COUNTERSIGNER = {ModelKind.DEVICE: Role.SUPPLIER, ModelKind.COMMUNICATIONS_HUB: Role.DCC}
"""Who countersigns what (MP168)."""
_HUBS = (
    "CHF", "Communications Hub Function", "GPF", "Gas Proxy Function",
    "CH", "Communications Hub", "Comms Hub",
)  # fmt: skip
_DEVICES = (
    "ESME", "Electricity Smart Metering Equipment", "SAPC", "Standalone Auxiliary Proportional Controller",
    "GSME", "Gas Smart Metering Equipment",
    "HCALCS", "HAN Connected Auxiliary Load Control Switch",
    "PPMID", "Prepayment Meter Interface Device", "Pre-Payment Meter Interface Device",
    "IHD", "In Home Display",
    "CAD", "Consumer Access Device",
)  # fmt: skip
_ABBREVIATED = re.compile(r"(?P<long>.+?)\s*\((?P<short>[^()]+)\)")


def _comparable(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


_KINDS = {_comparable(name): kind for kind, names in (
    (ModelKind.COMMUNICATIONS_HUB, _HUBS), (ModelKind.DEVICE, _DEVICES)
) for name in names}  # fmt: skip


def find_model_kind(device_type: str) -> ModelKind | None:
    """Tell what kind a device type is of; None when the text is not known, or says two things at once."""
    named = _ABBREVIATED.fullmatch(device_type.strip())
    texts = (named["long"], named["short"]) if named else (device_type,)
    kinds = {_KINDS.get(_comparable(text)) for text in texts}
    return kinds.pop() if len(kinds) == 1 else None


def check_form(form: "SubmissionForm", role: Role) -> Iterable[Answer]:
    """Check a form against the role that signs it; a manufacturer's must only be of one kind."""
    kinds = {entry.row: find_model_kind(entry.device_type) for entry in form.entries}
    present = sorted({kind for kind in kinds.values() if kind is not None})
    unknown = [str(row) for row, kind in kinds.items() if kind is None]
    if unknown:
        yield Answer(
            form.sheet,
            f"the device type is not known in row {', '.join(unknown)}: who must countersign cannot be told",
            "write the device type as the SEC does: ESME, GSME, PPMID, HCALCS, IHD, CAD, CHF or GPF",
            level=Level.WARN,
        )
    if len(present) > 1:
        yield Answer(
            form.sheet,
            "the form holds both Devices and Communications Hubs, which nobody may countersign together",
            "split it: one workbook with the Devices, one with the Communications Hubs",
        )
    elif role.countersigns and present and COUNTERSIGNER[present[0]] is not role:
        expected = COUNTERSIGNER[present[0]]
        yield Answer(
            form.sheet,
            f"the form holds {present[0]}, to be countersigned by the role {expected}, not by {role}",
            f"countersign with a signer whose role is {expected}",
        )


def _check(facts: SigningFacts) -> Iterable[Answer]:
    if facts.form is not None and facts.operation in {Operation.SIGN, Operation.COUNTERSIGN}:
        yield from check_form(facts.form, facts.role)


def _evidence(facts: SigningFacts) -> Iterable[str]:
    for entry in facts.form.entries if facts.form else ():
        kind = find_model_kind(entry.device_type)
        countersigner = f"{kind}, countersigned by {COUNTERSIGNER[kind]}" if kind else "not known"
        yield f"row {entry.row}: {entry.device_type or 'no device type'}: {countersigner}"


RULE = Rule(
    code="countersigner-for-device-type",
    clause="MP168 (Devices: Supplier; Communications Hubs: DCC)",
    summary="Devices not countersigned by a Supplier, Communications Hubs not by the DCC, or both kinds in"
    " one workbook; warns of a device type that is not known",
    check=_check,
    evidence=_evidence,
)

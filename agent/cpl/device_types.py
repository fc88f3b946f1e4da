"""Device types, by the SEC's abbreviations and names, and who countersigns them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from agent.roles import Role


class ModelKind(StrEnum):
    """The two kinds of Device Model that the CPL tells apart."""

    DEVICE = "Devices"
    COMMUNICATIONS_HUB = "Communications Hubs"


COUNTERSIGNER: Final[Mapping[ModelKind, Role]] = {
    ModelKind.DEVICE: Role.SUPPLIER,
    ModelKind.COMMUNICATIONS_HUB: Role.DCC,
}
"""Who countersigns what (MP168)."""
DEVICE_TYPES: Final = ("ESME", "GSME", "HCALCS", "PPMID", "IHD", "CAD", "GPF", "CHF")
"""The abbreviations, as a form should have them; GPF and CHF live in a Communications Hub."""
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


@lru_cache(maxsize=4096)
def find_model_kind(device_type: str) -> ModelKind | None:
    """Tell what kind a device type is of; None when the text is not known, or says two things at once."""
    named = _ABBREVIATED.fullmatch(device_type.strip())
    texts = (named["long"], named["short"]) if named else (device_type,)
    kinds = {_KINDS.get(_comparable(text)) for text in texts}
    return kinds.pop() if len(kinds) == 1 else None

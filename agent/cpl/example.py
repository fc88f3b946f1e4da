"""Two plausible entries for rehearsals: an ESME and a GSME, both Devices: one Supplier countersigns."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Final

from agent.cpl.fields import FormField
from agent.cpl.image import format_image_hash

EXAMPLE_IMAGES: Final = (
    b"Example Manufacturer Image of an ESME, for rehearsals only\n",
    b"Example Manufacturer Image of a GSME, for rehearsals only\n",
)
"""The octets whose SHA-256 the example entries carry when no other Hashes are given."""

Value = str | date
Values = Mapping[FormField, Value]

_BOTH: Final[Values] = {
    FormField.MANUFACTURER: "TEST Meter Works Ltd",
    FormField.SMETS_CHTS_VERSION: "5.1",
    FormField.GBCS_VERSION: "4.1",
    FormField.CPL_STATUS: "Active",
}


def example_entries(year: int) -> tuple[Values, Values]:
    """Build the entries; their assurance certificates end two to four years after `year`."""
    return {**_BOTH, **_electricity(year)}, {**_BOTH, **_gas(year)}


def _electricity(year: int) -> Values:
    return {
        FormField.MODEL: "10A1",
        FormField.HARDWARE_VERSION: "0100",
        FormField.FIRMWARE_VERSION: "01020003",
        FormField.DEVICE_TYPE: "ESME",
        FormField.ZIGBEE_CERTIFICATE: "TEST-ZB-00010A1",
        FormField.ZIGBEE_CERTIFICATE_DATE: date(year + 3, 3, 31),
        FormField.DLMS_CERTIFICATE: "TEST-DLMS-1021",
        FormField.DLMS_CERTIFICATE_DATE: date(year + 4, 6, 30),
        FormField.CPA_CERTIFICATE: "TEST-CPA-20417",
        FormField.CPA_CERTIFICATE_DATE: date(year + 2, 11, 30),
        FormField.IMAGE_HASH: format_image_hash(sha256(EXAMPLE_IMAGES[0]).digest()),
    }


def _gas(year: int) -> Values:
    return {
        FormField.MODEL: "20B4",
        FormField.HARDWARE_VERSION: "0200",
        FormField.FIRMWARE_VERSION: "02000104",
        FormField.DEVICE_TYPE: "GSME",
        FormField.ZIGBEE_CERTIFICATE: "TEST-ZB-00020B4",
        FormField.ZIGBEE_CERTIFICATE_DATE: date(year + 3, 9, 30),
        FormField.CPA_CERTIFICATE: "TEST-CPA-20418",
        FormField.CPA_CERTIFICATE_DATE: date(year + 2, 12, 31),
        FormField.IMAGE_HASH: format_image_hash(sha256(EXAMPLE_IMAGES[1]).digest()),
    }

"""The fields of one entry of the submission form, by the names this program uses for them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class FormField(StrEnum):
    """A field of an entry; which column holds it is the form mapping's business."""

    MANUFACTURER = "manufacturer"
    MODEL = "model"
    HARDWARE_VERSION = "hardware_version"
    FIRMWARE_VERSION = "firmware_version"
    DEVICE_TYPE = "device_type"
    SMETS_CHTS_VERSION = "smets_chts_version"
    GBCS_VERSION = "gbcs_version"
    ZIGBEE_CERTIFICATE = "zigbee_certificate"
    ZIGBEE_CERTIFICATE_DATE = "zigbee_certificate_date"
    DLMS_CERTIFICATE = "dlms_certificate"
    DLMS_CERTIFICATE_DATE = "dlms_certificate_date"
    CPA_CERTIFICATE = "cpa_certificate"
    CPA_CERTIFICATE_DATE = "cpa_certificate_date"
    """Expiry date, or the renewal date where one column holds either."""
    CPA_RENEWAL_DATE = "cpa_renewal_date"
    """Renewal date in a column of its own."""
    IMAGE_HASH = "image_hash"
    """Hash of the Manufacturer Image."""
    CPL_STATUS = "cpl_status"
    PREVIOUS_ENTRY = "previous_entry"
    """ID of the entry of the CPL that this one takes the place of."""

    @property
    def words(self) -> str:
        """The field's name as messages have it."""
        return self.value.replace("_", " ")


CPL_STATUSES: Final = ("Active", "Cancelled", "Expired", "Withdrawn")
"""What an entry of the list can be."""


class FieldKind(StrEnum):
    """What the cells of a field hold."""

    TEXT = "text"
    HEX = "hex"
    VERSION = "version"
    """Numbers with dots between them."""
    DATE = "date"
    HASH = "hash"


_DATES: Final = (
    FormField.ZIGBEE_CERTIFICATE_DATE,
    FormField.DLMS_CERTIFICATE_DATE,
    FormField.CPA_CERTIFICATE_DATE,
    FormField.CPA_RENEWAL_DATE,
)
_FREE: Final = frozenset({FieldKind.TEXT, FieldKind.HEX, FieldKind.VERSION})

DATE_FIELDS: Final = frozenset(_DATES)
"""Fields that hold a date in every form."""
FIXED_KINDS: Final[Mapping[FormField, FieldKind]] = MappingProxyType(
    {**dict.fromkeys(_DATES, FieldKind.DATE), FormField.IMAGE_HASH: FieldKind.HASH}
)
"""What no mapping may change: a Hash that is read as a text would escape its checks."""


def allowed_kinds(field: FormField) -> frozenset[FieldKind]:
    """List what a mapping may say that the cells of a field hold."""
    return frozenset({FIXED_KINDS[field]}) if field in FIXED_KINDS else _FREE

"""The fields of one entry of the submission form, by the names this program uses for them."""

from enum import StrEnum


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
    IMAGE_HASH = "image_hash"
    """Hash of the Manufacturer Image."""

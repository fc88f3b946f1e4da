"""What the rehearsal form looks like: its columns, in order, and the words around them.

The headers are spellings of cpl-form.toml, so the form that is made is the form that is read.
"""

from typing import Final

from agent.cpl.device_types import DEVICE_TYPES
from agent.cpl.fields import CPL_STATUSES, FieldKind, FormField
from agent.dataclass import dataclass

FORM_SHEET: Final = "CPL submission"
INSTRUCTIONS_SHEET: Final = "Instructions"
TITLE: Final = "Central Products List submission: rehearsal form"
SUBTITLE: Final = (
    "For practising the signing process. This is not SECAS's own form; see the sheet Instructions."
)
GROUP_ROW: Final = 3
HINT_ROW: Final = 4
HEADER_ROW: Final = 5
FIRST_ENTRY_ROW: Final = 6
PREPARED_ROWS: Final = 25
"""Rows that come with borders; entries may go on below."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the form."""

    field: FormField
    group: str
    header: str
    width: float
    """In characters of the standard font."""
    kind: FieldKind
    note: str
    """What belongs there, for the instructions."""
    hint: str
    """The same in a few words, above the heading."""
    choices: tuple[str, ...] = ()
    """What the cell offers to choose from; nothing else can be typed then."""
    characters: tuple[int, int] | None = None
    """How many a cell may have; nothing else can be typed then."""


_MODEL, _ASSURANCE = "Device Model", "Assurance certificates"
_VERSIONS, _IMAGE = "Standards", "Manufacturer Image"
_ENTRY: Final = "Central Products List"


def _assurance(
    name: str,
    fields: tuple[FormField, FormField],
    reference_note: str,
    *,
    heading: str = "",
    note: str = "Its expiry date, as a date.",
) -> tuple[Column, Column]:
    """Build the two columns of an assurance certificate: its reference, and the day on which it ends."""
    reference, date = fields
    heading = heading or f"{name} certificate date"
    return (
        Column(
            reference, _ASSURANCE, f"{name} certificate", 19, FieldKind.TEXT, reference_note, "its reference"
        ),
        Column(date, _ASSURANCE, heading, 14, FieldKind.DATE, note, "a date"),
    )


COLUMNS: Final = (
    Column(
        FormField.MANUFACTURER,
        _MODEL,
        "Manufacturer",
        26,
        FieldKind.TEXT,
        "At most 30 characters; the organisation of the certificate that signs.",
        "at most 30 characters",
        characters=(1, 30),
    ),
    Column(
        FormField.MODEL,
        _MODEL,
        "Model",
        11,
        FieldKind.HEX,
        "Hexadecimal, at most 30 characters.",
        "hexadecimal",
        characters=(1, 30),
    ),
    Column(
        FormField.HARDWARE_VERSION,
        _MODEL,
        "Hardware version",
        12,
        FieldKind.HEX,
        "Hexadecimal.",
        "hexadecimal",
    ),
    Column(
        FormField.FIRMWARE_VERSION,
        _MODEL,
        "Firmware version",
        12,
        FieldKind.HEX,
        "Hexadecimal, 1 to 8 digits, coded in the same way in all rows.",
        "hexadecimal, 1 to 8 digits",
        characters=(1, 8),
    ),
    Column(
        FormField.DEVICE_TYPE,
        _MODEL,
        "Device type",
        10,
        FieldKind.TEXT,
        "ESME, GSME, HCALCS, PPMID, IHD or CAD (Devices); GPF or CHF (Communications Hubs).",
        "choose",
        choices=DEVICE_TYPES,
    ),
    Column(
        FormField.SMETS_CHTS_VERSION,
        _VERSIONS,
        "SMETS / CHTS version",
        10,
        FieldKind.VERSION,
        "SMETS for Devices, CHTS for Communications Hubs; such as 5.1.",
        "such as 5.1",
        characters=(1, 20),
    ),
    Column(
        FormField.GBCS_VERSION, _VERSIONS, "GBCS version", 9, FieldKind.VERSION, "Such as 4.1.", "such as 4.1"
    ),
    *_assurance(
        "ZigBee",
        (FormField.ZIGBEE_CERTIFICATE, FormField.ZIGBEE_CERTIFICATE_DATE),
        "Reference of the ZigBee assurance certificate.",
    ),
    *_assurance(
        "DLMS",
        (FormField.DLMS_CERTIFICATE, FormField.DLMS_CERTIFICATE_DATE),
        "Reference of the DLMS assurance certificate, where the Device has one.",
    ),
    *_assurance(
        "CPA",
        (FormField.CPA_CERTIFICATE, FormField.CPA_CERTIFICATE_DATE),
        "Reference of the CPA assurance certificate.",
        heading="CPA expiry or renewal date",
        note="Its expiry date, or its renewal date where it has that instead.",
    ),
    Column(
        FormField.IMAGE_HASH,
        _IMAGE,
        "Hash of the Manufacturer Image",
        42,
        FieldKind.HASH,
        "SHA-256 of the Manufacturer Image, without any OTA header: 64 hexadecimal digits, nothing between "
        "them. Printed by: iki cpl hash IMAGE",
        "64 hexadecimal digits, printed by: iki cpl hash IMAGE",
        characters=(64, 64),
    ),
    Column(
        FormField.CPL_STATUS,
        _ENTRY,
        "CPL status",
        11,
        FieldKind.TEXT,
        "Active for a new entry; Cancelled, Expired or Withdrawn to change one.",
        "choose",
        choices=CPL_STATUSES,
    ),
    Column(
        FormField.PREVIOUS_ENTRY,
        _ENTRY,
        "Previous CPL entry ID",
        13,
        FieldKind.TEXT,
        "ID of the entry of the list that this one takes the place of, if there is one.",
        "if there is one",
        characters=(1, 40),
    ),
)

PURPOSE: Final = (
    "This workbook is for rehearsing the process that SEC modification MP168 describes: a manufacturer "
    "signs the submission, a Supplier (for Devices) or the DCC (for Communications Hubs) countersigns it, "
    "and SECAS checks both. It is a rehearsal form made by iki, not SECAS's own form, and nobody has "
    "approved it. Submit on the form that SECAS gives you."
)
STEPS: Final = (
    "Fill in one row for each Device Model on the sheet CPL submission.",
    "Keep Devices and Communications Hubs in separate workbooks: different parties countersign them.",
    "Take the Hash from the image itself: iki cpl hash IMAGE",
    "Check what you filled in, cell by cell: iki cpl check FILE --image IMAGE",
    "Save as .xlsx, close the spreadsheet program, and sign: iki sign FILE --as NAME --image IMAGE",
    "Do not save the workbook again after it is signed. Saving removes the signatures.",
    "The other party checks and countersigns: iki countersign FILE --as NAME",
    "Anyone can check the result: iki verify FILE",
)
CELL_RULES: Final = (
    "Type values; formulas and merged cells are refused. Hexadecimal columns are formatted as text, so that "
    "0100 stays 0100 and 1E5 stays 1E5. Paste as values to keep it so. The headings are locked, without a "
    "password; the rows below them are yours, also those below the bordered ones."
)

"""The data objects of a PIV card (NIST SP 800-73-4 part 1, sections 3 and 4 and appendix A)."""

from collections.abc import Mapping
from typing import Final

from tests.support.piv.keys import CardKey
from tests.support.piv.tlv import encode

APPLICATION: Final = bytes.fromhex("A000000308000010000100")
"""The AID of the PIV card application, version 1.0 (part 1, section 2.2)."""
DISCOVERY: Final = 0x7E

_CAPABILITIES: Final = 0x5FC107
_HOLDER: Final = 0x5FC102
_CERTIFICATES: Final = {0x9A: 0x5FC105, 0x9C: 0x5FC10A, 0x9D: 0x5FC10B, 0x9E: 0x5FC101}
_ERROR_DETECTION: Final = encode(0xFE)


def build_objects(keys: Mapping[int, CardKey], serial: bytes) -> dict[int, bytes]:
    """Build what GET DATA returns, by tag; `serial` is the card's GUID, 16 octets."""
    objects = {
        DISCOVERY: _build_discovery(),
        _CAPABILITIES: encode(0x53, _build_capabilities(serial)),
        _HOLDER: encode(0x53, _build_holder(serial)),
    }
    for slot, key in keys.items():
        objects[_CERTIFICATES[slot]] = encode(0x53, _build_certificate(key.certificate))
    return objects


def build_application_properties() -> bytes:
    """Build the answer to SELECT: the application property template (part 2, section 3.1.1)."""
    authority = encode(0x79, encode(0x4F, APPLICATION[:5]))
    return encode(0x61, encode(0x4F, APPLICATION[5:]), authority)


def _build_discovery() -> bytes:
    """Build the discovery object: the card's own PIN, and no global one (part 1, section 3.3.2)."""
    return encode(DISCOVERY, encode(0x4F, APPLICATION), encode(0x5F2F, b"\x40\x00"))


def _build_certificate(der: bytes) -> bytes:
    """Build an X.509 certificate object, not compressed (part 1, appendix A, table 10)."""
    return encode(0x70, der) + encode(0x71, b"\x00") + _ERROR_DETECTION


def _build_holder(serial: bytes) -> bytes:
    """Build the card holder unique identifier, unsigned (part 1, section 3.1.2 and table 9).

    The FASC-N is the one of a card that no agency issued (TIG SCEPACS 2.2: agency code 9999).
    """
    number = bytes.fromhex("D4E739DA739CED39CE739D836858210842108421C84210C3EB")
    expires = encode(0x35, b"20460101")
    return encode(0x30, number) + encode(0x34, serial) + expires + encode(0x3E) + _ERROR_DETECTION


def _build_capabilities(serial: bytes) -> bytes:
    """Build the card capability container (part 1, section 3.1.1 and table 8)."""
    identifier = APPLICATION[:5] + b"\xff\x02" + serial[:14]
    empty = (0xF5, 0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD)
    values = {0xF0: identifier, 0xF1: b"\x21", 0xF2: b"\x21", 0xF3: b"", 0xF4: b"\x00"}
    values |= dict.fromkeys(empty, b"")
    values[0xF5] = b"\x10"  # the data model number of PIV
    return b"".join(encode(tag, values[tag]) for tag in sorted(values)) + _ERROR_DETECTION

"""The object identifiers of timestamps, each from its standard."""

from typing import Final

ID_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
"""The content of a TimeStampToken (RFC 3161 clause 2.4.2)."""
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
"""With SHA-1 (RFC 2634 clause 5.4), which RFC 3161 asks for; RFC 5816 adds the second version."""
MILLIS: Final = 0x80
MICROS: Final = 0x81
BOOLEAN: Final = 0x01
"""Tags of Accuracy, and of `ordering`."""

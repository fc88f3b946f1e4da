"""What the fast roads through a part share: octets that read as one thing alone, in any reading of XML."""

import re
from typing import Final

_CONTROLS: Final = r"\x00-\x08\x0B\x0C\x0E-\x1F"
_NO_TEXT: Final = ("]]>", "\ufffe", "\uffff")
"""The end of CDATA, and two code points that are no characters of XML."""
PLAIN_TEXT: Final = rf"(?:[^<&{_CONTROLS}]++|&(?:amp|lt|gt|quot|apos);)*+"
"""Text of an element, where `is_text` says that there is nothing else; matches octets and characters."""


def plain_start(name: str) -> re.Pattern[bytes]:
    """Build the pattern of a part's start: UTF-8, no DTD, and its root element `name` without a prefix.

    The group `root` is the start tag; its attributes stand in double quotes and hold no reference.
    """
    return re.compile(
        rb"(?:\xEF\xBB\xBF)?"
        rb"(?:<\?xml version=[\"']1\.0[\"'](?: encoding=[\"'](?:utf|UTF)-8[\"'])?"
        rb"(?: standalone=[\"'](?:yes|no)[\"'])? ?\?>)?"
        rb"[ \t\r\n]*(?P<root><" + name.encode() + rb"(?:[ \t\r\n]+[A-Za-z0-9:]+=\"[^\"<>&]*\")*>)"
    )


def decode_text(octets: bytes) -> str | None:
    """Decode octets in which `PLAIN_TEXT` matches nothing but text; None when there is more to them."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if any(stray in text for stray in _NO_TEXT) else text

"""Textual encodings of PKIX structures (RFC 7468)."""

import base64
import binascii
import re
from typing import Final

_LINE: Final = 64
_BLOCK: Final = re.compile(
    rb"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>[^-]*)-----END (?P=label)-----",
)


def list_pem_blocks(data: bytes, labels: frozenset[str]) -> tuple[bytes, ...]:
    """List the DER of every block with one of the labels, in order; other blocks and text are skipped.

    RFC 7468 clause 2 allows explanatory text around the blocks. LF, CRLF and one-line bodies all pass.

    Raises:
        ValueError: when a wanted block is not base64 (translated by the loaders of this package).

    """
    return tuple(
        decode_base64(match["body"]) for match in _BLOCK.finditer(data) if match["label"].decode() in labels
    )


def decode_base64(text: bytes) -> bytes:
    """Decode base64 with any white space between its characters.

    Raises:
        ValueError: when anything else stands between them, or the padding is wrong.

    """
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error


def to_pem(label: str, der: bytes) -> bytes:
    """Build a PEM block of 64-character lines that ends with a line feed (RFC 7468 clause 3)."""
    text = base64.b64encode(der).decode()
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()

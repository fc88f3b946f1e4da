"""From what was read to a PIN; every source ends here."""

from agent.errors import TokenError
from hsm import PIN, PINRequired

LONGEST_PIN = 256
"""Bytes of UTF-8; tokens take far less (PKCS#11 `ulMaxPinLen` is rarely above 255)."""


def decode_pin(content: bytes | bytearray, absent: str) -> PIN:
    """Build a PIN from octets, which are overwritten where that can be done.

    Raises:
        TokenError: `pin-unavailable`; `absent` is said when there is none.

    """
    try:
        if not content:
            raise unavailable(absent)
        if len(content) > LONGEST_PIN:
            raise unavailable(
                f"the PIN is longer than {LONGEST_PIN} bytes", hint="is this the right file or variable?"
            )
        if b"\n" in content or b"\0" in content:
            raise unavailable("the PIN has more than one line", hint="is this the right file or variable?")
        try:
            return PIN(content)
        except PINRequired:
            raise unavailable("the PIN is not UTF-8 text", hint="store it as UTF-8") from None
    finally:
        if isinstance(content, bytearray):
            content[:] = bytes(len(content))


def build_pin(text: str, absent: str) -> PIN:
    """Build a PIN from text; lone surrogates in it (PEP 383) are no UTF-8.

    Raises:
        TokenError: `pin-unavailable`; `absent` is said when there is none.

    """
    return decode_pin(bytearray(text.encode("utf-8", errors="surrogatepass")), absent)


def take_octets(content: bytearray, length: int) -> bytearray:
    """Copy the first octets out of what was read, and overwrite all of that."""
    taken = content[:length]
    content[:] = bytes(len(content))
    return taken


def take_line(content: bytearray, length: int) -> bytearray:
    """Do the same with the first line, up to `length`; its end is not part of it."""
    end = content.find(b"\n", 0, length)
    end = length if end < 0 else end
    return take_octets(content, end - content.endswith(b"\r", 0, end))


def unavailable(message: str, *, hint: str = "") -> TokenError:
    """Build the error of a PIN that is not to be had."""
    return TokenError("pin-unavailable", message, hint=hint or "see `pin` of the signer in the configuration")

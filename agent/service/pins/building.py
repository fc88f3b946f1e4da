"""From what was read to a PIN; every source ends here."""

from agent.errors import TokenError
from hsm import PIN

LONGEST_PIN = 256
"""Bytes of UTF-8; tokens take far less (PKCS#11 `ulMaxPinLen` is rarely above 255)."""


def decode_pin(content: bytes, absent: str) -> PIN:
    """Build a PIN from octets; not by a decoding that fails, since its error would carry the PIN.

    Raises:
        TokenError: `pin-unavailable`; `absent` is said when there is none.

    """
    # What is not UTF-8 becomes lone surrogates, as in os.environ (PEP 383); they are refused below.
    return build_pin(content.decode("utf-8", errors="surrogateescape"), absent)


def build_pin(text: str, absent: str) -> PIN:
    """Build a PIN from text.

    Raises:
        TokenError: `pin-unavailable`; `absent` is said when there is none.

    """
    if not text:
        raise unavailable(absent)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise unavailable("the PIN is not UTF-8 text", hint="store it as UTF-8")
    if len(text.encode("utf-8")) > LONGEST_PIN:
        raise unavailable(
            f"the PIN is longer than {LONGEST_PIN} bytes", hint="is this the right file or variable?"
        )
    if "\n" in text or "\0" in text:
        raise unavailable("the PIN has more than one line", hint="is this the right file or variable?")
    return PIN(text)


def unavailable(message: str, *, hint: str = "") -> TokenError:
    """Build the error of a PIN that is not to be had."""
    return TokenError("pin-unavailable", message, hint=hint or "see `pin` of the signer in the configuration")

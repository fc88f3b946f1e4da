"""The PIN, held so that it does not leak by accident and is wiped when nobody holds it any more."""

import hmac
from typing import NoReturn

from hsm.errors import PINRequired


class PIN:
    """A user or security-officer PIN, in octets of its own that are overwritten at its end.

    It is not a protection against a debugger. It keeps the PIN out of representations, logs, tracebacks,
    pickles and comparisons; what of it was a string before is beyond its reach (docs/limitations.md).
    """

    __slots__ = ("__octets",)

    def __init__(self, text: str | bytes | bytearray | memoryview) -> None:
        """Hold a copy of `text`, UTF-8 where it is octets.

        Raises:
            PINRequired: `pin-empty` when there is no text (an empty PIN would ask a PIN pad instead,
                PKCS#11 v2.40 C_Login), `pin-malformed` when it cannot be written in UTF-8 or holds a NUL.
        """
        self.__octets = octets = bytearray()
        # Lone surrogates are let through here, so that no UnicodeEncodeError carries the PIN.
        octets += text.encode(errors="surrogatepass") if isinstance(text, str) else text
        if not octets:
            raise PINRequired("pin-empty", "the PIN is empty", hint="check where the PIN comes from")
        if 0 in octets or not _is_utf8(octets):
            raise PINRequired(
                "pin-malformed", "the PIN is not text in UTF-8", hint="check where the PIN comes from"
            )

    def lend(self) -> bytearray:
        """Lend the octets themselves to the call that hands them on; not to be kept or changed.

        Raises:
            PINRequired: `pin-wiped`.
        """
        if not self.__octets[0]:
            raise PINRequired("pin-wiped", "the PIN was wiped already", hint="give the PIN again")
        return self.__octets

    def reveal(self) -> str:
        """Return the text, which cannot be wiped: for calls that take nothing else.

        Raises:
            PINRequired: `pin-wiped`.
        """
        return self.lend().decode()

    def matches(self, other: "PIN") -> bool:
        """Tell whether the other is the same PIN, in a time that says nothing about them."""
        return hmac.compare_digest(self.lend(), other.lend())

    def copy(self) -> "PIN":
        """Return the same PIN in octets of its own, which live and are wiped apart from these."""
        return PIN(self.lend())

    def wipe(self) -> None:
        """Overwrite the octets."""
        wipe(self.__octets)

    def __del__(self) -> None:
        """Wipe it when the last reference goes."""
        self.wipe()

    def __repr__(self) -> str:
        """Show that there is a PIN, and nothing of it, not even its length."""
        return "PIN(hidden)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied.

        Raises:
            TypeError: always.
        """
        raise TypeError("a PIN cannot be pickled or copied")


class ProtectedPath:
    """The token's own way to a PIN: a person enters it at a pad, and no program sees it.

    CKF_PROTECTED_AUTHENTICATION_PATH; C_Login gets a NULL PIN then (PKCS#11 v2.40 section 5.6.6).
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Say what it is."""
        return "ProtectedPath()"


Credential = PIN | ProtectedPath
"""What a login takes: a PIN, or the token's own way to one."""


def wipe(octets: bytearray) -> None:
    """Overwrite octets with zeros, in their place."""
    octets[:] = bytes(len(octets))


def _is_utf8(octets: bytearray) -> bool:
    """Tell it; the error, which carries the PIN, ends here."""
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True

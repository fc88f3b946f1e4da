"""The PIN, held so that it does not leak by accident."""

from typing import NoReturn

from hsm.errors import PINRequired


class PIN:
    """A user or security-officer PIN whose text appears nowhere but in `reveal()`.

    It is not a protection against a debugger: Python cannot wipe a string. It keeps the text
    out of representations, logs, tracebacks, pickles and comparisons.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        """Hold `text`.

        Raises:
            PINRequired: `pin-empty` when there is no text (an empty PIN would ask a PIN pad instead,
                PKCS#11 v2.40 C_Login), `pin-malformed` when it cannot be written in UTF-8 or holds a NUL.
        """
        if not text:
            raise PINRequired("pin-empty", "the PIN is empty", hint="check where the PIN comes from")
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise PINRequired(
                "pin-malformed", "the PIN is not text in UTF-8", hint="check where the PIN comes from"
            )
        self.__text = text

    def reveal(self) -> str:
        """Return the text; call it where the PIN is handed to the token, nowhere else."""
        return self.__text

    def __repr__(self) -> str:
        """Show that there is a PIN, and nothing of it, not even its length."""
        return "PIN(hidden)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied.

        Raises:
            TypeError: always.
        """
        raise TypeError("a PIN cannot be pickled or copied")

"""The root of every error this program raises on purpose.

A caller tells errors apart by class and `code`, never by text. Foreign
exceptions (lxml, cryptography, PKCS#11, the operating system) are translated
where they arise and never cross a public function.
"""

from typing import ClassVar, Final

from agent.exits import ExitStatus

_LONGEST_MESSAGE: Final = 1000
"""Characters: two long paths and a sentence."""


class IkiError(Exception):
    """Something the user has to know about, in one line, with the next step as a hint."""

    exit_status: ClassVar[ExitStatus] = ExitStatus.INTERNAL
    default_hint: ClassVar[str] = ""
    """The next step where whoever raised the error knew of none."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        """Keep `code` (stable, kebab-case), `message` (one line) and `hint` (one line, may be empty).

        What a stranger's server or file makes of a message is cut: a line is for a person to read.
        """
        if len(message) > _LONGEST_MESSAGE:
            message = f"{message[:_LONGEST_MESSAGE]}…"
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint or self.default_hint


class UsageError(IkiError):
    """The command line, a file named on it, or the configuration is wrong."""

    exit_status = ExitStatus.USAGE


class TokenError(IkiError):
    """The token, its PKCS#11 module, its PIN or a key on it."""

    exit_status = ExitStatus.TOKEN


class DocumentError(IkiError):
    """A document, certificate or CRL that is malformed or over a limit."""

    exit_status = ExitStatus.DOCUMENT
    default_hint = (
        "ask for the file again; if it is your own, save it anew in Excel or LibreOffice and sign that"
    )

    def __init__(self, code: str, message: str, *, hint: str = "", clause: str = "") -> None:
        """Keep also the `clause` that the document breaks, where it is known."""
        super().__init__(code, message, hint=hint)
        self.clause = clause


class AgentError(IkiError):
    """The daemon cannot be reached, is busy or stopping, or refuses whoever asks."""

    exit_status = ExitStatus.AGENT


class AuditError(IkiError):
    """The audit record could not be written or does not verify; without it nothing is signed."""

    exit_status = ExitStatus.USAGE

    def __init__(self, code: str, message: str, *, hint: str = "", in_doubt: bool = False) -> None:
        """Keep also whether it is `in_doubt` that the record was written: it may be there, or may not."""
        super().__init__(code, message, hint=hint)
        self.in_doubt = in_doubt

"""What can go wrong between a program and its token; the only exceptions this package lets out.

A caller tells them apart by class and by `code` (stable, kebab-case), never by text.
"""
# ruff: noqa: N818 - the names say what happened to whom; the root class carries the suffix

from enum import IntEnum


class Recovery(IntEnum):
    """Which way out there may be of an error: the rungs of a ladder that is climbed upwards only."""

    NONE = 0
    """Never try again: the same request would be refused again, or a PIN is at stake."""
    WAIT = 1
    """Others use what is missing: wait, and restart nothing."""
    FIND_KEY = 2
    """The session or the handle is lost: find the key again, in another session."""
    LOGIN = 3
    """All sessions are lost: open new ones and log in again."""
    REINITIALISE = 4
    """The module is lost: C_Finalize and C_Initialize."""
    REPLACE = 5
    """The process that holds the module is lost: start another."""


class HSMError(Exception):
    """Something about a module, a token, a PIN or a key that the user has to know, in one line."""

    def __init__(
        self, code: str, message: str, *, hint: str = "", recovery: Recovery = Recovery.NONE
    ) -> None:
        """Keep `code` (stable, kebab-case), `message` (one line), `hint` (one line, may be empty)."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.recovery = recovery


class ModuleUnavailable(HSMError):
    """The PKCS#11 module (the shared library) cannot be found, loaded or initialised."""


class TokenNotFound(HSMError):
    """No token matches; the message lists the tokens that are present."""


class TokenAmbiguous(HSMError):
    """More than one token matches; the message lists them."""


class TokenUnavailable(HSMError):
    """The token was there and is not usable now: removed, in error, busy, or its session is over."""


class PINRejected(HSMError):
    """The token refused the PIN. Nobody may send the same PIN again: tokens lock."""


class PINLocked(HSMError):
    """The user PIN is locked, or one wrong PIN would lock it; no PIN was sent."""


class PINRequired(HSMError):
    """The operation needs a login and there is no usable PIN for it."""


class KeyNotFound(HSMError):
    """No private key matches; the message lists the keys that are visible."""


class KeyAmbiguous(HSMError):
    """More than one private key matches; the message lists them."""


class CertificateNotFound(HSMError):
    """No certificate object matches; the message lists those that are visible."""


class CertificateAmbiguous(HSMError):
    """More than one certificate object matches; the message lists them."""


class MechanismMissing(HSMError):
    """The token does not offer the mechanism that the operation needs; the message names it."""


class URIError(HSMError):
    """A PKCS#11 URI (RFC 7512) that is malformed, forbidden, or meant for something else."""


class SigningFailed(HSMError):
    """The token did not make the signature, or made something that cannot be one."""


class ProvisioningRefused(HSMError):
    """A token, key or certificate object was not made, so that nothing existing is lost or shadowed."""

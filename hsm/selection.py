"""Exactly one: the choice of a token, key or certificate fails on none and on several."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from hsm.errors import HSMError, URIError
from hsm.uri import PKCS11URI
from hsm.values import TokenDescription

_MOST_SHOWN: Final = 8


class Named(Protocol):
    """Anything that has a label, an identifier and a URI of its own."""

    @property
    def label(self) -> str:
        """CKA_LABEL."""

    @property
    def id(self) -> bytes:
        """CKA_ID."""

    @property
    def uri(self) -> PKCS11URI:
        """The URI that names it."""


def matches_token(uri: PKCS11URI, token: TokenDescription) -> bool:
    """Tell whether every token attribute of the URI equals the token's (RFC 7512 section 2.5)."""
    pairs = (
        (uri.token, token.label),
        (uri.manufacturer, token.manufacturer),
        (uri.model, token.model),
        (uri.serial, token.serial),
        (uri.slot_id, token.slot_id),
        (uri.slot_description, token.slot_description),
        (uri.slot_manufacturer, token.slot_manufacturer),
        (uri.library_description, token.library_description),
        (uri.library_manufacturer, token.library_manufacturer),
        (_complete_version(uri.library_version), token.library_version),
    )
    return all(wanted is None or wanted == actual for wanted, actual in pairs)


def _complete_version(version: str | None) -> str | None:
    """Write both numbers: a minor one that is left out is 0 (RFC 7512 section 2.3)."""
    if version is None:
        return None
    major, _, minor = version.partition(".")
    return f"{int(major)}.{int(minor or '0')}"


def matches_module(uri: PKCS11URI, path: Path) -> bool:
    """Tell whether the URI's module attributes fit a shared library (`path` is without links).

    Neither may choose another module than the configured one (RFC 7512 section 4): they only have to fit.
    """
    if uri.module_path is not None and Path(uri.module_path).resolve() != path:
        return False
    stem = path.name.partition(".")[0]
    return uri.module_name in {None, path.name, stem, stem.removeprefix("lib")}


def matches_object(uri: PKCS11URI, candidate: Named) -> bool:
    """Tell whether the object's label and identifier are those of the URI."""
    label_fits = uri.object is None or uri.object == candidate.label
    return label_fits and (uri.id is None or uri.id == candidate.id)


def check_object_uri(uri: PKCS11URI, token: TokenDescription, object_type: str) -> None:
    """Check that a URI may name an object of this type on this token.

    Raises:
        URIError: `uri-type-mismatch` or `uri-other-token`.
    """
    if uri.type not in (None, object_type):
        raise URIError(
            "uri-type-mismatch",
            f"{uri} names an object of type {uri.type}, wanted is {object_type}",
            hint=f"write type={object_type} or leave type out",
        )
    if not matches_token(uri, token):
        raise URIError("uri-other-token", f"{uri} is not on {token.uri}", hint="`iki token list`")


def show(uris: Sequence[PKCS11URI]) -> str:
    """Write URIs in one line, at most a few of them; percent-encoding keeps control characters out."""
    if not uris:
        return "none"
    more = f" and {len(uris) - _MOST_SHOWN} more" if len(uris) > _MOST_SHOWN else ""
    return ", ".join(str(_shorten(uri)) for uri in uris[:_MOST_SHOWN]) + more


def _shorten(uri: PKCS11URI) -> PKCS11URI:
    """Leave the token out of an object's URI; in a list it is the same for all."""
    return uri if uri.type is None else PKCS11URI(object=uri.object, id=uri.id, type=uri.type)


def refuse_choice(
    found: int,
    what: str,
    uri: PKCS11URI,
    seen: Sequence[PKCS11URI],
    errors: tuple[type[HSMError], type[HSMError]],
) -> HSMError:
    """Build the error for a choice that is not exactly one, saying what was seen.

    `errors` are the classes for none and for several; the codes are `WHAT-not-found` and
    `WHAT-ambiguous`.
    """
    listing = f"`iki {'token' if what == 'token' else 'key'} list` shows what there is"
    if what == "token" and not seen:  # an HSM that is down shows no slot, and no error either
        listing = f"check that it is plugged in and the HSM is up; {listing}"
    if not found:
        message = f"no {what} matches {uri}; present: {show(seen)}"
        return errors[0](f"{what}-not-found", message, hint=listing)
    message = f"{found} {what}s match {uri}: {show(seen)}"
    return errors[1](f"{what}-ambiguous", message, hint=f"{listing}; add serial, object or id to the URI")

"""PKCS#11 URIs: the names of tokens, keys and certificates (RFC 7512)."""

import re
from dataclasses import dataclass, fields, replace
from typing import Final, Self
from urllib.parse import quote, unquote_to_bytes

from hsm.errors import URIError

OBJECT_TYPES: Final = frozenset({"cert", "data", "private", "public", "secret-key"})
"""The values of the `type` attribute (RFC 7512 section 2.3)."""

_FIELD_BY_ATTRIBUTE: Final = {
    "token": "token",
    "manufacturer": "manufacturer",
    "model": "model",
    "serial": "serial",
    "slot-id": "slot_id",
    "slot-description": "slot_description",
    "slot-manufacturer": "slot_manufacturer",
    "library-description": "library_description",
    "library-manufacturer": "library_manufacturer",
    "library-version": "library_version",
    "object": "object",
    "id": "id",
    "type": "type",
    "module-name": "module_name",
    "module-path": "module_path",
    "pin-source": "pin_source",
}
_NOT_OF_TOKEN: Final = frozenset({"object", "id", "type", "pin_source"})
_QUERY_ATTRIBUTES: Final = frozenset({"module-name", "module-path", "pin-source"})
# pk11-pchar and pk11-qchar of RFC 7512 section 2.3, without the separators ";" and "&", "=".
_PATH_VALUE: Final = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*")
_QUERY_VALUE: Final = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=/?|]|%[0-9A-Fa-f]{2})*")
_LIBRARY_VERSION: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3})?")
_SLOT_ID: Final = re.compile(r"[0-9]{1,20}")
_LARGEST_SLOT_ID: Final = 2**64 - 1  # CK_SLOT_ID is a CK_ULONG
_SCHEME: Final = "pkcs11:"
_LONGEST_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class PKCS11URI:
    """One PKCS#11 URI; an attribute that is None matches anything (RFC 7512 section 2.5).

    Raises:
        URIError: `uri-malformed`, when an attribute cannot be written in a URI.
    """

    token: str | None = None
    """CKA label of the token, without the padding."""
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    slot_id: int | None = None
    """Slot of this very process and moment; never keep it, SoftHSM renumbers."""
    object: str | None = None
    """CKA_LABEL."""
    id: bytes | None = None
    """CKA_ID."""
    type: str | None = None
    """One of `OBJECT_TYPES`."""
    slot_description: str | None = None
    slot_manufacturer: str | None = None
    library_description: str | None = None
    library_manufacturer: str | None = None
    library_version: str | None = None
    """`3.1`, or `3`, which means 3.0."""
    module_name: str | None = None
    """The shared library's file name, `lib` and what follows the first dot left out if one likes."""
    module_path: str | None = None
    """The shared library; a token lookup in another module refuses."""
    pin_source: str | None = None
    """Where a PIN may be found; nothing here reads it, whoever does must have allowed it."""

    def __post_init__(self) -> None:
        """Refuse values that have no spelling, so that `str()` never fails."""
        if self.type is not None and self.type not in OBJECT_TYPES:
            allowed = ", ".join(sorted(OBJECT_TYPES))
            raise _malformed(f"type is none of {allowed}")
        if self.slot_id is not None and not 0 <= self.slot_id <= _LARGEST_SLOT_ID:
            raise _malformed("slot-id is out of range")
        if self.library_version is not None and not _LIBRARY_VERSION.fullmatch(self.library_version):
            raise _malformed("library-version is not one or two decimal numbers")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise _malformed(f"{field.name} cannot be written in UTF-8")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URI, strictly: what is not understood is refused, not ignored.

        Raises:
            URIError: `uri-malformed`, `uri-attribute-unknown`, `uri-attribute-repeated`
                or `uri-pin-value-refused`.
        """
        if text[: len(_SCHEME)].lower() != _SCHEME:
            # The text is not shown: somebody may have put a PIN into it.
            raise _malformed(f"it does not start with {_SCHEME}")
        path, question_mark, query = text[len(_SCHEME) :].partition("?")
        values: dict[str, str | bytes | int] = {}
        if path:
            _collect(path.split(";"), values, in_query=False)
        if question_mark:
            _collect(query.split("&"), values, in_query=True)
        return cls(**values)  # type: ignore[arg-type]  # the values were made by field

    def for_token(self) -> "PKCS11URI":
        """Return the URI with the attributes of the token only, without object, id and type."""
        return replace(self, **dict.fromkeys(_NOT_OF_TOKEN))

    def __str__(self) -> str:
        """Write the URI in the normal form: everything but unreserved characters is percent-encoded."""
        written = {
            attribute: _write(value, in_query=attribute in _QUERY_ATTRIBUTES)
            for attribute, name in _FIELD_BY_ATTRIBUTE.items()
            if (value := getattr(self, name)) is not None
        }
        path = ";".join(f"{key}={value}" for key, value in written.items() if key not in _QUERY_ATTRIBUTES)
        query = "&".join(f"{key}={value}" for key, value in written.items() if key in _QUERY_ATTRIBUTES)
        return f"{_SCHEME}{path}?{query}" if query else f"{_SCHEME}{path}"


def _malformed(why: str) -> URIError:
    return URIError(
        "uri-malformed",
        f"not a PKCS#11 URI: {why}",
        hint="`iki token list` and `iki key list` print URIs ready to paste",
    )


def _write(value: str | bytes | int, *, in_query: bool) -> str:
    if isinstance(value, bytes):
        # RFC 7512 section 2.3: the whole value of `id` should be percent-encoded.
        return "".join(f"%{octet:02X}" for octet in value)
    return quote(str(value), safe="/:" if in_query else "")


def _collect(parts: list[str], values: dict[str, str | bytes | int], *, in_query: bool) -> None:
    for part in parts:
        attribute, equals, raw = part.partition("=")
        _refuse_pin(attribute)
        name = _FIELD_BY_ATTRIBUTE.get(attribute)
        if not equals or not attribute:
            raise _malformed("an attribute without a name or without =")
        if name is None or in_query is not (attribute in _QUERY_ATTRIBUTES):
            known = ", ".join(_FIELD_BY_ATTRIBUTE)
            raise URIError(
                "uri-attribute-unknown",
                f"PKCS#11 URI attribute {attribute[:_LONGEST_SHOWN]!r} is not supported here",
                hint=f"use {known} (the last three after ?)",
            )
        if name in values:
            raise URIError(
                "uri-attribute-repeated",
                f"PKCS#11 URI attribute {attribute} is given twice",
                hint="keep one of them (RFC 7512 section 2.3)",
            )
        values[name] = _read(attribute, raw, in_query=in_query)


def _refuse_pin(attribute: str) -> None:
    if attribute == "pin-value":
        raise URIError(
            "uri-pin-value-refused",
            "a PKCS#11 URI may not carry pin-value here",
            hint="name the PIN source with `pin` in the signer's configuration",
        )


def _read(attribute: str, raw: str, *, in_query: bool) -> str | bytes | int:
    if not (_QUERY_VALUE if in_query else _PATH_VALUE).fullmatch(raw):
        raise _malformed(f"the value of {attribute} holds a character to be written as %XX (a space is %20)")
    octets = unquote_to_bytes(raw)
    if attribute == "id":
        return octets
    try:
        text = octets.decode()
    except UnicodeDecodeError as exc:
        raise _malformed(f"the value of {attribute} is not UTF-8") from exc
    if attribute != "slot-id":
        return text
    if not _SLOT_ID.fullmatch(text):
        raise _malformed("slot-id is not a decimal number")
    return int(text)

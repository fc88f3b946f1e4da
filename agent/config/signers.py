"""Signers: who may sign, with which key on which token, and where its PIN comes from."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec

from agent.config.access import EVERYBODY, KeyAccess, build_access
from agent.config.paths import resolve_path
from agent.config.pin_sources import PINEnvironment, PINFile, PINProgram, PINPrompt, PINSource
from agent.config.raw import RawSigner, RawSubject
from agent.config.tables import convert_table, invalid, quoted
from agent.roles import Role

_SIGNER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ROLE_CODE = re.compile(r"[0-9A-Fa-f]{2}")
_EUI64 = re.compile(r"[0-9A-Fa-f]{2}(?:[-:]?[0-9A-Fa-f]{2}){7}")
_NAME_LENGTH = 64
"""Upper bound of organizationName and commonName in characters (RFC 5280 appendix A)."""
_PIN_HINT = 'write pin = "prompt", { env = "NAME" }, { file = "PATH" } or { program = ["PATH", "ARGUMENT"] }'


@dataclass(frozen=True, slots=True)
class SubjectSettings:
    """The subject that `iki csr` asks a certificate for."""

    organisation: str
    role_code: str
    """Remote Party Role Code: two upper-case hexadecimal digits, the OU."""
    common_name: str
    entity_identifier: bytes | None
    """EUI-64, eight octets, for x500UniqueIdentifier; None leaves it out."""


@dataclass(frozen=True, slots=True)
class SignerSettings:
    """One `[signers.NAME]`, what `--as NAME` means."""

    name: str
    role: Role
    token: str
    """PKCS#11 URI (RFC 7512) as written; only the service parses it, because only it speaks to tokens."""
    certificate: Path | None
    """The certificate's file; None when it is on the token."""
    pin: PINSource
    subject: SubjectSettings | None
    """What certification requests ask for, and what the signer's certificate must then say."""
    access: KeyAccess = EVERYBODY


class _RawEnvironment(msgspec.Struct, forbid_unknown_fields=True):
    env: str


class _RawFile(msgspec.Struct, forbid_unknown_fields=True):
    file: str


class _RawProgram(msgspec.Struct, forbid_unknown_fields=True):
    program: Annotated[list[str], msgspec.Meta(min_length=1)]


def build_signer(name: str, table: object, *, folder: Path, where: str) -> SignerSettings:
    """Build a signer from its raw table.

    Raises:
        UsageError: `configuration-invalid` naming the dotted key.

    """
    key = f"signers.{quoted(name)}"
    if not _SIGNER_NAME.fullmatch(name):
        raise invalid(where, key, "a signer's name is 1 to 64 letters, digits, dots, hyphens or underscores")
    raw = convert_table(table, RawSigner, where=where, key=key)
    _check_token(raw.token, where=where, key=f"{key}.token")
    on_token = raw.certificate == "token"
    return SignerSettings(
        name=name,
        role=raw.role,
        token=raw.token,
        certificate=None
        if on_token
        else resolve_path(raw.certificate, folder=folder, where=where, key=f"{key}.certificate"),
        pin=_build_pin_source(raw.pin, folder=folder, where=where, key=f"{key}.pin"),
        subject=_build_subject(raw.subject, where=where, key=f"{key}.subject"),
        access=build_access(raw.requesters, raw.quota_per_hour, raw.quota_per_day, where=where, key=key),
    )


def _check_token(token: str, *, where: str, key: str) -> None:
    """Refuse what is no PKCS#11 URI or carries a PIN; the text is never repeated, it may hold that PIN."""
    if "pin-value" in unquote(token).lower():
        raise invalid(
            where, key, "carries a pin-value; a PIN never stands in the configuration", hint=_PIN_HINT
        )
    if not token.startswith("pkcs11:"):
        raise invalid(
            where,
            key,
            "is not a PKCS#11 URI (RFC 7512)",
            hint="`iki token list` and `iki key list` print URIs ready to paste",
        )


def _build_pin_source(raw: Any, *, folder: Path, where: str, key: str) -> PINSource:
    """Build the source; no value is ever repeated in an error, because it may be somebody's PIN."""
    if raw == "prompt":
        return PINPrompt()
    if not isinstance(raw, dict) or len(raw) != 1:
        raise invalid(
            where, key, "names no source of a PIN, and the PIN itself never stands here", hint=_PIN_HINT
        )
    if "env" in raw:
        return _build_environment(convert_table(raw, _RawEnvironment, where=where, key=key), where, key)
    if "file" in raw:
        file = convert_table(raw, _RawFile, where=where, key=key).file
        return PINFile(resolve_path(file, folder=folder, where=where, key=f"{key}.file"))
    program = convert_table(raw, _RawProgram, where=where, key=key).program
    return _build_program(program, folder=folder, where=where, key=f"{key}.program")


def _build_environment(raw: _RawEnvironment, where: str, key: str) -> PINEnvironment:
    """Build the source that is an environment variable."""
    if not raw.env or "=" in raw.env or "\0" in raw.env:
        raise invalid(where, f"{key}.env", "is not the name of an environment variable", hint=_PIN_HINT)
    return PINEnvironment(raw.env)


def _build_program(arguments: list[str], *, folder: Path, where: str, key: str) -> PINProgram:
    """Build the source that is a program: a bare name is looked up on PATH, a path is the file's."""
    if any("\0" in argument for argument in arguments):
        raise invalid(where, key, "cannot be run: it contains a NUL")
    program = resolve_path(arguments[0], folder=folder, where=where, key=f"{key}[0]")
    bare = "/" not in arguments[0] and "\\" not in arguments[0]
    return PINProgram((arguments[0] if bare else str(program), *arguments[1:]))


def _build_subject(table: object, *, where: str, key: str) -> SubjectSettings | None:
    """Build the subject of certification requests (shape of IKI client certificates: O, OU, CN, EUI-64)."""
    if table is None:
        return None
    raw = convert_table(table, RawSubject, where=where, key=key)
    for attribute, text in (("organisation", raw.organisation), ("common_name", raw.common_name)):
        if not text.strip() or len(text) > _NAME_LENGTH or not text.isprintable():
            raise invalid(where, f"{key}.{attribute}", f"expected 1 to {_NAME_LENGTH} printable characters")
    if not _ROLE_CODE.fullmatch(raw.role_code):
        raise invalid(where, f"{key}.role_code", 'expected two hexadecimal digits, as in "02"')
    identifier = raw.entity_identifier
    if identifier is not None and not _EUI64.fullmatch(identifier):
        raise invalid(where, f"{key}.entity_identifier", "expected an EUI-64: 16 hexadecimal digits")
    return SubjectSettings(
        organisation=raw.organisation,
        role_code=raw.role_code.upper(),
        common_name=raw.common_name,
        entity_identifier=None
        if identifier is None
        else bytes.fromhex(identifier.replace("-", "").replace(":", "")),
    )

"""`pin = …` of a signer, as it is written; no value is repeated in an error, it may be somebody's PIN."""

import re
from pathlib import Path
from typing import Annotated, Any

import msgspec

from agent.config.paths import resolve_path
from agent.config.pin_sources import (
    PINCredential,
    PINDescriptor,
    PINEntry,
    PINEnvironment,
    PINFile,
    PINKeyring,
    PINPad,
    PINProgram,
    PINPrompt,
    PINSource,
)
from agent.config.tables import convert_table, invalid

PIN_HINT = (
    'write pin = "prompt" or "pad", or a table with one of env, file, program, pinentry, fd, credential, '
    "or keyring with user; see config/iki.example.toml"
)
_ON_COMMAND_LINE = ("env", "file", "program", "pinentry", "fd", "credential")
_WORDS = "write prompt, env:NAME, file:PATH, fd:N, credential:NAME, pinentry:PROGRAM or program:PATH"
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.@:-]{1,255}")
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class _Raw(msgspec.Struct, forbid_unknown_fields=True):
    """All the tables that there are; which one it is, its first key says."""

    env: str | None = None
    file: str | None = None
    program: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    pinentry: str | None = None
    fd: Annotated[int, msgspec.Meta(ge=0, le=2**20)] | None = None
    credential: str | None = None
    keyring: _Text | None = None
    user: _Text | None = None


def build_pin_source(raw: Any, *, folder: Path, where: str, key: str) -> PINSource:
    """Build the source that `pin` names; paths are relative to `folder`.

    Raises:
        UsageError: `configuration-invalid`, naming the key and never the value.

    """
    if raw == "prompt":
        return PINPrompt()
    if raw == "pad":
        return PINPad()
    if not isinstance(raw, dict) or not _is_one_source(raw):
        raise invalid(
            where, key, "names no source of a PIN, and the PIN itself never stands here", hint=PIN_HINT
        )
    table = convert_table(raw, _Raw, where=where, key=key)
    if table.env is not None:
        return _build_environment(table.env, where, key)
    if table.file is not None:
        return PINFile(resolve_path(table.file, folder=folder, where=where, key=f"{key}.file"))
    if table.program is not None:
        return PINProgram(_build_command(table.program, folder=folder, where=where, key=f"{key}.program"))
    if table.pinentry is not None:
        return PINEntry(
            _build_command([table.pinentry], folder=folder, where=where, key=f"{key}.pinentry")[0]
        )
    if table.fd is not None:
        return PINDescriptor(table.fd)
    if table.credential is not None:
        return _build_credential(table.credential, where, key)
    return PINKeyring(table.keyring or "", table.user or "")


def parse_pin_source(text: str, *, folder: Path, where: str) -> PINSource:
    """Parse a source as a command line names it: `prompt`, or `KIND:VALUE`, as in `file:so.pin`.

    Raises:
        UsageError: `configuration-invalid`, never with the text: somebody may have put a PIN there.

    """
    kind, colon, value = text.partition(":")
    if text == "prompt":
        return PINPrompt()
    if not colon or kind not in _ON_COMMAND_LINE or not value:
        raise invalid(
            where, "", "names no source of a PIN, and the PIN itself never stands here", hint=_WORDS
        )
    raw: Any = [value] if kind == "program" else value
    if kind == "fd":
        if not (value.isascii() and value.isdecimal()):
            raise invalid(where, "", "fd: is followed by the number of a descriptor", hint=_WORDS)
        raw = int(value[:9])
    return build_pin_source({kind: raw}, folder=folder, where=where, key="")


def _is_one_source(raw: dict[str, Any]) -> bool:
    """Tell whether a table names one source; a keyring's entry takes two keys."""
    return set(raw) == {"keyring", "user"} if "keyring" in raw else len(raw) == 1 and "user" not in raw


def _build_environment(name: str, where: str, key: str) -> PINEnvironment:
    if not name or "=" in name or "\0" in name:
        raise invalid(where, f"{key}.env", "is not the name of an environment variable", hint=PIN_HINT)
    return PINEnvironment(name)


def _build_credential(name: str, where: str, key: str) -> PINCredential:
    """Build the source that is a systemd credential: a name, never a way out of their folder."""
    if not _CREDENTIAL.fullmatch(name) or name in {".", ".."}:
        raise invalid(where, f"{key}.credential", "is not the name of a systemd credential", hint=PIN_HINT)
    return PINCredential(name)


def _build_command(arguments: list[str], *, folder: Path, where: str, key: str) -> tuple[str, ...]:
    """Build a command: a bare name is looked up on PATH, a path is relative to the file."""
    if any("\0" in argument for argument in arguments):
        raise invalid(where, key, "cannot be run: it contains a NUL")
    program = resolve_path(arguments[0], folder=folder, where=where, key=f"{key}[0]")
    bare = "/" not in arguments[0] and "\\" not in arguments[0]
    return (arguments[0] if bare else str(program), *arguments[1:])

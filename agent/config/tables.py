"""From TOML bytes to typed tables, strictly: what is not understood is an error with its dotted key."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from agent.errors import UsageError

_T = TypeVar("_T")
_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(?P<key>.*)`")
_MISSING_KEY = re.compile(r"Object missing required field `(?P<key>.*)`")
_PLACE = re.compile(r"(?P<problem>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_OBJECT_IDENTIFIER = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,38})){1,63}")
_TOML_WORDS = {"`object`": "a table", "`array`": "a list", "`str`": "text", "`int`": "a whole number"}


def invalid(where: str, key: str, problem: str, *, hint: str = "") -> UsageError:
    """Build the error for one wrong setting; `key` is dotted, and empty for the file as a whole."""
    place = f"{where}: {key}" if key else where
    return UsageError(
        "configuration-invalid",
        f"{place}: {problem}",
        hint=hint or "correct it; iki.example.toml and policy.example.toml explain every key",
    )


def parse_table(data: bytes, *, where: str) -> dict[str, Any]:
    """Parse TOML 1.0 into its root table.

    Raises:
        UsageError: `configuration-invalid` when the bytes are not UTF-8 or not TOML, or repeat a key.

    """
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise invalid(where, "", f"not UTF-8 text (byte {error.start})") from error
    except ValueError as error:
        # TOMLDecodeError is a ValueError, and so is an integer of more digits than Python converts.
        raise invalid(where, "", f"not TOML: {_one_line(error)}") from error
    except RecursionError as error:
        raise invalid(where, "", "not TOML that can be read: nested too deeply") from error


def convert_table(table: object, kind: type[_T], *, where: str, key: str) -> _T:
    """Convert a parsed table to the raw structure `kind`; unknown keys are refused.

    Args:
        table: what `parse_table` made of it.
        kind: a msgspec structure with `forbid_unknown_fields`.
        where: the file, for the error.
        key: the dotted key of this table, empty for the root.

    Raises:
        UsageError: `configuration-invalid` naming the dotted key that is unknown, missing or of a wrong type.

    """
    try:
        return msgspec.convert(table, kind, strict=True)
    except msgspec.ValidationError as error:
        place, problem = _describe(str(error), key)
        raise invalid(where, place, problem) from error


def convert_values(table: dict[str, Any], kind: type[_T], *, where: str, key: str) -> dict[str, _T]:
    """Convert every value of a table whose keys are free, so that an error names the key and not `[...]`.

    Raises:
        UsageError: `configuration-invalid` naming the dotted key.

    """
    return {
        name: convert_table(value, kind, where=where, key=f"{key}.{quoted(name)}")
        for name, value in table.items()
    }


def check_distinct(values: Sequence[object], *, where: str, key: str) -> None:
    """Refuse a list that says one thing twice.

    Raises:
        UsageError: `configuration-invalid`.

    """
    for position, value in enumerate(values):
        if value in values[:position]:
            raise invalid(where, f"{key}[{position}]", "is there twice")


def quoted(key: str) -> str:
    """Write one key as TOML would: bare if it can be, else quoted and on one line."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else msgspec.json.encode(key).decode()


def is_object_identifier(text: str) -> bool:
    """Tell whether the text is an OID (X.660: first arc 0 to 2, second below 40 under 0 and 1)."""
    if not _OBJECT_IDENTIFIER.fullmatch(text):
        return False
    first, second = text.split(".")[:2]
    return first == "2" or int(second) < 40  # noqa: PLR2004 - X.660's own number


def _describe(text: str, prefix: str) -> tuple[str, str]:
    """Split msgspec's sentence into a dotted key and a problem in TOML's words."""
    match = _PLACE.fullmatch(text)
    problem, path = (match["problem"], match["path"] or "") if match else (text, "")
    place = (prefix + path).removeprefix(".")
    for pattern, words in ((_UNKNOWN_KEY, "unknown key"), (_MISSING_KEY, "is missing")):
        named = pattern.fullmatch(problem)
        if named:
            return f"{place}.{quoted(named['key'])}".removeprefix("."), words
    for foreign, ours in _TOML_WORDS.items():
        problem = problem.replace(foreign, ours)
    return place, problem[:1].lower() + problem[1:]


def _one_line(error: Exception) -> str:
    """Write a foreign message on one line."""
    return " ".join(str(error).split())

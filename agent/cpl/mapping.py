"""Which columns of which sheet hold the entry's fields: configuration, since forms differ."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final, NoReturn

import msgspec

from agent.cpl.fields import FieldKind, FormField, allowed_kinds
from agent.dataclass import dataclass
from agent.errors import UsageError

_BUILT_IN: Final = "cpl-form.toml"
_MARKS: Final = ":*"
"""What forms put behind a heading: before a value, and where one must be."""
_SPACE: Final = re.compile(r"\s+")
_DETAIL: Final = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_NAMED: Final = re.compile(r"(?:unknown|missing required) field `(?P<key>[^`]*)`")

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _RawMapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=1)]
    required: Annotated[list[str], msgspec.Meta(min_length=1)]
    fields: Annotated[dict[str, object], msgspec.Meta(min_length=1)]
    types: dict[str, object] = {}
    sheets: list[_Text] = msgspec.field(default_factory=list)
    header_rows: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 30


@dataclass(frozen=True, slots=True)
class FormMapping:
    """How to recognise a submission form and read its entries."""

    sheets: tuple[str, ...]
    """Names of sheets to look at first."""
    header_rows: int
    """Rows, from the top of a sheet, that are searched for headers."""
    required: frozenset[FormField]
    """A row with all of these headers is a header row."""
    headers: Mapping[str, FormField]
    """Normalised header text to field."""
    kinds: Mapping[FormField, FieldKind]
    """What the cells of each field hold; of every field that has headers."""

    def find_field(self, header: str) -> FormField | None:
        """Say which field a header text names, or None; a colon or asterisk at its end does not matter."""
        text = normalise_text(header)
        return self.headers.get(text) or self.headers.get(text.rstrip(_MARKS))

    def prefers_sheet(self, name: str) -> bool:
        """Say whether the sheet's name is one of those to look at first."""
        return normalise_text(name) in {normalise_text(sheet) for sheet in self.sheets}


def normalise_text(text: str) -> str:
    """Write a header so that case, white space and width of its characters do not matter (NFKC)."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


@cache
def default_mapping() -> FormMapping:
    """Load the mapping that comes with the program: the form that `iki cpl new` makes."""
    return _load(built_in_mapping(), _BUILT_IN, {})


def built_in_mapping() -> bytes:
    """Read config/cpl-form.toml: beside this module in a wheel, in its own place in a working tree."""
    here = Path(__file__)
    packaged = here.with_name(_BUILT_IN)
    return (packaged if packaged.is_file() else here.parents[2] / "config" / _BUILT_IN).read_bytes()


def load_mapping(data: bytes, *, where: str) -> FormMapping:
    """Load a mapping from TOML; `where` names it in errors.

    Raises:
        UsageError: `form-mapping-invalid`, naming the dotted key.

    """
    return _load(data, where, default_mapping().kinds)


def _load(data: bytes, where: str, kinds: Mapping[FormField, FieldKind]) -> FormMapping:
    """Load a mapping; `kinds` is what cells hold of which the file does not say it."""
    raw = _decode(data, where)
    fields = {_find_field(name, f"fields.{name}", where): name for name in raw.fields}
    headers: dict[str, FormField] = {}
    for field, name in fields.items():
        key = f"fields.{name}"
        for header in _decode_texts(raw.fields[name], key, where):
            if headers.setdefault(_normalised(header, key, where), field) is not field:
                _refuse(where, key, f"the header {header!r} already names {headers[normalise_text(header)]}")
    required = [_find_field(name, "required", where) for name in raw.required]
    _check_distinct(required, "required", where)
    _check_distinct([_normalised(name, "sheets", where) for name in raw.sheets], "sheets", where)
    for field in required:
        if field not in fields:
            _refuse(where, "required", f"{field} has no headers in [fields]")
    known = {**kinds, **_load_kinds(raw.types, where)}
    of_fields = {field: known[field] for field in fields}
    return FormMapping(tuple(raw.sheets), raw.header_rows, frozenset(required), headers, of_fields)


def _load_kinds(types: Mapping[str, object], where: str) -> dict[FormField, FieldKind]:
    kinds: dict[FormField, FieldKind] = {}
    for name, value in types.items():
        key = f"types.{name}"
        field = _find_field(name, key, where)
        allowed = sorted(allowed_kinds(field))
        if value not in allowed:
            _refuse(where, key, f"{str(value)[:40]!r} is not what it may hold: {', '.join(allowed)}")
        kinds[field] = FieldKind(str(value))
    return kinds


def _decode(data: bytes, where: str) -> _RawMapping:
    try:
        return msgspec.toml.decode(data, type=_RawMapping)
    except msgspec.ValidationError as error:
        _refuse_detail(where, "", str(error), error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _refuse(where, "(file)", f"not TOML: {error}", error)


def _decode_texts(value: object, key: str, where: str) -> list[str]:
    try:
        texts: list[str] = msgspec.convert(value, Annotated[list[_Text], msgspec.Meta(min_length=1)])
    except msgspec.ValidationError as error:
        _refuse_detail(where, key, str(error), error)
    _check_distinct([_normalised(text, key, where) for text in texts], key, where)
    return texts


def _find_field(name: str, key: str, where: str) -> FormField:
    try:
        return FormField(name)
    except ValueError as error:
        _refuse(where, key, f"{name!r} is not a field; the fields are {', '.join(FormField)}", error)


def _normalised(text: str, key: str, where: str) -> str:
    normal = normalise_text(text)
    if not normal:
        _refuse(where, key, "an empty text")
    return normal


def _check_distinct(values: Iterable[str], key: str, where: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            _refuse(where, key, f"{value!r} stands there twice")
        seen.add(value)


def _refuse_detail(where: str, prefix: str, detail: str, cause: Exception) -> NoReturn:
    # msgspec says which key only in its message: "... - at `$.fields`", "... unknown field `x` ...".
    match = _DETAIL.fullmatch(detail)
    what, path = (match["what"], match["path"] or "") if match else (detail, "")
    named = _NAMED.search(what)
    parts = [prefix, path.removeprefix("."), named["key"] if named else ""]
    key = ".".join(part for part in parts if part).replace(".[", "[")
    _refuse(where, key or "(file)", what[:1].lower() + what[1:], cause)


def _refuse(where: str, key: str, what: str, cause: Exception | None = None) -> NoReturn:
    raise UsageError(
        "form-mapping-invalid",
        f"{where}: {key}: {' '.join(what.split())}",
        hint="compare it with the mapping that comes with the program, config/cpl-form.toml",
    ) from cause

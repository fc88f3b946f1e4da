"""The party register: who may be manufacturer, supplier or DCC, by the attributes of their certificates.

A party is known by its organisation (O) and, as far as the register says them,
by its Remote Party Role Code (OU), its EUI-64 (x500UniqueIdentifier) and its
certificates themselves (pinned by SHA-256).
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec

from agent.config.tables import check_distinct, convert_table, invalid, parse_table, quoted
from agent.dataclass import dataclass
from agent.roles import Role

_ROLE_CODE = re.compile(r"[0-9A-F]{2}")
_EUI64 = re.compile(r"[0-9A-F]{16}")
_SHA256 = re.compile(r"[0-9A-F]{64}")
_SEPARATORS = str.maketrans("", "", "-: ")
_Filled = Annotated[list[str], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Party:
    """One party; None means that the register does not restrict the attribute."""

    name: str
    """Its name in the register, for messages."""
    organisation: str
    """O, compared without case and repeated white space (RFC 5280 clause 7.1)."""
    roles: frozenset[Role]
    role_codes: frozenset[str] | None
    """OU: two upper-case hexadecimal digits each."""
    entity_identifiers: frozenset[str] | None
    """EUI-64: 16 upper-case hexadecimal digits each."""
    certificates: frozenset[str] | None
    """SHA-256 of the DER of each certificate that may be used: 64 lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class PartyRegister:
    """Everybody who may sign or countersign."""

    where: str
    """The file, for messages and reports."""
    sha256: str
    """SHA-256 of the file's bytes in lower-case hex, for the audit record."""
    parties: tuple[Party, ...]


class _RawParty(msgspec.Struct, forbid_unknown_fields=True):
    organisation: str
    roles: Annotated[list[Role], msgspec.Meta(min_length=1)]
    role_codes: _Filled | None = None
    entity_identifiers: _Filled | None = None
    certificates: _Filled | None = None


class _RawRegister(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=1)]
    parties: Annotated[dict[str, Any], msgspec.Meta(min_length=1)]


def parse_parties(data: bytes, *, where: str) -> PartyRegister:
    """Parse a party register (TOML 1.0).

    Raises:
        UsageError: `configuration-invalid` naming the file and the dotted key.

    """
    raw = convert_table(parse_table(data, where=where), _RawRegister, where=where, key="")
    parties = tuple(_build_party(name, table, where) for name, table in raw.parties.items())
    return PartyRegister(where, hashlib.sha256(data).hexdigest(), parties)


def comparable_name(name: str) -> str:
    """Write an organisation's name so that case, width and white space do not matter (RFC 5280 7.1)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def _build_party(name: str, table: object, where: str) -> Party:
    key = f"parties.{quoted(name)}"
    raw = convert_table(table, _RawParty, where=where, key=key)
    if not raw.organisation.strip() or not raw.organisation.isprintable():
        raise invalid(where, f"{key}.organisation", "expected the O of the party's certificates")
    check_distinct(raw.roles, where=where, key=f"{key}.roles")
    certificates = _build_set(raw.certificates, _SHA256.fullmatch, f"{key}.certificates", where)
    return Party(
        name=name,
        organisation=raw.organisation,
        roles=frozenset(raw.roles),
        role_codes=_build_set(raw.role_codes, _ROLE_CODE.fullmatch, f"{key}.role_codes", where),
        entity_identifiers=_build_set(
            raw.entity_identifiers, _EUI64.fullmatch, f"{key}.entity_identifiers", where
        ),
        certificates=None if certificates is None else frozenset(map(str.lower, certificates)),
    )


def _build_set(
    texts: Sequence[str] | None, accepted: Callable[[str], object], key: str, where: str
) -> frozenset[str] | None:
    """Build a set of hexadecimal values; `-`, `:` and spaces between digits are allowed."""
    if texts is None:
        return None
    values = [text.translate(_SEPARATORS).upper() for text in texts]
    for position, value in enumerate(values):
        if not accepted(value):
            digits = {"role_codes": 2, "entity_identifiers": 16}.get(key.rpartition(".")[2], 64)
            raise invalid(where, f"{key}[{position}]", f"expected {digits} hexadecimal digits")
    check_distinct(values, where=where, key=key)
    return frozenset(values)

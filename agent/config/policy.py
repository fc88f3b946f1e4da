"""The policy file: how severe each rule and content lint is, and the numbers that rules compare with.

Which rules and lints exist, and which rules may be lowered, is known to the policy
engine; here each is only a code.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from agent.config.parties import PartyRegister
from agent.config.tables import (
    check_distinct,
    convert_table,
    convert_values,
    invalid,
    is_object_identifier,
    parse_table,
    quoted,
)
from agent.dataclass import dataclass
from agent.findings import Level
from agent.roles import Role

_RULE_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ROLE_CODE = re.compile(r"[0-9A-Fa-f]{2}")
_CURVES = ("ec-p256", "ec-p384", "ec-p521")
_Days = Annotated[int, msgspec.Meta(ge=0, le=3660)]
_Hours = Annotated[int, msgspec.Meta(ge=0, le=8784)]
_RSABits = Annotated[int, msgspec.Meta(ge=2048, le=16384)]


class FirmwareCoding(StrEnum):
    """How firmware versions are written."""

    BCD = "bcd"
    """Binary coded decimal: decimal digits alone."""
    HEX = "hex"
    """Hexadecimal."""
    EITHER = "either"
    """One of the two, the same in all entries of a submission."""


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What the operator decided about policy; the built-in default is that of an empty file."""

    where: str
    """The file, or a name for the built-in policy; for messages and reports."""
    sha256: str
    """SHA-256 of the file's bytes in lower-case hex, for the audit record."""
    levels: Mapping[str, Level]
    """Rule code to level, only for rules that are not left at their own level."""
    crl_grace: timedelta
    """How long after nextUpdate a CRL may still answer."""
    crl_maximum_age: timedelta
    """How long after thisUpdate a CRL without nextUpdate may answer."""
    expiry_warning: timedelta
    """Remaining life of a certificate from which on its expiry is announced."""
    minimum_remaining: timedelta
    """Remaining life of a certificate below which its key is refused."""
    minimum_rsa_bits: int
    """Modulus length in bits; never below 2048."""
    curves: tuple[str, ...]
    """Allowed EC curves, named as kinds of key (`ec-p256`)."""
    roles: Mapping[Role, frozenset[str]]
    """Role to the OU role codes (two upper-case hex digits) it may have; a role left out is not checked."""
    required_policies: tuple[str, ...]
    """Certificate policies (dotted OIDs) that a certification path must carry."""
    required_extended_key_usages: tuple[str, ...]
    """Purposes (dotted OIDs) of which a signer's certificate must name at least one; empty asks for none."""
    lint_at_sign: Mapping[str, Level]
    """Code of a content lint to its level when a key is to sign; only those that are named."""
    lint_at_verify: Mapping[str, Level]
    """The same at verification."""
    assurance_horizon: timedelta
    """Remaining life of an assurance certificate below which its end is announced."""
    firmware_coding: FirmwareCoding
    """How firmware versions are written in a submission."""
    form_at_verify: Level
    """The most that a finding about what the form says weighs at verification."""
    parties: PartyRegister | None = None
    """The party register, a file of its own; None when there is none."""


class _RawLint(msgspec.Struct, forbid_unknown_fields=True):
    sign: dict[str, Any] = {}
    verify: dict[str, Any] = {}


class _RawPolicy(msgspec.Struct, forbid_unknown_fields=True):
    levels: dict[str, Any] = {}
    lint: _RawLint = msgspec.field(default_factory=_RawLint)
    crl_grace_hours: _Hours = 0
    crl_maximum_age_days: _Days = 7
    expiry_warning_days: _Days = 30
    minimum_remaining_days: _Days = 0
    minimum_rsa_bits: _RSABits = 2048
    curves: list[str] = msgspec.field(default_factory=lambda: list(_CURVES))
    roles: dict[str, Any] = {}
    required_policies: list[str] = []
    required_extended_key_usages: list[str] = []
    assurance_horizon_days: _Days = 90
    firmware_coding: FirmwareCoding = FirmwareCoding.EITHER
    form_at_verification: Level = Level.WARN


def parse_policy(data: bytes, *, where: str) -> PolicySettings:
    """Parse a policy file (TOML 1.0); an empty one is the built-in policy.

    Raises:
        UsageError: `configuration-invalid` naming the file and the dotted key.

    """
    raw = convert_table(parse_table(data, where=where), _RawPolicy, where=where, key="")
    _check_items(
        raw.curves, lambda curve: curve in _CURVES, "curves", f"expected {', '.join(_CURVES)}", where
    )
    if not raw.curves:
        raise invalid(where, "curves", "is empty; at least one curve is needed")
    for key in ("required_policies", "required_extended_key_usages"):
        oid = "expected a dotted object identifier"
        _check_items(getattr(raw, key), is_object_identifier, key, oid, where)
    return PolicySettings(
        where=where,
        sha256=hashlib.sha256(data).hexdigest(),
        levels=_build_levels(raw.levels, where=where, key="levels"),
        lint_at_sign=_build_levels(raw.lint.sign, where=where, key="lint.sign"),
        lint_at_verify=_build_levels(raw.lint.verify, where=where, key="lint.verify"),
        crl_grace=timedelta(hours=raw.crl_grace_hours),
        crl_maximum_age=timedelta(days=raw.crl_maximum_age_days),
        expiry_warning=timedelta(days=raw.expiry_warning_days),
        minimum_remaining=timedelta(days=raw.minimum_remaining_days),
        minimum_rsa_bits=raw.minimum_rsa_bits,
        curves=tuple(raw.curves),
        roles=_build_roles(raw.roles, where=where),
        required_policies=tuple(raw.required_policies),
        required_extended_key_usages=tuple(raw.required_extended_key_usages),
        assurance_horizon=timedelta(days=raw.assurance_horizon_days),
        firmware_coding=raw.firmware_coding,
        form_at_verify=raw.form_at_verification,
    )


def _build_levels(raw: dict[str, Any], *, where: str, key: str) -> Mapping[str, Level]:
    for code in raw:
        if not _RULE_CODE.fullmatch(code):
            raise invalid(where, f"{key}.{quoted(code)}", "is not the code of a rule or lint")
    return MappingProxyType(convert_values(raw, Level, where=where, key=key))


def default_policy() -> PolicySettings:
    """Build the built-in policy, that of an empty file (its SHA-256 is that of no bytes)."""
    return parse_policy(b"", where="built-in policy")


def _build_roles(raw: dict[str, Any], *, where: str) -> Mapping[Role, frozenset[str]]:
    """Build the allowed role codes; an empty list would lock a role out by accident, so it is an error."""
    roles: dict[Role, frozenset[str]] = {}
    for name, codes in convert_values(raw, list[str], where=where, key="roles").items():
        key = f"roles.{quoted(name)}"
        if name not in tuple(Role):
            raise invalid(where, key, f"unknown role; expected {', '.join(Role)}")
        if not codes:
            raise invalid(where, key, "is empty; leave the role out if it is not to be checked")
        upper = [code.upper() for code in codes]
        expected = 'expected two hexadecimal digits, as in "02"'
        _check_items(upper, lambda code: bool(_ROLE_CODE.fullmatch(code)), key, expected, where)
        roles[Role(name)] = frozenset(upper)
    return MappingProxyType(roles)


def _check_items(
    items: Sequence[str], accepted: Callable[[str], bool], key: str, expected: str, where: str
) -> None:
    """Refuse a list with an item that is not accepted, or is there twice."""
    for position, item in enumerate(items):
        if not accepted(item):
            raise invalid(where, f"{key}[{position}]", expected)
    check_distinct(items, where=where, key=key)

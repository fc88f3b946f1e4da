"""Signers: who may sign, with which key on which token, and where its PIN comes from."""

import math
import re
from pathlib import Path
from typing import Literal

from agent.config.access import EVERYBODY, KeyAccess, build_access
from agent.config.paths import resolve_path
from agent.config.pin_sources import PINSource
from agent.config.pin_tables import build_pin_source
from agent.config.quotas import Quotas
from agent.config.raw import RawSigner, RawSubject
from agent.config.tables import convert_table, invalid, quoted
from agent.config.token_uris import check_token_uri
from agent.dataclass import dataclass
from agent.roles import Role

_SIGNER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ROLE_CODE = re.compile(r"[0-9A-Fa-f]{2}")
_EUI64 = re.compile(r"[0-9A-Fa-f]{2}(?:[-:]?[0-9A-Fa-f]{2}){7}")
_PIN_CACHE = {"never": 0, "session": math.inf}
_NAME_LENGTH = 64
"""Upper bound of organizationName and commonName in characters (RFC 5280 appendix A)."""


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
    pin_cache: float = 0
    """Seconds for which a PIN stands for further signatures of an always-authenticate key; 0: it is asked for
    each time; infinity: for as long as the login lasts."""
    rsa_padding: Literal["pkcs1-v1_5", "pss"] = "pkcs1-v1_5"
    """How an RSA key signs a detached CMS where its certificate leaves the choice."""


def build_signer(name: str, table: object, *, folder: Path, where: str) -> SignerSettings:
    """Build a signer from its raw table.

    Raises:
        UsageError: `configuration-invalid` naming the dotted key.

    """
    key = f"signers.{quoted(name)}"
    if not _SIGNER_NAME.fullmatch(name):
        raise invalid(where, key, "a signer's name is 1 to 64 letters, digits, dots, hyphens or underscores")
    raw = convert_table(table, RawSigner, where=where, key=key)
    check_token_uri(raw.token, where=where, key=f"{key}.token")
    quotas = Quotas(raw.quota_per_minute, raw.quota_per_hour, raw.quota_per_day)
    on_token = raw.certificate == "token"
    return SignerSettings(
        name=name,
        role=raw.role,
        token=raw.token,
        certificate=None
        if on_token
        else resolve_path(raw.certificate, folder=folder, where=where, key=f"{key}.certificate"),
        pin=build_pin_source(raw.pin, folder=folder, where=where, key=f"{key}.pin"),
        subject=_build_subject(raw.subject, where=where, key=f"{key}.subject"),
        access=build_access(raw.requesters, quotas, raw.raw_digest_requesters, where=where, key=key),
        pin_cache=_PIN_CACHE[raw.pin_cache] if isinstance(raw.pin_cache, str) else raw.pin_cache,
        rsa_padding=raw.rsa_padding,
    )


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

"""The configuration: one frozen, validated value, read once and handed to every service.

Pure: bytes and a path in, a value out. Whether the files named exist is found
out by whoever reads them, at the time it matters.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from agent.config.agent import AgentSettings, build_agent_settings
from agent.config.crl import CRLSettings, build_crl_settings, split_sources
from agent.config.limits import DocumentLimits
from agent.config.paths import resolve_path, resolve_paths
from agent.config.quotas import QuotaSettings, build_quota_settings
from agent.config.raw import RawConfiguration, RawModule, RawProfile, RawTimestamp, RawTrust
from agent.config.signers import SignerSettings, build_signer
from agent.config.state import AuditSettings, build_audit_settings
from agent.config.tables import convert_table, convert_values, invalid, parse_table, quoted
from agent.config.timestamp import TimestampSettings, build_timestamp_settings
from agent.config.token_profile import DEFAULT_PROFILE, TokenProfile
from agent.dataclass import dataclass
from agent.errors import UsageError


@dataclass(frozen=True, slots=True)
class ModuleSettings:
    """`[module]`: the PKCS#11 module and what it must find in its environment."""

    path: Path | None
    """The shared library; None means the SoftHSM found on this machine."""
    environment: Mapping[str, str]
    """Variables to set before the module is loaded; `environment_paths` are in here as absolute paths."""
    pin_ledger: Path | None = None
    """The folder of the PIN ledger; None means the user's state folder, which only the service knows."""
    profile: TokenProfile = DEFAULT_PROFILE
    reserved: str = ""
    """What C_Initialize gets as pReserved: a text of the vendor's own; empty for nothing."""


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """`[trust]`: files or folders, absolute, and URLs of CRLs, in the order written."""

    anchors: tuple[Path, ...]
    intermediates: tuple[Path, ...]
    crls: tuple[Path, ...]
    crl_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything an operator decides, but the policy file's contents."""

    path: Path
    """The file this was read from, absolute."""
    sha256: str
    """SHA-256 of the file's bytes in lower-case hex, for the audit record."""
    module: ModuleSettings
    signers: Mapping[str, SignerSettings]
    """By name, in the order written; may be empty: verifying needs no signer."""
    trust: TrustSettings
    policy_file: Path | None
    """None means the built-in policy."""
    parties_file: Path | None
    """None means that there is no party register: roles come from the role code alone."""
    audit: AuditSettings
    quotas: QuotaSettings
    form_mapping: Path | None
    """None means the built-in mapping of form columns."""
    limits: DocumentLimits
    crl: CRLSettings
    timestamp: TimestampSettings
    agent: AgentSettings

    @property
    def crl_files(self) -> tuple[Path, ...]:
        """Files and folders of CRLs: of signers' certificates, then of TSAs'; each once."""
        return tuple(dict.fromkeys((*self.trust.crls, *self.timestamp.crls)))

    @property
    def crl_urls(self) -> tuple[str, ...]:
        """URLs of CRLs, likewise."""
        return tuple(dict.fromkeys((*self.trust.crl_urls, *self.timestamp.crl_urls)))

    def find_signer(self, name: str) -> SignerSettings:
        """Find the signer that `--as NAME` means.

        Raises:
            UsageError: `signer-unknown`.

        """
        if name in self.signers:
            return self.signers[name]
        known = ", ".join(self.signers) or "none"
        raise UsageError(
            "signer-unknown",
            f"{self.path}: there is no signer {name!r}",
            hint=f"signers in the configuration: {known}",
        )


def parse_configuration(data: bytes, *, path: Path) -> Configuration:
    """Parse a configuration file (TOML 1.0); relative paths are relative to its folder.

    Args:
        data: the file's bytes.
        path: where they were read from; a relative one is taken from the current folder.

    Raises:
        UsageError: `configuration-invalid` naming the file and the dotted key: unknown keys, wrong types,
            empty required lists, things that are there twice.

    """
    path = path.absolute()
    where, folder = str(path), path.parent
    raw = convert_table(parse_table(data, where=where), RawConfiguration, where=where, key="")
    if raw.policy is not None and raw.policy.file is None and raw.policy.parties is None:
        raise invalid(where, "policy.file", "is missing, and policy.parties too: [policy] names one or both")
    return Configuration(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        module=_build_module(raw.module, folder=folder, where=where),
        signers=_build_signers(raw.signers, folder=folder, where=where),
        trust=_build_trust(raw.trust, folder=folder, where=where),
        policy_file=_optional(raw.policy, "policy.file", folder=folder, where=where),
        parties_file=_optional(raw.policy, "policy.parties", folder=folder, where=where),
        audit=build_audit_settings(raw.audit, raw.state, folder=folder, where=where),
        quotas=build_quota_settings(raw.quota, where=where),
        form_mapping=_optional(raw.form, "form.mapping", folder=folder, where=where),
        limits=DocumentLimits(**msgspec.structs.asdict(raw.limits)),
        crl=build_crl_settings(raw.crl, folder=folder, where=where),
        timestamp=_build_timestamp(raw.timestamp, folder=folder, where=where),
        agent=build_agent_settings(raw.agent, raw.listen, folder=folder, where=where),
    )


def _build_signers(raw: dict[str, Any], *, folder: Path, where: str) -> Mapping[str, SignerSettings]:
    """Build the signers in the order written."""
    return MappingProxyType(
        {name: build_signer(name, table, folder=folder, where=where) for name, table in raw.items()}
    )


def _build_module(raw: RawModule, *, folder: Path, where: str) -> ModuleSettings:
    """Build the module's settings; a variable may be given as text or as a path, not as both."""
    environment = convert_values(raw.environment, str, where=where, key="module.environment")
    paths = convert_values(raw.environment_paths, str, where=where, key="module.environment_paths")
    for name, text in paths.items():
        key = f"module.environment_paths.{quoted(name)}"
        if name in environment:
            raise invalid(where, key, "is in module.environment too")
        environment[name] = str(resolve_path(text, folder=folder, where=where, key=key))
    for name, value in environment.items():
        if not name or "=" in name or "\0" in name + value:
            raise invalid(where, "module.environment", f"{name!r} cannot be an environment variable")
    if "\0" in raw.reserved:
        raise invalid(where, "module.reserved", "holds a NUL")
    path = raw.path
    return ModuleSettings(
        path=None if path is None else resolve_path(path, folder=folder, where=where, key="module.path"),
        environment=MappingProxyType(environment),
        pin_ledger=_optional(raw, "module.pin_ledger", folder=folder, where=where),
        profile=_build_profile(raw.profile, where=where),
        reserved=raw.reserved,
    )


def _build_profile(raw: RawProfile, *, where: str) -> TokenProfile:
    """Build the module's profile; a module that bears one call at a time has no use for more sessions."""
    if raw.serialise and raw.sessions > 1:
        raise invalid(
            where, "module.profile.sessions", "is more than 1, and module.profile.serialise is true"
        )
    return TokenProfile(**msgspec.structs.asdict(raw))


def _build_trust(raw: RawTrust, *, folder: Path, where: str) -> TrustSettings:
    """Build the trust settings; without an anchor nothing could ever be verified."""
    if not raw.anchors:
        raise invalid(where, "trust.anchors", "is empty; at least one trust anchor is needed")
    crls, urls = split_sources(raw.crls, folder=folder, where=where, key="trust.crls")
    return TrustSettings(
        anchors=resolve_paths(raw.anchors, folder=folder, where=where, key="trust.anchors"),
        intermediates=resolve_paths(raw.intermediates, folder=folder, where=where, key="trust.intermediates"),
        crls=crls,
        crl_urls=urls,
    )


def _build_timestamp(raw: RawTimestamp | None, *, folder: Path, where: str) -> TimestampSettings:
    """Build the settings of timestamps; without the table nobody is asked, and nobody believed."""
    return TimestampSettings() if raw is None else build_timestamp_settings(raw, folder=folder, where=where)


def _optional(table: msgspec.Struct | None, key: str, *, folder: Path, where: str) -> Path | None:
    """Build a path that may be absent, with its table or without."""
    text = None if table is None else getattr(table, key.rpartition(".")[2])
    if text is None:
        return None
    return resolve_path(text, folder=folder, where=where, key=key)

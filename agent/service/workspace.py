"""The workspace of a command: configuration, policy, mapping and the places of state, loaded once."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from agent.config.configuration import Configuration, ModuleSettings, TrustSettings, parse_configuration
from agent.config.limits import DocumentLimits
from agent.config.policy import PolicySettings, default_policy, parse_policy
from agent.cpl.mapping import FormMapping, default_mapping, load_mapping
from agent.errors import UsageError
from agent.policy.engine import check_levels
from agent.policy.verdict import Judge
from agent.service.files import read_file
from agent.service.trust import load_trust

_APPLICATION = "iki-agent"
_MAX_CONFIGURATION = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything a service needs that does not change while it runs."""

    configuration: Configuration
    policy: PolicySettings
    mapping: FormMapping
    audit_path: Path


def configuration_path(named: Path | None) -> Path:
    """Choose the configuration: the one named, else `IKI_CONFIG`, else the user's own."""
    if named is not None:
        return named
    from_environment = os.environ.get("IKI_CONFIG", "")
    if from_environment:
        return Path(from_environment)
    return platformdirs.user_config_path(_APPLICATION) / "config.toml"


def load_configuration(named: Path | None) -> Configuration:
    """Load the configuration.

    Raises:
        UsageError: `configuration-missing` or `configuration-invalid`.

    """
    path = configuration_path(named)
    try:
        data = read_file(path, what="configuration", limit=_MAX_CONFIGURATION)
    except UsageError as error:
        raise UsageError(
            "configuration-missing",
            error.message,
            hint="name one with --config or IKI_CONFIG; `iki lab up --dir DIR` makes one for rehearsal",
        ) from error
    return parse_configuration(data, path=path.absolute())


def load_module_settings(named: Path | None) -> ModuleSettings:
    """Load the module settings; without any configuration, those of a machine with SoftHSM.

    Raises:
        UsageError: the configuration named is missing or invalid.

    """
    if named is None and not configuration_path(None).is_file():
        return ModuleSettings(None, {})
    return load_configuration(named).module


def load_workspace(named: Path | None) -> Workspace:
    """Load the configuration and what it names.

    Raises:
        UsageError: a file is missing or invalid.

    """
    configuration = load_configuration(named)
    return Workspace(
        configuration,
        load_policy(configuration.policy_file),
        _load_mapping(configuration.form_mapping),
        configuration.audit_path or platformdirs.user_state_path(_APPLICATION) / "audit.jsonl",
    )


def load_judge(named: Path | None, *, at: datetime, anchors: Sequence[Path], crls: Sequence[Path]) -> Judge:
    """Load what documents are judged against; with an anchor given, no configuration is needed.

    Raises:
        UsageError: there is no trust anchor, or a file is missing or invalid.
        DocumentError: a certificate or CRL is malformed.

    """
    for path in (*anchors, *crls):
        if not path.exists():
            raise UsageError("file-missing", f"{path}: no such file", hint="check the name")
    if anchors and named is None:
        trust = TrustSettings(tuple(anchors), (), tuple(crls))
        return Judge(load_trust(trust), load_policy(None), DocumentLimits(), at)
    configuration = load_configuration(named)
    configured = configuration.trust
    trust = TrustSettings(
        tuple(anchors) or configured.anchors, configured.intermediates, tuple(crls) or configured.crls
    )
    return Judge(load_trust(trust), load_policy(configuration.policy_file), configuration.limits, at)


def load_policy(path: Path | None) -> PolicySettings:
    """Load the policy file, or the built-in policy.

    Raises:
        UsageError: `configuration-invalid`, `policy-rule-unknown`, `policy-rule-not-lowerable`.

    """
    if path is None:
        return default_policy()
    settings = parse_policy(read_file(path, what="policy file", limit=_MAX_CONFIGURATION), where=str(path))
    check_levels(settings)
    return settings


def _load_mapping(path: Path | None) -> FormMapping:
    if path is None:
        return default_mapping()
    return load_mapping(read_file(path, what="form mapping", limit=_MAX_CONFIGURATION), where=str(path))

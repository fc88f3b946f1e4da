"""The workspace of a command: configuration, policy, mapping and the places of state, loaded once.

What `iki verify` does not need (the reader of forms) is imported where it is used.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.configuration import Configuration, ModuleSettings, TrustSettings, parse_configuration
from agent.config.limits import DocumentLimits
from agent.config.parties import parse_parties
from agent.config.policy import PolicySettings, default_policy, parse_policy
from agent.config.timestamp import TimestampSettings
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.pki.trust import TrustStore
from agent.policy.engine import check_levels
from agent.policy.verdict import Judge
from agent.service.files import read_settings
from agent.service.pins.variables import withhold_variables
from agent.service.places import configuration_file
from agent.service.trust import load_configured_trust, load_timestamp_trust, load_trust

if TYPE_CHECKING:
    from agent.cpl.mapping import FormMapping

_MAX_CONFIGURATION = 1024 * 1024
_MAX_REGISTER = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything a service needs that does not change while it runs."""

    configuration: Configuration
    policy: PolicySettings
    named_mapping: "FormMapping | None"
    """The form mapping that the configuration names."""

    @property
    def mapping(self) -> "FormMapping":
        """How forms are read: the named mapping, else the built-in one, loaded when a form is to be read."""
        return self.named_mapping or _load_mapping(None)


def configuration_path(named: Path | None) -> Path:
    """Choose the configuration: the one named, else `IKI_CONFIG`, else the user's own."""
    if named is not None:
        return named
    from_environment = os.environ.get("IKI_CONFIG", "")
    if from_environment:
        return Path(from_environment)
    return configuration_file()


def load_configuration(named: Path | None) -> Configuration:
    """Load the configuration; environment variables with PINs are nobody else's from then on.

    Raises:
        UsageError: `configuration-missing` or `configuration-invalid`.

    """
    path = configuration_path(named)
    try:
        data = read_settings(path, what="configuration", limit=_MAX_CONFIGURATION)
    except UsageError as error:
        if error.code == "settings-writable":
            raise
        raise UsageError(
            "configuration-missing",
            error.message,
            hint="name one with --config or IKI_CONFIG; `iki lab up --dir DIR` makes one for rehearsal",
        ) from error
    configuration = parse_configuration(data, path=path.absolute())
    withhold_variables(signer.pin for signer in configuration.signers.values())
    return configuration


def load_module_settings(named: Path | None) -> ModuleSettings:
    """Load the module settings; without any configuration, those of a machine with SoftHSM.

    Raises:
        UsageError: the configuration named is missing or invalid.

    """
    if named is None and not configuration_path(None).is_file():
        return ModuleSettings(None, {})
    return load_configuration(named).module


def load_reading_settings(named: Path | None) -> tuple[DocumentLimits, "FormMapping"]:
    """Load limits and form mapping; without any configuration, the built-in ones.

    Raises:
        UsageError: the configuration named is missing or invalid, or its form mapping is.

    """
    if named is None and not configuration_path(None).is_file():
        return DocumentLimits(), _load_mapping(None)
    configuration = load_configuration(named)
    return configuration.limits, _load_mapping(configuration.form_mapping)


def load_form_settings(named: Path | None) -> tuple[DocumentLimits, "FormMapping", PolicySettings]:
    """Load what a form is checked with; without any configuration, what is built in.

    Raises:
        UsageError: the configuration named is missing or invalid, or what it names is.

    """
    if named is None and not configuration_path(None).is_file():
        return DocumentLimits(), _load_mapping(None), default_policy()
    configuration = load_configuration(named)
    policy = load_policy(configuration.policy_file, configuration.parties_file)
    return configuration.limits, _load_mapping(configuration.form_mapping), policy


def load_workspace(named: Path | None) -> Workspace:
    """Load the configuration and what it names.

    Raises:
        UsageError: a file is missing or invalid.

    """
    configuration = load_configuration(named)
    return Workspace(
        configuration,
        load_policy(configuration.policy_file, configuration.parties_file),
        _load_named_mapping(configuration),
    )


def load_judge(
    named: Path | None,
    *,
    at: datetime,
    anchors: Sequence[Path],
    crls: Sequence[Path],
    tsa_anchors: Sequence[Path] = (),
) -> Judge:
    """Load what documents are judged against; with an anchor given, no configuration is needed.

    Raises:
        UsageError: there is no trust anchor, or a file is missing or invalid.
        DocumentError: a certificate or CRL is malformed.

    """
    for path in (*anchors, *crls, *tsa_anchors):
        if not path.exists():
            raise UsageError("file-missing", f"{path}: no such file", hint="check the name")
    if anchors and named is None:
        trust = TrustSettings(tuple(anchors), (), tuple(crls))
        timestamps = load_timestamp_trust(TimestampSettings(), tuple(tsa_anchors))
        return Judge(load_trust(trust, timestamps), load_policy(None), DocumentLimits(), at)
    configuration = load_configuration(named)
    material = _load_judges_trust(configuration, tuple(anchors), tuple(crls), tuple(tsa_anchors))
    policy = load_policy(configuration.policy_file, configuration.parties_file)
    return Judge(material, policy, configuration.limits, at, _load_named_mapping(configuration))


def build_judge(workspace: Workspace, *, at: datetime) -> Judge:
    """Build what documents are judged against from a workspace; trust material is loaded anew.

    Raises:
        UsageError: a file is missing or invalid.

    """
    configuration = workspace.configuration
    trust = load_configured_trust(configuration)
    return Judge(trust, workspace.policy, configuration.limits, at, workspace.mapping)


def _load_judges_trust(
    configuration: Configuration,
    anchors: tuple[Path, ...],
    crls: tuple[Path, ...],
    tsa_anchors: tuple[Path, ...],
) -> TrustStore:
    """CRLs named on the command line are the only ones then, and go into no store."""
    if not crls:
        return load_configured_trust(configuration, anchors=anchors, tsa_anchors=tsa_anchors)
    configured = configuration.trust
    timestamps = load_timestamp_trust(configuration.timestamp, tsa_anchors)
    trust = TrustSettings(anchors or configured.anchors, configured.intermediates, crls)
    return load_trust(trust, timestamps)


def load_policy(path: Path | None, parties: Path | None = None) -> PolicySettings:
    """Load the policy file, or the built-in policy, and the party register when there is one.

    Raises:
        UsageError: `configuration-invalid`, `policy-rule-unknown`, `policy-rule-not-lowerable`.

    """
    settings = default_policy()
    if path is not None:
        data = read_settings(path, what="policy file", limit=_MAX_CONFIGURATION)
        settings = parse_policy(data, where=str(path))
        check_levels(settings)
    if parties is None:
        return settings
    data = read_settings(parties, what="party register", limit=_MAX_REGISTER)
    return replace(settings, parties=parse_parties(data, where=str(parties)))


def _load_named_mapping(configuration: Configuration) -> "FormMapping | None":
    return _load_mapping(configuration.form_mapping) if configuration.form_mapping else None


def _load_mapping(path: Path | None) -> "FormMapping":
    from agent.cpl.mapping import default_mapping, load_mapping  # noqa: PLC0415 - see the module's docstring

    if path is None:
        return default_mapping()
    return load_mapping(read_settings(path, what="form mapping", limit=_MAX_CONFIGURATION), where=str(path))

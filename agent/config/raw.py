"""The configuration file as it is written: raw tables, checked for types and unknown keys only.

What they mean is decided in `configuration`, which nobody can build from
these by accident: the two are different types.
"""

from typing import Annotated, Any, Literal

import msgspec

from agent.config.limits import DocumentLimits
from agent.config.quotas import RawQuotaTable
from agent.config.state import RawAudit, RawState
from agent.config.token_profile import DEFAULT_PROFILE, Process
from agent.roles import Role

_DEFAULTS = DocumentLimits()
_Count = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
_Seconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]
_CacheSeconds = Annotated[int, msgspec.Meta(ge=1, le=86400)]
_Memory = Annotated[int, msgspec.Meta(ge=2**29, le=2**53)]
_Redirects = Annotated[int, msgspec.Meta(ge=0, le=20)]


class RawProfile(msgspec.Struct, forbid_unknown_fields=True):
    """`[module.profile]`."""

    sessions: Annotated[int, msgspec.Meta(ge=1, le=30)] = DEFAULT_PROFILE.sessions
    serialise: bool = DEFAULT_PROFILE.serialise
    deadline_seconds: _Seconds = DEFAULT_PROFILE.deadline_seconds
    notice_seconds: _Seconds = DEFAULT_PROFILE.notice_seconds
    pin_entry_seconds: _Seconds = DEFAULT_PROFILE.pin_entry_seconds
    process: Process = DEFAULT_PROFILE.process


class RawModule(msgspec.Struct, forbid_unknown_fields=True):
    """`[module]`."""

    path: str | None = None
    environment: dict[str, Any] = {}
    environment_paths: dict[str, Any] = {}
    pin_ledger: str | None = None
    reserved: str = ""
    profile: RawProfile = msgspec.field(default_factory=RawProfile)


class RawSubject(msgspec.Struct, forbid_unknown_fields=True):
    """`[signers.NAME.subject]`."""

    organisation: str
    role_code: str
    common_name: str
    entity_identifier: str | None = None


class RawSigner(msgspec.Struct, forbid_unknown_fields=True):
    """`[signers.NAME]`; `pin` and `subject` are converted on their own, so that errors name their keys."""

    role: Role
    token: str
    certificate: str = "token"
    requesters: list[str] | None = None
    raw_digest_requesters: list[str] | None = None
    quota_per_minute: _Count | None = None
    quota_per_hour: _Count | None = None
    quota_per_day: _Count | None = None
    pin: Any = "prompt"
    pin_cache: Literal["never", "session"] | _CacheSeconds = "never"
    subject: Any = None
    rsa_padding: Literal["pkcs1-v1_5", "pss"] = "pkcs1-v1_5"


class RawTrust(msgspec.Struct, forbid_unknown_fields=True):
    """`[trust]`."""

    anchors: list[str]
    intermediates: list[str] = []
    crls: list[str] = []


class RawCRL(msgspec.Struct, forbid_unknown_fields=True):
    """`[crl]`."""

    store: str | None = None
    fetch_on_demand: bool = True
    distribution_points: bool = False
    timeout_seconds: _Seconds = 30
    max_bytes: _Count = 256 * 1024 * 1024
    max_redirects: _Redirects = 5


class RawTimestamp(msgspec.Struct, forbid_unknown_fields=True):
    """`[timestamp]`."""

    trust_anchors: list[str]
    urls: list[str] = []
    crls: list[str] = []
    policies: list[str] = []
    timeout_seconds: _Seconds = 10
    max_bytes: _Count = 64 * 1024


class RawPolicyReference(msgspec.Struct, forbid_unknown_fields=True):
    """`[policy]`."""

    file: str | None = None
    parties: str | None = None


class RawForm(msgspec.Struct, forbid_unknown_fields=True):
    """`[form]`."""

    mapping: str


class RawLimits(msgspec.Struct, forbid_unknown_fields=True):
    """`[limits]`."""

    max_file_bytes: _Count = _DEFAULTS.max_file_bytes
    max_entries: _Count = _DEFAULTS.max_entries
    max_entry_bytes: _Count = _DEFAULTS.max_entry_bytes
    max_total_bytes: _Count = _DEFAULTS.max_total_bytes
    max_ratio: _Count = _DEFAULTS.max_ratio
    max_xml_bytes: _Count = _DEFAULTS.max_xml_bytes
    max_xml_depth: _Count = _DEFAULTS.max_xml_depth
    max_cpu_seconds: _Seconds = _DEFAULTS.max_cpu_seconds
    max_seconds: _Seconds = _DEFAULTS.max_seconds
    max_memory_bytes: _Memory = _DEFAULTS.max_memory_bytes


class RawTLS(msgspec.Struct, forbid_unknown_fields=True):
    """`[listen.tls]`."""

    certificate: str
    key: str
    client_ca: str
    client_crl: str | None = None
    address: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8443


class RawListen(msgspec.Struct, forbid_unknown_fields=True):
    """`[listen]`."""

    socket: str | None = None
    users: list[str] = []
    tls: RawTLS | None = None


class RawAgent(msgspec.Struct, forbid_unknown_fields=True):
    """`[agent]`."""

    idle_lock_seconds: Annotated[int, msgspec.Meta(ge=1, le=7 * 86400)] | None = None
    drain_seconds: _Seconds = 30
    max_requests: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 32
    max_waiting: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1000
    document_processes: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    max_upload_bytes: _Count = 256 * 1024 * 1024
    spool: str | None = None


class RawConfiguration(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file; signers are converted one by one, so that errors name the signer."""

    trust: RawTrust
    module: RawModule = msgspec.field(default_factory=RawModule)
    signers: dict[str, Any] = {}
    policy: RawPolicyReference | None = None
    audit: RawAudit | None = None
    state: RawState | None = None
    quota: RawQuotaTable = msgspec.field(default_factory=RawQuotaTable)
    form: RawForm | None = None
    limits: RawLimits = msgspec.field(default_factory=RawLimits)
    crl: RawCRL = msgspec.field(default_factory=RawCRL)
    timestamp: RawTimestamp | None = None
    agent: RawAgent = msgspec.field(default_factory=RawAgent)
    listen: RawListen = msgspec.field(default_factory=RawListen)

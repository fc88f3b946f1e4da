"""What goes over the wire as JSON: these types are sent, and the OpenAPI document is made of them."""

from typing import Annotated, Any, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""A signer's name in the configuration."""


FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]
"""What a file is called; it is never opened by this name."""


class Problem(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Problem details (RFC 9457) of a request that failed."""

    type: str
    """`urn:iki-agent:problem:` and the code."""
    title: str
    status: int
    detail: str
    code: str
    """Stable, kebab-case; what a program matches on."""
    exit_status: int
    """What a command that does the same would end with (docs/exit-status.md)."""
    hint: str = ""
    findings: list[dict[str, Any]] = []
    """All that policy found, when it refused."""


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters, or nothing to say."""


class TokenAnswer(msgspec.Struct):
    """One token that the agent holds."""

    uri: str
    signers: list[str]
    state: Literal["locked", "unlocked"]
    ready: bool
    """A signature can be expected to succeed."""
    unlocks_itself: bool
    """The next use unlocks it: its PIN comes from where nobody has to be asked."""
    asks_person: bool
    """`iki agent unlock` asks for the PIN, and sends it."""
    since: str
    """When it came into this state."""
    problem: str | None
    """Code of the last error; null since the last success."""


class TokensAnswer(msgspec.Struct):
    """The tokens that the agent holds."""

    tokens: list[TokenAnswer]


class StatusAnswer(msgspec.Struct):
    """The agent itself."""

    version: str
    pid: int
    uid: int
    started: str
    configuration: str
    configuration_sha256: str
    policy_sha256: str | None
    loaded: str
    """When the configuration was read."""
    reload_problem: str | None
    """Why the last reload failed; null when it did not."""
    active: int
    """Requests that are worked on."""
    waiting: int
    """Requests that wait for their turn."""
    activated: bool
    """Its sockets are systemd's."""
    drain_seconds: int
    tokens: list[TokenAnswer]


class LiveAnswer(msgspec.Struct):
    """The agent answers."""

    live: bool


class ReadyAnswer(msgspec.Struct):
    """Whether the agent can sign; 503 when it cannot."""

    ready: bool
    tokens: list[TokenAnswer]


class LockRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Which tokens are to be locked."""

    signers: Annotated[list[Name], msgspec.Meta(max_length=100)] = []
    """Signers on them; empty means all."""


class UnlockRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Which tokens are to be unlocked, and with which PIN."""

    signers: Annotated[list[Name], msgspec.Meta(max_length=100)] = []
    """Signers on them; empty means all."""
    pin: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | None = None
    """For a token whose PIN a person gives; the others have their own source."""
    final_try: bool = False

    def __repr__(self) -> str:
        """Show nothing of the PIN."""
        return f"UnlockRequest({self.signers})"


class DigestRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A digest that was made elsewhere, and whose key is to sign it."""

    signer: Name
    digest: Annotated[str, msgspec.Meta(pattern="^(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})$")]
    """In hex; of the hash that the key's algorithm has."""
    name: FileName = "digest"
    """What it is of: for the audit log."""
    final_try: bool = False


class VerdictAnswer(msgspec.Struct):
    """A verdict; docs/schemas/verify.schema.json says all of it."""

    file: str
    format: Literal["package", "cms"]
    sha256: str
    verdict: Literal["TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"]
    sub_indication: str | None
    at: str
    signatures: list[dict[str, Any]]
    findings: list[dict[str, Any]]


class ExplanationAnswer(msgspec.Struct):
    """What the rules say; docs/schemas/policy-explain.schema.json says all of it."""

    operation: Literal["sign", "countersign"]
    signer: str
    role: str
    file: str | None
    sha256: str | None
    at: str
    refuses: bool
    rules: list[dict[str, Any]]


class CertificateAnswer(msgspec.Struct):
    """A signer's certificate."""

    subject: str
    serial: str
    sha256: str
    not_before: str
    not_after: str


class SignerAnswer(msgspec.Struct):
    """One signer of the configuration."""

    name: str
    role: str
    token: str
    """PKCS#11 URI."""
    allowed: bool
    """Whether whoever asks may use its key, by the access list alone."""
    certificate: CertificateAnswer | None
    problem: str | None
    """Code of what kept the certificate from being loaded."""


class SignersAnswer(msgspec.Struct):
    """The signers of the configuration."""

    signers: list[SignerAnswer]


class AuditAnswer(msgspec.Struct):
    """The newest records of the audit log, the oldest of them first."""

    records: list[dict[str, Any]]

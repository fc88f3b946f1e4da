"""The manifest of an evidence bundle, and the part of a verdict that must come out the same again.

Source: docs/evidence.md, manifest.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from agent.config.limits import DocumentLimits
from agent.cpl.fields import FieldKind, FormField
from agent.cpl.mapping import FormMapping, default_mapping
from agent.errors import DocumentError, UsageError
from agent.findings import Finding
from agent.instants import format_instant, parse_instant
from agent.policy.verdict import COUNTERSIGNED, SIGNED
from agent.roles import Role

MANIFEST: Final = "manifest.json"
VERDICT: Final = "verdict.json"
SIGNATURE: Final = "signature.p7s"
REQUIREMENTS: Final[Mapping[str, Collection[frozenset[Role]]]] = {
    "countersigned": COUNTERSIGNED,
    "manufacturer": SIGNED,
}
"""What may have been required of the document; nothing less can be recorded."""

_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Size = Annotated[int, msgspec.Meta(ge=0)]


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of the bundle: name, octets, SHA-256 in lower-case hex."""

    name: str
    size: _Size
    sha256: _Digest


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a bundle holds, and under what its document was judged."""

    format: Literal["iki-evidence-1"]
    tool_version: str
    file: str
    """The document's file name, without folders."""
    judged_at: str
    """`2026-11-22T09:00:00Z`."""
    required: Literal["countersigned", "manufacturer"]
    policy: Literal["built-in", "policy.toml"]
    limits: dict[str, _Size]
    """`[limits]`, every one of them, by name."""
    members: tuple[Member, ...]
    """Every member but the manifest, in the order of the file."""
    signature: str | None = None
    """File name of the detached CMS, whose member is `SIGNATURE`; None: there is none."""
    timestamp_policies: tuple[str, ...] = ()
    """Dotted TSA policies of which a timestamp had to carry one; none is any."""

    @property
    def at(self) -> datetime:
        """The instant that the document was judged at."""
        return parse_instant(self.judged_at)

    @property
    def document_limits(self) -> DocumentLimits:
        """The limits; one that the writing version did not have is this version's default."""
        return DocumentLimits(**self.limits)


def describe_member(name: str, data: bytes) -> Member:
    """Build a member's line."""
    return Member(name, len(data), hashlib.sha256(data).hexdigest())


def encode_json(value: object) -> bytes:
    """Write JSON in the one way that bundles have it: indented, sorted, UTF-8, a line feed at the end."""
    text = json.dumps(msgspec.to_builtins(value), indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def parse_manifest(data: bytes) -> Manifest:
    """Parse a manifest.

    Raises:
        DocumentError: `evidence-manifest` when it is not exactly as this program writes one.

    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
        canonical = encode_json(manifest) == data and format_instant(manifest.at) == manifest.judged_at
        manifest.document_limits  # noqa: B018 - a name that this version does not know is a TypeError
    except (msgspec.MsgspecError, UsageError, OverflowError, RecursionError, TypeError) as error:
        raise _malformed(str(error)) from error
    except UnicodeError as error:  # a lone surrogate, escaped
        raise _malformed("it has text that is no Unicode") from error
    if not canonical:
        raise _malformed("it is not written as this program writes it")
    return manifest


def _malformed(reason: str) -> DocumentError:
    return DocumentError(
        "evidence-manifest",
        f"{MANIFEST} cannot be used: {' '.join(reason.split())}",
        hint="the bundle is changed, or a newer iki wrote it",
    )


class _Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sheets: tuple[str, ...]
    header_rows: _Size
    required: tuple[FormField, ...]
    headers: dict[str, FormField]
    kinds: dict[FormField, FieldKind] = {}


def encode_mapping(mapping: FormMapping) -> bytes:
    """Write a mapping of form columns: as it is in memory, for its file may have been built in."""
    raw = _Mapping(
        mapping.sheets,
        mapping.header_rows,
        tuple(sorted(mapping.required)),
        dict(mapping.headers),
        dict(mapping.kinds),
    )
    return encode_json(raw)


def parse_mapping(data: bytes) -> FormMapping:
    """Parse what `encode_mapping` wrote.

    Raises:
        DocumentError: `evidence-mapping`.

    """
    try:
        raw = msgspec.json.decode(data, type=_Mapping)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DocumentError(
            "evidence-mapping",
            f"the form mapping cannot be used: {error}",
            hint="the bundle is not one of iki's",
        ) from error
    # Bundles from before there were kinds were judged by those that are built in.
    kinds = {**default_mapping().kinds, **raw.kinds}
    return FormMapping(raw.sheets, raw.header_rows, frozenset(raw.required), raw.headers, kinds)


def parse_notes(data: bytes) -> tuple[Finding, ...]:
    """Parse what was noted about sources of CRLs; notes do not weigh on a verdict, but belong to it.

    Raises:
        DocumentError: `evidence-notes`.

    """
    try:
        return msgspec.json.decode(data, type=tuple[Finding, ...])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DocumentError(
            "evidence-notes", f"the notes cannot be used: {error}", hint="the bundle is not one of iki's"
        ) from error


class _CRL(msgspec.Struct, frozen=True):
    issuer: str
    sha256: str
    this_update: str
    next_update: str | None
    number: int | None


class _Signature(msgspec.Struct, frozen=True):
    part: str
    role: str
    signer: str | None
    serial: str | None
    claimed_time: str | None
    algorithm: str | None
    verdict: str
    sub_indication: str | None
    countersigns: tuple[str, ...]
    uncovered: tuple[str, ...]
    covers: tuple[str, ...]
    crls: tuple[_CRL, ...]
    proven_time: str | None = None
    proven_by: str | None = None
    proven_through: str | None = None


class _Finding(msgspec.Struct, frozen=True):
    code: str
    level: str
    where: str


class ComparableVerdict(msgspec.Struct, frozen=True):
    """What is stable of a verdict between versions: all but the words of findings, and what is new."""

    file: str
    sha256: str
    at: str
    verdict: str
    sub_indication: str | None
    signatures: tuple[_Signature, ...]
    findings: tuple[_Finding, ...]
    untrusted: tuple[str, ...]
    lowered: tuple[str, ...]


def parse_verdict(data: bytes) -> ComparableVerdict:
    """Parse a verdict as `iki verify --json` has it.

    Raises:
        DocumentError: `evidence-verdict`.

    """
    try:
        return msgspec.json.decode(data, type=ComparableVerdict)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DocumentError(
            "evidence-verdict", f"{VERDICT} is no verdict: {error}", hint="the bundle is not one of iki's"
        ) from error

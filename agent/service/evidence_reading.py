"""An evidence bundle, read: every member is what the manifest says, none is missing, none is left over.

Source: docs/evidence.md, members.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

from agent.config.limits import DocumentLimits
from agent.config.parties import parse_parties
from agent.config.policy import PolicySettings, default_policy, parse_policy
from agent.cpl.mapping import FormMapping
from agent.dataclass import dataclass
from agent.errors import DocumentError, UsageError
from agent.formats.bundle import load_bundle
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.crl import load_crl
from agent.pki.trust import TimestampTrust, TrustStore
from agent.policy.engine import check_levels
from agent.policy.verdict import FileVerdict, Judge
from agent.service.detached_verification import verify_detached_octets
from agent.service.evidence_manifest import (
    MANIFEST,
    REQUIREMENTS,
    SIGNATURE,
    VERDICT,
    Manifest,
    describe_member,
    parse_manifest,
    parse_mapping,
    parse_notes,
)
from agent.service.verification import verify_octets

BUNDLE_LIMITS: Final = DocumentLimits(
    max_file_bytes=1024 * 1024 * 1024,
    max_entries=1000,
    max_entry_bytes=256 * 1024 * 1024,
    max_total_bytes=1024 * 1024 * 1024,
)
"""What a bundle may be at most, read or written."""
POLICY: Final = "policy.toml"
PARTIES: Final = "parties.toml"
MAPPING: Final = "mapping.json"
NOTES: Final = "notes.json"
_NAMES: Final = re.compile(
    r"manifest\.json|verdict\.json|signature\.p7s|policy\.toml|parties\.toml|mapping\.json|notes\.json|document(?:\.[a-z0-9]{1,8})?"
    r"|(?:anchors|signers|intermediates|tsa-anchors)/[0-9]{3}\.crt|crls/[0-9]{3}\.crl"
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose members are those that its manifest lists."""

    manifest: Manifest
    members: Mapping[str, bytes]
    document: str
    """Name of the member that is the document."""

    def certificates(self, folder: str) -> tuple[SigningCertificate, ...]:
        """List the certificates of a folder, in order; raises DocumentError `certificate-malformed`."""
        return tuple(load_certificate(data, where=name) for name, data in self._folder(folder))

    def trust(self) -> TrustStore:
        """Build the trust material; raises DocumentError when a certificate or CRL cannot be read."""
        return TrustStore(
            self.certificates("anchors"),
            self.certificates("intermediates"),
            tuple(load_crl(data, where=name) for name, data in self._folder("crls")),
            parse_notes(self.members[NOTES]) if NOTES in self.members else (),
            TimestampTrust(self.certificates("tsa-anchors"), frozenset(self.manifest.timestamp_policies)),
        )

    def policy(self) -> PolicySettings:
        """Build the policy that is in the bundle, or the built-in one.

        Raises:
            DocumentError: `evidence-policy`.

        """
        try:
            built_in = self.manifest.policy == "built-in"
            policy = default_policy() if built_in else parse_policy(self.members[POLICY], where=POLICY)
            check_levels(policy)
            if PARTIES in self.members:
                policy = replace(policy, parties=parse_parties(self.members[PARTIES], where=PARTIES))
        except UsageError as error:
            raise DocumentError(
                "evidence-policy", error.message, hint="the bundle is changed, or a newer iki wrote it"
            ) from error
        return policy

    def mapping(self) -> FormMapping | None:
        """Build the mapping of form columns; None is the built-in one.

        Raises:
            DocumentError: `evidence-mapping`.

        """
        return parse_mapping(self.members[MAPPING]) if MAPPING in self.members else None

    def _folder(self, folder: str) -> list[tuple[str, bytes]]:
        return [(name, data) for name, data in self.members.items() if name.startswith(f"{folder}/")]


def parse_bundle(data: bytes, *, ceiling: DocumentLimits) -> Bundle:
    """Parse a bundle and check it against its manifest.

    Args:
        data: the zip's octets.
        ceiling: limits beyond which the bundle's own are not believed.

    Raises:
        DocumentError: what is wrong with the zip (`agent.formats.bundle`), `evidence-manifest`,
            `evidence-member-missing`, `evidence-member-extra`, `evidence-member-changed`, `evidence-limits`.

    """
    members = load_bundle(data, BUNDLE_LIMITS)
    if next(iter(members)) != MANIFEST:
        raise DocumentError(
            "evidence-manifest", f"the first member is not {MANIFEST}", hint="is it an evidence bundle?"
        )
    manifest = parse_manifest(members[MANIFEST])
    _check_members(manifest, members)
    _check_limits(manifest.document_limits, ceiling)
    return Bundle(manifest, members, _find_document(members))


def judge_bundle(
    bundle: Bundle,
    anchors: tuple[SigningCertificate, ...] = (),
    tsa_anchors: tuple[SigningCertificate, ...] = (),
) -> FileVerdict:
    """Judge the document again: as of the recorded instant, from the bundle alone, or with anchors given.

    Whoever gives anchors believes no others: without `tsa_anchors` no timestamp proves anything then.

    Raises:
        DocumentError: trust material or policy in the bundle cannot be read.

    """
    manifest, trust = bundle.manifest, bundle.trust()
    if anchors:
        timestamps = replace(trust.timestamps, anchors=tsa_anchors)
        trust = replace(trust, anchors=anchors, timestamps=timestamps)
    judge = Judge(trust, bundle.policy(), manifest.document_limits, manifest.at, bundle.mapping())
    pair = bundle.members[bundle.document], bundle.members.get(SIGNATURE)
    return judge_octets((manifest.file, manifest.signature), pair, judge, manifest.required)


def judge_octets(
    names: tuple[str, str | None], octets: tuple[bytes, bytes | None], judge: Judge, required: str
) -> FileVerdict:
    """Judge a document, and its detached CMS if there is one, by names and octets of both."""
    file, signature = names
    data, beside = octets
    if signature is None or beside is None:
        return verify_octets(file, data, judge, required=REQUIREMENTS[required])
    return verify_detached_octets((file, signature), (data, beside), judge, required=REQUIREMENTS[required])


def _check_members(manifest: Manifest, members: Mapping[str, bytes]) -> None:
    listed = [member.name for member in manifest.members]
    found = [name for name in members if name != MANIFEST]
    needed = {VERDICT, *({POLICY} if manifest.policy == POLICY else ())}
    needed |= {SIGNATURE} if manifest.signature is not None else set()
    problems = (
        ("missing", "is not there", [name for name in (*listed, *sorted(needed)) if name not in members]),
        ("extra", "is not in the manifest", [name for name in found if name not in listed]),
        ("extra", "does not belong in a bundle", [name for name in found if not _belongs(name, needed)]),
    )
    for kind, words, names in problems:
        if names:
            raise _wrong(kind, f"{names[0]} {words}")
    for member in manifest.members:
        if describe_member(member.name, members[member.name]) != member:
            raise _wrong("changed", f"{member.name} is not what the manifest says")
    if listed != found:
        raise _wrong("changed", "the members are not in the manifest's order")


def _belongs(name: str, needed: set[str]) -> bool:
    return bool(_NAMES.fullmatch(name)) and (name not in (POLICY, SIGNATURE) or name in needed)


def _find_document(members: Mapping[str, bytes]) -> str:
    names = [name for name in members if name.startswith("document")]
    if len(names) != 1:
        raise _wrong("extra" if names else "missing", f"there are {len(names)} documents, not one")
    return names[0]


def _check_limits(limits: DocumentLimits, ceiling: DocumentLimits) -> None:
    """Believe no limits that are wider than the reader's: a stranger may have written them."""
    allowed = asdict(ceiling)
    for name, value in asdict(limits).items():
        if value > allowed[name]:
            raise DocumentError(
                "evidence-limits",
                f"the bundle was judged with {name} = {value}, more than the {allowed[name]} allowed here",
                hint=f"if you know where it comes from, raise [limits] {name} in the configuration",
            )


def _wrong(kind: str, message: str) -> DocumentError:
    return DocumentError(
        f"evidence-member-{kind}", message, hint="get the bundle again from where it was kept"
    )

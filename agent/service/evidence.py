"""Evidence: what was known of a document when it was judged, in one file that can be judged again.

Written: read the document once, judge it, choose what the verdict rests on, build the bundle, judge the
bundle, and only when that says the same let it appear. When what the verdict rests on is not enough (no
path was found, say, or no CRL answered), all trust material goes in.

Source: docs/evidence.md.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from agent import __version__
from agent.config.limits import DocumentLimits
from agent.config.policy import default_policy
from agent.dataclass import dataclass
from agent.errors import DocumentError, IkiError, UsageError
from agent.formats.bundle import build_bundle
from agent.instants import format_instant
from agent.pki.certificate import SigningCertificate
from agent.pki.trust import TimestampTrust, TrustStore
from agent.policy.verdict import FileVerdict, Judge
from agent.report.verdict_report import describe_verdict
from agent.service.evidence_manifest import (
    MANIFEST,
    SIGNATURE,
    VERDICT,
    ComparableVerdict,
    describe_member,
    encode_json,
    encode_mapping,
    parse_verdict,
)
from agent.service.evidence_reading import (
    BUNDLE_LIMITS,
    MAPPING,
    NOTES,
    PARTIES,
    POLICY,
    Bundle,
    judge_bundle,
    judge_octets,
    parse_bundle,
)
from agent.service.files import read_file, reading_configured, spell_path
from agent.service.release import PendingOutput
from agent.service.trust import load_certificate_files

_MAX_SETTINGS: Final = 1024 * 1024
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A bundle, written or read, and its document's verdict."""

    path: Path
    sha256: str
    """SHA-256 of the bundle in hex: what to note elsewhere, for nothing inside can vouch for the whole."""
    bundle: Bundle
    verdict: FileVerdict
    """As judged now."""
    recorded: ComparableVerdict
    anchors: tuple[SigningCertificate, ...]
    """Trusted in this judgement."""
    own_anchors: bool
    """They are the caller's, not the bundle's; those of timestamps too."""
    tsa_anchors: tuple[SigningCertificate, ...] = ()
    """Trusted for timestamps."""

    @property
    def reproduced(self) -> bool:
        """The verdict is the recorded one."""
        return compare(self.verdict) == self.recorded


def write_evidence(
    path: Path,
    file: Path,
    judge: Judge,
    *,
    signature: Path | None = None,
    required: str = "countersigned",
    force: bool = False,
) -> Evidence:
    """Judge a file and write a bundle of it; whatever the verdict, a bundle is written.

    `signature` is the detached CMS over the file; None: it carries its signatures itself. `required` is a
    name in `REQUIREMENTS`. The instant is cut to whole seconds, as verdicts show it.

    Raises:
        UsageError: the file, the policy or the output; `policy-changed`.
        DocumentError: over a limit (`limit-*`).
        IkiError: `evidence-not-reproducible`, a defect; nothing is written then.

    """
    if judge.trust.doubt:
        raise UsageError(
            judge.trust.doubt,
            "the store of CRLs cannot be read, so a bundle would not show what it remembers",
            hint="see `iki crl status`, or name the CRLs to judge by with --crl",
        )
    judge = replace(judge, at=judge.at.replace(microsecond=0))
    inputs = (file, signature) if signature else (file,)
    with PendingOutput(path, inputs=inputs, force=force) as output:
        data = read_file(file, what="document", limit=judge.limits.max_file_bytes)
        beside = (
            read_file(signature, what="signature", limit=judge.limits.max_xml_bytes) if signature else None
        )
        names = spell_path(Path(file.name)), spell_path(Path(signature.name)) if signature else None
        verdict = judge_octets(names, (data, beside), judge, required)
        settings = dict(_list_settings(judge))
        settings |= {SIGNATURE: beside} if beside is not None else {}
        for trust in (_relied_on(verdict, judge.trust), _all_of(verdict, judge.trust)):
            members = _list_members(file, data, verdict, trust, settings)
            octets = build_bundle(_with_manifest(members, names, judge, required))
            evidence = _load(path, octets, judge.limits, (), ())
            if evidence.reproduced:
                output.write(octets)
                output.release()
                return evidence
    raise IkiError(
        "evidence-not-reproducible",
        f"{file}: judged from the bundle alone the verdict is another one; no bundle is written",
        hint="this is a defect of iki: keep the file and the trust material, and report it",
    )


def verify_evidence(
    path: Path,
    *,
    anchors: tuple[Path, ...] = (),
    tsa_anchors: tuple[Path, ...] = (),
    ceiling: DocumentLimits,
) -> Evidence:
    """Judge a bundle again, offline and as of the time it records.

    `anchors` replace the bundle's own, and `tsa_anchors` those of timestamps with them, even when empty.

    Whether the verdict is the recorded one is `Evidence.reproduced`, for the caller to look at.

    Raises:
        UsageError: a file cannot be read, or a trust anchor is malformed.
        DocumentError: the bundle is not whole and unchanged (`parse_bundle`), or something in it malformed.

    """
    octets = read_file(path, what="evidence bundle", limit=BUNDLE_LIMITS.max_file_bytes)
    own = load_certificate_files(anchors, what="trust anchor")
    own_of_time = load_certificate_files(tsa_anchors, what="TSA trust anchor")
    return _load(path, octets, ceiling, own, own_of_time)


def compare(verdict: FileVerdict) -> ComparableVerdict:
    """Reduce a verdict to what must come out the same again."""
    return parse_verdict(encode_json(describe_verdict(verdict)))


def _load(
    path: Path,
    octets: bytes,
    ceiling: DocumentLimits,
    anchors: tuple[SigningCertificate, ...],
    tsa_anchors: tuple[SigningCertificate, ...],
) -> Evidence:
    try:
        bundle = parse_bundle(octets, ceiling=ceiling)
        verdict = judge_bundle(bundle, anchors, tsa_anchors)
        _check_signers(bundle, verdict)
        recorded = parse_verdict(bundle.members[VERDICT])
        trusted = anchors or bundle.certificates("anchors")
        of_time = tsa_anchors if anchors else bundle.certificates("tsa-anchors")
    except DocumentError as error:
        raise DocumentError(error.code, f"{path}: {error.message}", hint=error.hint) from error
    digest = hashlib.sha256(octets).hexdigest()
    return Evidence(path, digest, bundle, verdict, recorded, trusted, bool(anchors), of_time)


def _check_signers(bundle: Bundle, verdict: FileVerdict) -> None:
    if bundle.certificates("signers") != _signers(verdict):
        raise DocumentError(
            "evidence-member-changed",
            "signers/ does not hold the certificates that the document's signatures name",
            hint="get the bundle again from where it was kept",
        )


def _relied_on(verdict: FileVerdict, trust: TrustStore) -> TrustStore:
    """Choose what the verdict rests on: the anchors and CAs of the paths, the CRLs that answered."""
    known = {anchor for path in _paths(verdict) for anchor in path[-1:]}
    crls = {crl.sha256 for signature in verdict.signatures for crl in signature.evidence}
    return TrustStore(
        tuple(anchor for anchor in trust.anchors if anchor in known),
        _path_intermediates(verdict),
        tuple(crl for crl in dict.fromkeys(trust.crls) if crl.sha256.hex() in crls),
        timestamps=_relied_on_for_time(verdict, trust.timestamps),
    )


def _all_of(verdict: FileVerdict, trust: TrustStore) -> TrustStore:
    """Take everything, in its own order; CAs that came with a signature go last, as when it was judged."""
    intermediates = dict.fromkeys((*trust.intermediates, *_path_intermediates(verdict)))
    crls = tuple(dict.fromkeys(trust.crls))
    return TrustStore(trust.anchors, tuple(intermediates), crls, timestamps=trust.timestamps)


def _relied_on_for_time(verdict: FileVerdict, trust: TimestampTrust) -> TimestampTrust:
    stamps = (signature.timestamp for signature in verdict.signatures)
    known = {stamp.path.anchor for stamp in stamps if stamp and stamp.path}
    return replace(trust, anchors=tuple(anchor for anchor in trust.anchors if anchor in known))


def _path_intermediates(verdict: FileVerdict) -> tuple[SigningCertificate, ...]:
    return tuple(dict.fromkeys(issuer for path in _paths(verdict) for issuer in path[1:-1]))


def _paths(verdict: FileVerdict) -> Iterator[tuple[SigningCertificate, ...]]:
    for signature in verdict.signatures:
        if signature.facts and signature.facts.path:
            yield signature.facts.path.certificates


def _signers(verdict: FileVerdict) -> tuple[SigningCertificate, ...]:
    found = (signature.record.certificate for signature in verdict.signatures)
    return tuple(dict.fromkeys(certificate for certificate in found if certificate))


def _list_members(
    file: Path, data: bytes, verdict: FileVerdict, trust: TrustStore, settings: dict[str, bytes]
) -> dict[str, bytes]:
    suffix = file.suffix.lower()
    return {
        f"document{suffix if _SUFFIX.fullmatch(suffix) else ''}": data,
        VERDICT: encode_json(describe_verdict(verdict)),
        **_number("anchors", "crt", trust.anchors),
        **_number("intermediates", "crt", trust.intermediates),
        **_number("signers", "crt", _signers(verdict)),
        **_number("tsa-anchors", "crt", trust.timestamps.anchors),
        **{f"crls/{number:03}.crl": crl.der for number, crl in enumerate(trust.crls, start=1)},
        **settings,
    }


def _number(folder: str, suffix: str, certificates: Iterable[SigningCertificate]) -> dict[str, bytes]:
    """Name certificates by their place, which is an input of the judgement: paths are tried in order."""
    return {f"{folder}/{number:03}.{suffix}": item.der for number, item in enumerate(certificates, start=1)}


def _with_manifest(
    members: dict[str, bytes], names: tuple[str, str | None], judge: Judge, required: str
) -> dict[str, bytes]:
    policies = judge.trust.timestamps.policies
    manifest = {
        "format": "iki-evidence-1",
        "tool_version": __version__,
        "file": names[0],
        "judged_at": format_instant(judge.at),
        "required": required,
        "policy": POLICY if POLICY in members else "built-in",
        "limits": asdict(judge.limits),
        "members": tuple(describe_member(name, data) for name, data in members.items()),
        **({} if names[1] is None else {"signature": names[1]}),
        **({"timestamp_policies": sorted(policies)} if policies else {}),
    }
    return {MANIFEST: encode_json(manifest), **members}


def _list_settings(judge: Judge) -> Iterator[tuple[str, bytes]]:
    """List the operator's decisions; files are read once more, and must still be what was parsed."""
    policy = judge.settings
    if policy.sha256 != default_policy().sha256:
        yield POLICY, _read_again(policy.where, policy.sha256, "policy file")
    if policy.parties is not None:
        yield PARTIES, _read_again(policy.parties.where, policy.parties.sha256, "party register")
    if judge.mapping is not None:
        yield MAPPING, encode_mapping(judge.mapping)
    if judge.trust.notes:
        yield NOTES, encode_json(judge.trust.notes)


def _read_again(where: str, sha256: str, what: str) -> bytes:
    with reading_configured():
        data = read_file(Path(where), what=what, limit=_MAX_SETTINGS)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise UsageError(
            "policy-changed", f"{where}: the {what} changed meanwhile", hint="run the command again"
        )
    return data

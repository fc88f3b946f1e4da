"""A verdict for programs and for people, the same facts in both."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from agent.findings import Finding, Level
from agent.instants import format_instant
from agent.pki.certificate import SigningCertificate
from agent.policy.verdict import FileVerdict, RoleBasis, SignatureVerdict
from agent.report.form_report import describe_form

ROLE_BASIS = {
    RoleBasis.PARTY_REGISTER: "roles are those of the party register",
    RoleBasis.ROLE_CODE: "there is no party register: roles come from the certificates' role codes alone",
    RoleBasis.CLAIM: "there is no party register and no role code in the policy: roles are claims",
}
"""What roles rest on, in words."""
_READ = 20
"""Findings of one code and level that are worded one by one."""
LEVELS = {Level.REFUSE: "problem", Level.WARN: "warning", Level.INFORM: "note"}
"""Levels of findings, in words."""


def describe_verdict(verdict: FileVerdict) -> dict[str, object]:
    """Build the JSON object of a file's verdict (docs/schemas/verify.schema.json)."""
    return {
        "file": verdict.file,
        "format": verdict.container.value,
        "signature_file": verdict.signature_file,
        "sha256": verdict.sha256,
        "verdict": verdict.verdict.indication.value,
        "sub_indication": _sub_indication(verdict),
        "at": format_instant(verdict.at),
        "signatures": [describe_signature(signature) for signature in verdict.signatures],
        "findings": [describe_finding(finding) for finding in verdict.findings],
        "untrusted": list(verdict.untrusted),
        "lowered": list(verdict.lowered),
        "role_basis": verdict.role_basis.value,
        "form": describe_form(verdict.form) if verdict.form else None,
    }


def describe_signature(signature: SignatureVerdict) -> dict[str, object]:
    """Build the JSON object of one signature."""
    record = signature.record
    certificate = record.certificate
    return {
        "part": record.part,
        "role": record.claimed_role,
        "signer": certificate.subject if certificate else None,
        "serial": certificate.serial_hex if certificate else None,
        "claimed_time": format_instant(record.claimed_time) if record.claimed_time else None,
        "proven_time": format_instant(signature.proven.at) if signature.proven else None,
        "proven_by": signature.proven.authority.subject if signature.proven else None,
        "proven_through": signature.proven.part if signature.proven else None,
        "judged_at": format_instant(signature.facts.at) if signature.facts else None,
        "algorithm": record.algorithm or None,
        "verdict": signature.verdict.indication.value,
        "sub_indication": _sub_indication(signature),
        "countersigns": list(record.countersigns),
        "uncovered": list(record.uncovered),
        "covers": list(record.covers),
        "comments": record.comments,
        "crls": [
            {
                "issuer": crl.issuer,
                "number": crl.number,
                "this_update": format_instant(crl.this_update),
                "next_update": format_instant(crl.next_update) if crl.next_update else None,
                "sha256": crl.sha256,
            }
            for crl in signature.evidence
        ],
    }


def describe_finding(finding: Finding) -> dict[str, object]:
    """Build the JSON object of a finding; `cell` is there when it is about a cell of the form."""
    members: dict[str, object] = {
        "code": finding.code,
        "level": finding.level.value,
        "where": finding.where,
        "message": finding.message,
        "clause": finding.clause,
    }
    return members | {"cell": asdict(finding.remark)} if finding.remark else members


def list_verdict_lines(verdict: FileVerdict) -> Iterator[str]:
    """Yield a verdict as lines for a terminal."""
    yield f"{verdict.file}: {word_verdict(verdict)}"
    yield f"  judged at {format_instant(verdict.at)}, SHA-256 {verdict.sha256 or 'not computed'}"
    if verdict.signature_file is not None:
        yield f"  signature in {verdict.signature_file}"
    for signature in verdict.signatures:
        record = signature.record
        yield f"  {record.claimed_role or 'no role'}: {name_signer(record.certificate)}"
        yield f"    {word_verdict(signature)}, {record.part}, {record.algorithm or 'no algorithm'}"
        yield from (f"    {line}" for line in list_time_lines(signature))
        if record.countersigns:
            yield f"    countersigns {', '.join(record.countersigns)}"
    if verdict.signatures:
        yield f"  {ROLE_BASIS[verdict.role_basis]}"
    yield from _list_findings(verdict.findings)
    if verdict.untrusted:
        yield f"  not covered by any signature, by rule: {', '.join(verdict.untrusted)}"
    if verdict.lowered:
        yield f"  rules lowered by the policy file: {', '.join(verdict.lowered)}"


def _list_findings(findings: Iterable[Finding]) -> Iterator[str]:
    """Word findings; of one kind as many as a person reads."""
    counts: Counter[tuple[str, Level]] = Counter()
    for finding in findings:
        kind = (finding.code, finding.level)
        counts[kind] += 1
        if counts[kind] > _READ:
            continue
        source = f"[{finding.code}, {finding.clause}]"
        yield f"  {LEVELS[finding.level]}: {finding.where}: {finding.message} {source}"
        if finding.hint:
            yield f"    hint: {finding.hint}"
    for (code, level), count in counts.items():
        if count > _READ:
            yield f"  {LEVELS[level]}: the same at {count - _READ} more places; --json lists them [{code}]"


def list_time_lines(signature: SignatureVerdict) -> Iterator[str]:
    """Say which time is claimed, which is proven and by whom, and which one the signature was judged at."""
    record, proven = signature.record, signature.proven
    if record.claimed_time:
        remark = "" if proven else " (not proven)"
        yield f"claims to have signed at {format_instant(record.claimed_time)}{remark}"
    if proven:
        through = "" if proven.part == record.part else f", through {proven.part}, which takes it in"
        authority = proven.authority.display_name
        yield f"was there at {format_instant(proven.at)}: timestamp of {authority}{through}"
    if proven and signature.facts:
        yield f"judged at that time, {format_instant(signature.facts.at)}"


def name_signer(certificate: SigningCertificate | None) -> str:
    """Name a signer with role code, EUI-64 and serial number."""
    if certificate is None:
        return "unknown signer"
    identity = [
        f"role code {certificate.role_code}" if certificate.role_code else "",
        f"EUI-64 {certificate.entity_identifier}" if certificate.entity_identifier else "",
        f"serial {certificate.serial_hex}",
    ]
    return f"{certificate.display_name} ({', '.join(filter(None, identity))})"


def _sub_indication(judged: FileVerdict | SignatureVerdict) -> str | None:
    sub_indication = judged.verdict.sub_indication
    return sub_indication.value if sub_indication else None


def word_verdict(judged: FileVerdict | SignatureVerdict) -> str:
    """Word a verdict as ETSI EN 319 102-1 does, its sub-indication in brackets."""
    sub_indication = _sub_indication(judged)
    return f"{judged.verdict.indication.value}{f' ({sub_indication})' if sub_indication else ''}"

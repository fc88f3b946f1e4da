"""How a bundle is shown: what was judged, against what, and what that proves."""

from agent.cli.console import print_json, print_line
from agent.pki.certificate import SigningCertificate
from agent.policy.verdict import FileVerdict
from agent.report.verdict_report import describe_verdict, list_verdict_lines
from agent.service.evidence import Evidence


def show_written(evidence: Evidence, *, as_json: bool) -> None:
    """Print what was written."""
    if as_json:
        print_json(_describe(evidence))
        return
    _print_verdict(evidence.verdict)
    print_line(f"Evidence {evidence.path}")
    print_line(f"SHA-256  {evidence.sha256}")
    print_line("Note this SHA-256 elsewhere: whoever can replace the bundle can make another one.")


def show_verified(evidence: Evidence, *, as_json: bool) -> None:
    """Print what came of judging a bundle again."""
    if as_json:
        print_json(_describe(evidence))
        return
    manifest = evidence.bundle.manifest
    print_line(f"{evidence.path}: evidence of {manifest.file}, written by iki {manifest.tool_version}")
    print_line(f"  SHA-256 {evidence.sha256}; {len(manifest.members)} members, each as the manifest says")
    print_line(f"  judged as of {manifest.judged_at}, the time that the bundle records (not proven)")
    policy = "the built-in policy" if manifest.policy == "built-in" else "the policy file in the bundle"
    print_line(f"  against {policy} and the CRLs in the bundle; signatures required: {manifest.required}")
    source = (
        "given with --trust-anchor" if evidence.own_anchors else "the bundle's own, vouched for by nobody"
    )
    for anchor in evidence.anchors:
        print_line(f"  trust anchor ({source}): {anchor.subject}, SHA-256 {anchor.sha256.hex()}")
    for anchor in evidence.tsa_anchors:
        print_line(f"  trust anchor of timestamps ({source.replace('--trust', '--tsa')}): {anchor.subject}")
    _print_verdict(evidence.verdict)
    same = "the same as" if evidence.reproduced else "NOT"
    print_line(f"  this is {same} the verdict that the bundle records: {_recorded(evidence)}")


def _print_verdict(verdict: FileVerdict) -> None:
    for line in list_verdict_lines(verdict):
        print_line(line)


def _recorded(evidence: Evidence) -> str:
    recorded = evidence.recorded
    return recorded.verdict + (f" ({recorded.sub_indication})" if recorded.sub_indication else "")


def _describe(evidence: Evidence) -> dict[str, object]:
    """Build the JSON object of a bundle (docs/schemas/evidence.schema.json)."""
    manifest = evidence.bundle.manifest
    return {
        "bundle": str(evidence.path),
        "sha256": evidence.sha256,
        "tool_version": manifest.tool_version,
        "judged_at": manifest.judged_at,
        "required": manifest.required,
        "policy": manifest.policy,
        "anchors_from": "caller" if evidence.own_anchors else "bundle",
        "anchors": [_describe_anchor(anchor) for anchor in evidence.anchors],
        "tsa_anchors": [_describe_anchor(anchor) for anchor in evidence.tsa_anchors],
        "members": [
            {"name": member.name, "size": member.size, "sha256": member.sha256} for member in manifest.members
        ],
        "recorded": {
            "verdict": evidence.recorded.verdict,
            "sub_indication": evidence.recorded.sub_indication,
        },
        "reproduced": evidence.reproduced,
        "verdict": describe_verdict(evidence.verdict),
    }


def _describe_anchor(anchor: SigningCertificate) -> dict[str, str]:
    return {"subject": anchor.subject, "sha256": anchor.sha256.hex()}

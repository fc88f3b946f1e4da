"""Every certificate on the path but the anchor must be shown to be unrevoked; undetermined refuses."""

from collections.abc import Iterable

from agent.instants import format_instant
from agent.pki.revocation import Revoked, Undetermined
from agent.policy.facts import CertificateFacts, RevocationState
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication

_CURRENT = "put the CA's current CRL where the configuration's [trust] crls points, or name it with --crl"
_HINTS = {
    "crl-not-yet-valid": "check the clock, or the time of --at: a time in the past wants the CRL that was in"
    " force then, which --crl names",
    "crl-store-unusable": "mend the store of CRLs, which `iki crl status` names, or name the CRLs with --crl",
    "crl-fork": "ask the CA which of the two lists is right; its next one settles it",
    "crl-rollback": "ask the CA for its current CRL; `iki crl status` shows what was put aside",
}
"""What to do about an answer that is none; most want a newer list."""


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    for item in facts.revocation:
        answer = item.answer
        is_end_entity = item.certificate == facts.certificate
        if isinstance(answer, Revoked):
            yield Answer(
                item.certificate.display_name,
                f"the certificate was revoked at {format_instant(answer.at)} ({answer.reason})"
                + ("; a newer CRL leaves it out, which takes nothing back" if answer.is_omitted else ""),
                _hint(answer, is_end_entity=is_end_entity),
                SubIndication.REVOKED_NO_POE if is_end_entity else SubIndication.REVOKED_CA_NO_POE,
            )
        elif isinstance(answer, Undetermined):
            yield Answer(
                item.certificate.display_name,
                f"it cannot be shown that the certificate is not revoked: {answer.why}",
                _HINTS.get(answer.code, _CURRENT),
                SubIndication.TRY_LATER,
            )


def _evidence(facts: CertificateFacts) -> Iterable[str]:
    for state in facts.revocation:
        yield f"{state.certificate.display_name}: {_worded(state)}"
        for crl in state.answer.evidence:
            number = "without a number" if crl.number is None else f"number {crl.number}"
            ends = format_instant(crl.next_update) if crl.next_update else "none"
            yield (
                f"CRL {number} of {crl.issuer}: thisUpdate {format_instant(crl.this_update)},"
                f" nextUpdate {ends}, SHA-256 {crl.sha256}"
            )


def _worded(state: RevocationState) -> str:
    if isinstance(state.answer, Undetermined):
        return f"UNDETERMINED ({state.answer.code})"
    return "REVOKED" if isinstance(state.answer, Revoked) else "GOOD"


def _hint(answer: Revoked, *, is_end_entity: bool) -> str:
    if answer.reason == "certificateHold":
        return "ask the CA why it is on hold, and for a CRL that lifts it"
    if not is_end_entity:
        return "a CA's revocation reaches all that it certified: ask the CA for a new IKI Certificate"
    return "a revoked key stays revoked: get a new IKI Certificate"


RULE = Rule(
    code="revocation",
    clause="RFC 5280 6.3",
    summary="revoked, or not shown to be unrevoked, for every certificate on the path but the anchor",
    check=_check,
    evidence=_evidence,
)

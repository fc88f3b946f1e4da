"""Whoever countersigns is somebody else: another key, certificate, organisation and EUI-64."""

from collections.abc import Iterable

from agent.config.parties import comparable_name
from agent.operations import Operation
from agent.pki.algorithms import is_same_key
from agent.pki.certificate import SigningCertificate
from agent.policy.facts import JudgedSignature, SigningFacts
from agent.policy.rule import Answer, Rule
from agent.roles import Role


def shared_identity(first: SigningCertificate, second: SigningCertificate) -> str:
    """Name what two signers have in common that they may not; empty when nothing."""
    if is_same_key(first.spki_der, second.spki_der):
        return "key"
    if first.der == second.der:
        return "certificate"
    if comparable_name(first.organisation) == comparable_name(second.organisation):
        return "organisation"
    if first.entity_identifier and first.entity_identifier == second.entity_identifier:
        return "EUI-64"
    return ""


def _check(facts: SigningFacts) -> Iterable[Answer]:
    for signature in _countersigned(facts):
        shared = signature.certificate and shared_identity(signature.certificate, facts.signer.certificate)
        if shared:
            yield Answer(
                signature.part,
                f"the countersigner has the same {shared} as the signer it countersigns",
                "a countersignature is another party's: use a signer of another organisation",
            )


def _countersigned(facts: SigningFacts) -> Iterable[JudgedSignature]:
    """List the manufacturer's signatures; others on the document are another rule's business."""
    if facts.operation is not Operation.COUNTERSIGN:
        return ()
    return [item for item in facts.signatures if item.claimed_role == Role.MANUFACTURER]


def _evidence(facts: SigningFacts) -> Iterable[str]:
    for signature in _countersigned(facts):
        if signature.certificate is not None:
            yield f"{signature.part} is by {signature.certificate.display_name}"


RULE = Rule(
    code="four-eyes",
    clause="MP168 (manufacturer and countersigner)",
    summary="the countersigner has the signer's key, certificate, organisation or EUI-64",
    check=_check,
    evidence=_evidence,
)

"""Whoever countersigns is somebody else: another key, certificate, organisation and EUI-64."""

from collections.abc import Iterable

from agent.config.parties import comparable_name
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule


def shared_identity(first: SigningCertificate, second: SigningCertificate) -> str:
    """Name what two signers have in common that they may not; empty when nothing."""
    if first.spki_der == second.spki_der:
        return "key"
    if first.der == second.der:
        return "certificate"
    if comparable_name(first.organisation) == comparable_name(second.organisation):
        return "organisation"
    if first.entity_identifier and first.entity_identifier == second.entity_identifier:
        return "EUI-64"
    return ""


def _check(facts: SigningFacts) -> Iterable[Answer]:
    if facts.operation is not Operation.COUNTERSIGN:
        return
    for signature in facts.signatures:
        if signature.certificate is None:
            continue
        shared = shared_identity(signature.certificate, facts.signer.certificate)
        if shared:
            yield Answer(
                signature.part,
                f"the countersigner has the same {shared} as the signer it countersigns",
                "a countersignature is another party's: use a signer of another organisation",
            )


def _evidence(facts: SigningFacts) -> Iterable[str]:
    for signature in facts.signatures if facts.operation is Operation.COUNTERSIGN else ():
        if signature.certificate is not None:
            yield f"{signature.part} is by {signature.certificate.display_name}"


RULE = Rule(
    code="four-eyes",
    clause="MP168 (manufacturer and countersigner)",
    summary="the countersigner has the signer's key, certificate, organisation or EUI-64",
    check=_check,
    evidence=_evidence,
)

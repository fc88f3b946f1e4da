"""Whoever countersigns is somebody else: another key, another certificate, another organisation."""

from collections.abc import Iterable

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
    if _comparable(first.organisation) == _comparable(second.organisation):
        return "organisation"
    return ""


def _comparable(name: str) -> str:
    """Names compare without case and repeated white space (RFC 5280 7.1)."""
    return " ".join(name.split()).casefold()


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


RULE = Rule(
    code="four-eyes",
    clause="MP168 (manufacturer and countersigner)",
    summary="the countersigner has the signer's key, certificate or organisation",
    check=_check,
)

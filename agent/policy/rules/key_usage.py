"""The certificate must be for signatures."""

from collections.abc import Iterable

from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication

_SIGNING = frozenset({"digitalSignature", "contentCommitment"})


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    usage = facts.certificate.key_usage
    if usage is None or not usage & _SIGNING:
        found = ", ".join(sorted(usage)) if usage else "nothing"
        yield Answer(
            facts.certificate.display_name,
            f"the certificate's key usage is {found}: neither digitalSignature nor contentCommitment",
            "use the IKI Certificate that was issued for signing",
            SubIndication.CHAIN_CONSTRAINTS_FAILURE,
        )


def _evidence(facts: CertificateFacts) -> Iterable[str]:
    usage = facts.certificate.key_usage
    yield "no keyUsage" if usage is None else f"keyUsage {', '.join(sorted(usage))}"


RULE = Rule(
    code="key-usage",
    clause="RFC 5280 4.2.1.3",
    summary="neither digitalSignature nor contentCommitment",
    check=_check,
    evidence=_evidence,
)

"""The certificate must say that its key is for signatures.

Where keyUsage is absent, RFC 5280 clause 4.2.1.3 restricts nothing. IKI Certificates have it: one without it
is not what the CA issues for signing, and nobody said that the key is for that.
"""

from collections.abc import Iterable

from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication

_SIGNING = frozenset({"digitalSignature", "contentCommitment"})


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    usage = facts.certificate.key_usage
    if usage is not None and usage & _SIGNING:
        return
    if usage is None:
        found = "the certificate has no keyUsage: nothing says that its key is for signatures"
    else:
        named = ", ".join(sorted(usage)) or "nothing"
        found = f"the certificate's keyUsage names {named}: neither digitalSignature nor contentCommitment"
    yield Answer(
        facts.certificate.display_name,
        found,
        "sign with an IKI Certificate whose keyUsage names digitalSignature",
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    )


def _evidence(facts: CertificateFacts) -> Iterable[str]:
    usage = facts.certificate.key_usage
    yield "no keyUsage" if usage is None else f"keyUsage {', '.join(sorted(usage))}"


RULE = Rule(
    code="key-usage",
    clause="RFC 5280 4.2.1.3",
    summary="keyUsage names neither digitalSignature nor contentCommitment, or is not there",
    check=_check,
    evidence=_evidence,
)

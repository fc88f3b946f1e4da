"""The claimed role must be one that the certificate's party may claim."""

from collections.abc import Iterable

from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.roles import Role
from agent.verdicts import SubIndication


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    if facts.claimed_role not in set(Role):
        return  # the signature's structure is refused for it already
    allowed = facts.settings.roles.get(Role(facts.claimed_role))
    if allowed is not None and facts.certificate.role_code not in allowed:
        code = facts.certificate.role_code or "no role code"
        yield Answer(
            facts.certificate.display_name,
            f"a certificate with {code} may not sign as {facts.claimed_role}"
            f" (allowed: {', '.join(sorted(allowed))})",
            "sign with the certificate of the right party, or correct [roles] in the policy file",
            SubIndication.SIG_CONSTRAINTS_FAILURE,
        )


RULE = Rule(
    code="signer-party",
    clause="SEC Appendix B (Remote Party Role Code); MP168",
    summary="the certificate's role code is not one that may claim the role, where the policy lists them",
    check=_check,
)

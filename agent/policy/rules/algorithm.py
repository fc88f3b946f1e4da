"""The key must be as strong as the policy asks for."""

from collections.abc import Iterable

from agent.pki.algorithms import RSA_FAMILIES, key_strength
from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    strength = key_strength(facts.certificate.spki_der)
    settings = facts.settings
    weakness = ""
    if strength.family in RSA_FAMILIES:
        if strength.modulus_bits < settings.minimum_rsa_bits:
            weakness = (
                f"an RSA key of {strength.modulus_bits} bits, the policy asks for {settings.minimum_rsa_bits}"
            )
        elif strength.exponent <= 1 or strength.exponent % 2 == 0:
            weakness = f"an RSA key with the public exponent {strength.exponent}"
    elif strength.kind not in settings.curves:
        weakness = f"a key of kind {strength.kind}, the policy allows {', '.join(settings.curves)} and RSA"
    if weakness:
        yield Answer(
            facts.certificate.display_name,
            f"the certificate has {weakness}",
            "use a key of a kind and size that the policy allows",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        )


def _evidence(facts: CertificateFacts) -> Iterable[str]:
    settings = facts.settings
    yield (
        f"{facts.certificate.key_kind}; allowed: RSA from {settings.minimum_rsa_bits} bits,"
        f" {', '.join(settings.curves)}"
    )


RULE = Rule(
    code="algorithm",
    clause="ETSI EN 319 102-1 5.2.8; NIST SP 800-57 part 1",
    summary="RSA below the configured size or with exponent 1, or an unlisted curve",
    check=_check,
    evidence=_evidence,
)

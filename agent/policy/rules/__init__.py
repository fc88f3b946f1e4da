"""The rules, one in a file, and the three sets they make."""

from agent.policy.facts import AccessFacts, CertificateFacts, SigningFacts
from agent.policy.rule import Rule
from agent.policy.rules import (
    algorithm,
    already_signed,
    certificate_validity,
    certification_path,
    clock,
    countersign_verified_only,
    countersigner_for_device_type,
    four_eyes,
    key_matches_certificate,
    key_usage,
    quota,
    requester,
    revocation,
    signer_party,
)

CERTIFICATE_RULES: tuple[Rule[CertificateFacts], ...] = (
    certificate_validity.RULE,
    certification_path.RULE,
    revocation.RULE,
    key_usage.RULE,
    algorithm.RULE,
    signer_party.RULE,
)
"""What holds for any signer's certificate, at signing and at verification."""

ACCESS_RULES: tuple[Rule[AccessFacts], ...] = (
    requester.RULE,
    quota.RULE,
    clock.RULE,
)
"""What holds whenever a key is to be used, for a certification request too."""

SIGNING_RULES: tuple[Rule[SigningFacts], ...] = (
    key_matches_certificate.RULE,
    already_signed.RULE,
    countersign_verified_only.RULE,
    four_eyes.RULE,
    countersigner_for_device_type.RULE,
)
"""What holds for the document and the key that is to sign it."""

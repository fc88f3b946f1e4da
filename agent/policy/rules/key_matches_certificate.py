"""The token's key must be the certificate's."""

import hashlib
from collections.abc import Iterable

from agent.pki.algorithms import is_same_key
from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule


def _check(facts: SigningFacts) -> Iterable[Answer]:
    found = facts.token_public_key
    if found is not None and not is_same_key(found, facts.signer.certificate.spki_der):
        yield Answer(
            facts.signer.certificate.display_name,
            "the key on the token is not the certificate's",
            "compare `iki key list` with the signer's token and certificate in the configuration",
        )


def _evidence(facts: SigningFacts) -> Iterable[str]:
    if facts.token_public_key is not None:
        digest = hashlib.sha256(facts.signer.certificate.spki_der).hexdigest()
        yield f"SubjectPublicKeyInfo of the certificate, SHA-256 {digest}, compared with the token's"


RULE = Rule(
    code="key-matches-certificate",
    clause="RFC 5280 4.1.2.7",
    summary="the token's public key is not the certificate's",
    check=_check,
    evidence=_evidence,
)

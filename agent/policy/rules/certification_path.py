"""There must be a certification path to a configured IKI trust anchor."""

from collections.abc import Iterable

from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    error = facts.path_error
    if error is not None:
        yield Answer(
            facts.certificate.display_name,
            error.message,
            error.hint or "put the IKI CA certificates in the configuration under [trust]",
            SubIndication.CHAIN_CONSTRAINTS_FAILURE
            if error.chain_found
            else SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        )


RULE = Rule(
    code="certification-path",
    clause="RFC 5280 6.1",
    summary="no path to a configured IKI trust anchor, or a certificate on it breaks the rules for paths",
    check=_check,
)

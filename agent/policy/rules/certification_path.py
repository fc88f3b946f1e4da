"""There must be a certification path to a configured IKI trust anchor."""

from collections.abc import Iterable

from agent.pki.path import PathError
from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication

_ANY_POLICY = "2.5.29.32.0"


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    if facts.path_error is not None:
        yield _no_path(facts, facts.path_error)
    if facts.certificate.is_ca:
        yield Answer(
            facts.certificate.display_name,
            "the certificate is a certification authority's, which signs no documents",
            "sign with the end-entity certificate that was issued for it",
            SubIndication.CHAIN_CONSTRAINTS_FAILURE,
        )
    yield from _check_policies(facts)


def _no_path(facts: CertificateFacts, error: PathError) -> Answer:
    return Answer(
        facts.certificate.display_name,
        error.message,
        error.hint or "put the IKI CA certificates in the configuration under [trust]",
        SubIndication.CHAIN_CONSTRAINTS_FAILURE
        if error.chain_found
        else SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    )


def _check_policies(facts: CertificateFacts) -> Iterable[Answer]:
    """Every certificate below the anchor must assert one of the required policies (RFC 5280 6.1.3 d)."""
    required = frozenset(facts.settings.required_policies)
    for certificate in facts.path.certificates[:-1] if facts.path and required else ():
        accepted = required | {_ANY_POLICY} if certificate.is_ca else required
        if not certificate.policies & accepted:
            yield Answer(
                certificate.display_name,
                f"the certificate asserts none of the required policies {', '.join(sorted(required))}",
                "use a certificate issued under the right policy, or correct required_policies",
                SubIndication.CHAIN_CONSTRAINTS_FAILURE,
            )


RULE = Rule(
    code="certification-path",
    clause="RFC 5280 6.1",
    summary="no path to a configured IKI trust anchor, or a certificate on it breaks the rules for paths",
    check=_check,
)

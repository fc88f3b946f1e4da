"""There must be a certification path to a configured IKI trust anchor."""

from collections.abc import Iterable

from agent.pki.path import PathError
from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication

_TRUST_HINT = "put the IKI CA certificates in the configuration under [trust]"
_PATH_HINT = "use a certificate whose CAs were allowed to issue it, under a required policy where one is"


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
    yield from _check_purposes(facts)


def _no_path(facts: CertificateFacts, error: PathError) -> Answer:
    return Answer(
        facts.certificate.display_name,
        error.message,
        error.hint or (_PATH_HINT if error.chain_found else _TRUST_HINT),
        SubIndication.CHAIN_CONSTRAINTS_FAILURE
        if error.chain_found
        else SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    )


def _check_purposes(facts: CertificateFacts) -> Iterable[Answer]:
    """The signer's certificate must name one required purpose; anyExtendedKeyUsage names none."""
    required = facts.settings.required_extended_key_usages
    named = facts.certificate.extended_key_usage or frozenset()
    if required and not named & set(required):
        yield Answer(
            facts.certificate.display_name,
            f"the certificate names none of the required extended key usages {', '.join(sorted(required))}",
            "use a certificate issued for it, or correct required_extended_key_usages",
            SubIndication.CHAIN_CONSTRAINTS_FAILURE,
        )


def _evidence(facts: CertificateFacts) -> Iterable[str]:
    if facts.path is None:
        yield "no path"
    for certificate in facts.path.certificates if facts.path else ():
        kind = "anchor " if facts.path and certificate == facts.path.anchor else ""
        yield f"{kind}{certificate.subject}, serial {certificate.serial_hex}"
    if facts.path:
        limit = facts.path.unconfirmed
        yield f"cryptography's path verifier {f'has no word on it: {limit}' if limit else 'agrees'}"
    for what, required in (
        ("policies", facts.settings.required_policies),
        ("extended key usages", facts.settings.required_extended_key_usages),
    ):
        if required:
            yield f"required {what}: one of {', '.join(required)}"


RULE = Rule(
    code="certification-path",
    clause="RFC 5280 6.1 and 4.2.1.12",
    summary="no path to a configured IKI trust anchor, a certificate on it breaks the rules for paths, or a"
    " required policy or extended key usage is missing",
    check=_check,
    evidence=_evidence,
)

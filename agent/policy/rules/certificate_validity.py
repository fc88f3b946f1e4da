"""The certificate must be inside its validity, with the life that policy asks for left."""

from collections.abc import Iterable

from agent.findings import Level
from agent.instants import format_instant
from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    certificate, at = facts.certificate, facts.at
    where = certificate.display_name
    ends = format_instant(certificate.not_after)
    if at < certificate.not_before:
        yield Answer(
            where,
            f"the certificate is not valid before {format_instant(certificate.not_before)}",
            "check the clock, or wait until the certificate begins",
            SubIndication.NOT_YET_VALID,
        )
    elif at > certificate.not_after:
        yield Answer(
            where,
            f"the certificate expired at {ends}",
            "get a new IKI Certificate: make a request with `iki csr`",
            SubIndication.OUT_OF_BOUNDS_NO_POE,
        )
    elif certificate.not_after - at < facts.settings.minimum_remaining:
        yield Answer(
            where,
            f"the certificate expires at {ends}, which leaves less life than the policy asks for",
            "get a new IKI Certificate: make a request with `iki csr`",
            SubIndication.SIG_CONSTRAINTS_FAILURE,
        )
    elif certificate.not_after - at <= facts.settings.expiry_warning:
        yield Answer(
            where,
            f"the certificate expires at {ends}",
            "get a new IKI Certificate in time: make a request with `iki csr`",
            level=Level.WARN,
        )


RULE = Rule(
    code="certificate-validity",
    clause="RFC 5280 4.1.2.5",
    summary="before notBefore, after notAfter (both inclusive, UTC), or below the minimum remaining life",
    check=_check,
)

"""The certificate must be inside its validity, with the life that policy asks for left."""

from collections.abc import Iterable

from agent.findings import Level
from agent.instants import format_instant
from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.verdicts import SubIndication


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    yield from _check_validity(facts)
    yield from _check_usage_period(facts)


def _check_validity(facts: CertificateFacts) -> Iterable[Answer]:
    certificate, at = facts.certificate, facts.at
    where = certificate.display_name
    ends = format_instant(certificate.not_after)
    if at < certificate.not_before:
        yield Answer(
            where,
            f"the certificate is not valid before {format_instant(certificate.not_before)}",
            "check the clock, or the time of --at; a certificate that begins later is to be waited for",
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


def _check_usage_period(facts: CertificateFacts) -> Iterable[Answer]:
    """Judge the private key's own period, at verification as well: when it signed is a mere claim."""
    begins, ends = facts.certificate.private_key_usage_period or (None, None)
    if begins is not None and facts.at < begins:
        yield Answer(
            facts.certificate.display_name,
            f"the private key may not be used before {format_instant(begins)} (privateKeyUsagePeriod)",
            "check the clock, or the time of --at; a period that begins later is to be waited for",
            SubIndication.NOT_YET_VALID,
        )
    elif ends is not None and facts.at > ends:
        yield Answer(
            facts.certificate.display_name,
            f"the private key may not be used after {format_instant(ends)} (privateKeyUsagePeriod)",
            "get a new IKI Certificate: make a request with `iki csr`",
            SubIndication.OUT_OF_BOUNDS_NO_POE,
        )


def _evidence(facts: CertificateFacts) -> Iterable[str]:
    certificate = facts.certificate
    yield (
        f"judged at {format_instant(facts.at)}: notBefore {format_instant(certificate.not_before)},"
        f" notAfter {format_instant(certificate.not_after)}"
    )
    if certificate.private_key_usage_period is not None:
        begins, ends = (
            format_instant(item) if item else "open" for item in certificate.private_key_usage_period
        )
        yield f"privateKeyUsagePeriod {begins} to {ends}"
    yield (
        f"announced {facts.settings.expiry_warning.days} days ahead,"
        f" at least {facts.settings.minimum_remaining.days} days must be left"
    )


RULE = Rule(
    code="certificate-validity",
    clause="RFC 5280 4.1.2.5; RFC 3280 4.2.1.4",
    summary="before notBefore or after notAfter (inclusive, UTC), outside privateKeyUsagePeriod, or below the"
    " minimum remaining life; warns from the configured number of days before the end",
    check=_check,
    evidence=_evidence,
)

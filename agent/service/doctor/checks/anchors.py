"""Trust anchors and issuing CAs are certificates of CAs, and in force."""

from collections.abc import Iterator
from datetime import timedelta

from agent.exits import ExitStatus
from agent.instants import format_instant
from agent.pki.certificate import SigningCertificate
from agent.service.doctor.line import Check, Line, failed, passed, warned
from agent.service.doctor.patient import Patient
from agent.service.trust import load_authorities

_SOON = timedelta(days=90)


def _look(patient: Patient) -> Iterator[Line]:
    authorities = load_authorities(patient.configuration.trust)
    for anchor in authorities.anchors:
        yield _judge(patient, anchor, "trust anchor")
    for intermediate in authorities.intermediates:
        yield _judge(patient, intermediate, "issuing CA")


def _judge(patient: Patient, certificate: SigningCertificate, what: str) -> Line:
    ends = format_instant(certificate.not_after)
    hint = f"get the {what}'s current certificate from its CA; {certificate.where}"
    if not certificate.is_ca:
        return failed(certificate.subject, "anchor-no-ca", f"this {what} is no CA's certificate", hint)
    if not certificate.not_before <= patient.at <= certificate.not_after:
        begins = format_instant(certificate.not_before)
        return failed(
            certificate.subject, "anchor-not-in-force", f"this {what} is valid from {begins} to {ends}", hint
        )
    if certificate.not_after - patient.at < _SOON:
        return warned(certificate.subject, "anchor-expires", f"this {what} expires at {ends}", hint)
    return passed(certificate.subject, f"{what}, valid until {ends}")


CHECK = Check("anchors", ExitStatus.USAGE, _look)

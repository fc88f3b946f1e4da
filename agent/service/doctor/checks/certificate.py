"""Each signer's certificate is in force, and for how long."""

from collections.abc import Iterator

from agent.config.signers import SignerSettings
from agent.exits import ExitStatus
from agent.instants import format_instant
from agent.service.doctor.each import each_signer
from agent.service.doctor.line import Check, Line, failed, passed, warned
from agent.service.doctor.patient import Patient


def _look(patient: Patient, signer: SignerSettings) -> Iterator[Line]:
    certificate = patient.load_certificate(signer)
    policy = patient.load_policy()
    left = certificate.not_after - patient.at
    ends = format_instant(certificate.not_after)
    hint = f"`iki csr --as {signer.name}` makes the request for a new one"
    if patient.at < certificate.not_before:
        begins = format_instant(certificate.not_before)
        yield failed(
            signer.name,
            "certificate-not-yet-valid",
            f"the certificate is not valid before {begins}",
            "wait, or set the clock right",
        )
    elif patient.at > certificate.not_after:
        yield failed(signer.name, "certificate-expired", f"the certificate expired at {ends}", hint)
    elif left < policy.minimum_remaining:
        yield failed(
            signer.name,
            "certificate-expires",
            f"{left.days} days to its end at {ends}: less than the policy asks for",
            hint,
        )
    elif left <= policy.expiry_warning:
        yield warned(signer.name, "certificate-expires", f"{left.days} days to its end at {ends}", hint)
    else:
        yield passed(signer.name, f"{left.days} days to its end at {ends}")


CHECK = Check("certificate", ExitStatus.REFUSED, each_signer(_look))

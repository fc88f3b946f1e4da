"""Whoever may have digests signed that were made elsewhere may have anything signed."""

from collections.abc import Iterator

from agent.exits import ExitStatus
from agent.service.doctor.line import Check, Line, passed, warned
from agent.service.doctor.patient import Patient


def _look(patient: Patient) -> Iterator[Line]:
    found = [signer for signer in patient.signers if signer.access.raw_digest_requesters]
    for signer in found:
        names = ", ".join(signer.access.raw_digest_requesters)
        yield warned(
            signer.name,
            "raw-digest-allowed",
            f"the agent signs any digest with this key for {names}: no rule sees what it is of",
            f"have documents signed, and take [signers.{signer.name}] raw_digest_requesters out",
        )
    if not found:
        yield passed("signers", "keys sign documents alone, no digest made elsewhere")


CHECK = Check("raw-digest", ExitStatus.USAGE, _look)

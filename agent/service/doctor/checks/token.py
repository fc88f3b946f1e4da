"""Exactly one token is what each signer's URI means."""

from collections.abc import Iterator

from agent.config.signers import SignerSettings
from agent.exits import ExitStatus
from agent.service.doctor.each import each_signer
from agent.service.doctor.line import Check, Line, passed
from agent.service.doctor.patient import Patient


def _look(patient: Patient, signer: SignerSettings) -> Iterator[Line]:
    token = patient.examine_token(signer).token
    yield passed(signer.name, f"slot {token.slot_id}: {token.uri}")


CHECK = Check("token", ExitStatus.TOKEN, each_signer(_look))

"""The module bears two threads at once, each with its own session; or the profile says that it does not."""

from collections.abc import Iterator

from agent.exits import ExitStatus
from agent.service.doctor.line import Check, Line, passed
from agent.service.doctor.patient import Patient
from agent.service.hsm_errors import translating_hsm_errors
from hsm import check_concurrency

_ROUNDS_SECONDS = 15.0
"""Many requests, begun within 12 seconds (hsm.examination), beside the last of them."""


def _look(patient: Patient) -> Iterator[Line]:
    settings, patience = patient.configuration.module, patient.patience
    path = str(patient.find_module())
    if settings.profile.serialise:
        yield passed(path, "not tried: [module.profile] serialise lets one call in at a time")
        return
    for signer in patient.signers[:1]:
        token = patient.examine_token(signer).token
        with translating_hsm_errors():
            rounds = check_concurrency(
                patient.find_module(),
                settings.environment,
                token.uri,
                reserved=settings.reserved,
                seconds=_ROUNDS_SECONDS + patience,
            )
        yield passed(path, f"two threads opened, searched and closed {rounds} sessions of {token.label}")


CHECK = Check("concurrency", ExitStatus.TOKEN, _look)

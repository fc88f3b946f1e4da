"""Checks that are made for each signer; what is wrong with one does not hide the next."""

from collections.abc import Callable, Iterable, Iterator

from agent.config.signers import SignerSettings
from agent.errors import IkiError
from agent.service.doctor.line import Line, failed
from agent.service.doctor.patient import Patient


def each_signer(
    look: Callable[[Patient, SignerSettings], Iterable[Line]],
) -> Callable[[Patient], Iterable[Line]]:
    """Build the check of all signers from that of one."""

    def look_at_all(patient: Patient) -> Iterator[Line]:
        for signer in patient.signers:
            try:
                yield from look(patient, signer)
            except IkiError as error:
                yield failed(signer.name, error.code, error.message, error.hint)

    return look_at_all

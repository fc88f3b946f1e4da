"""The PKCS#11 module loads, initialises and lists its slots."""

from collections.abc import Iterator

from agent.exits import ExitStatus
from agent.service.doctor.line import Check, Line, passed, warned
from agent.service.doctor.patient import Patient


def _look(patient: Patient) -> Iterator[Line]:
    found = patient.examine_module()
    slots = f"{len(found.tokens)} tokens, {found.blank_slots} uninitialised, {found.silent_slots} empty slots"
    yield passed(found.path, f"{found.library}: {slots}")
    if not found.tokens:
        yield warned(
            found.path,
            "token-missing",
            "the module shows no initialised token",
            "plug the token in, or `iki token init --as NAME`",
        )


CHECK = Check("module", ExitStatus.TOKEN, _look)

"""All checks, one after the other; none keeps the others from being made."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.service.doctor.checks import CHECKS
from agent.service.doctor.line import Check, Health, Line, failed
from agent.service.doctor.patient import Patient
from agent.service.workspace import configuration_path, load_configuration

_WORST_FIRST = (ExitStatus.USAGE, ExitStatus.TOKEN, ExitStatus.REFUSED)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What all checks said."""

    at: datetime
    lines: tuple[tuple[Check, Line], ...]

    @property
    def health(self) -> Health:
        """The worst of all lines."""
        found = {line.health for _, line in self.lines}
        return next((health for health in (Health.FAIL, Health.WARN) if health in found), Health.PASS)

    @property
    def status(self) -> ExitStatus:
        """0 unless something failed; else the first of 2, 6 and 3 that a failed check has."""
        statuses = {check.status for check, line in self.lines if line.health is Health.FAIL}
        return next((status for status in _WORST_FIRST if status in statuses), ExitStatus.OK)


def run_doctor(named: Path | None, signer: str | None) -> Diagnosis:
    """Make every check on the configuration, for one signer or for all.

    Raises:
        UsageError: the signer is unknown.

    """
    at = datetime.now(UTC)
    try:
        configuration = load_configuration(named)
    except IkiError as error:
        check = Check("configuration", ExitStatus.USAGE, lambda _: ())
        where = str(configuration_path(named))
        return Diagnosis(at, ((check, failed(where, error.code, error.message, error.hint)),))
    signers = (
        tuple(configuration.signers.values()) if signer is None else (configuration.find_signer(signer),)
    )
    return Diagnosis(at, tuple(_make_all(Patient(configuration, signers, at))))


def _make_all(patient: Patient) -> Iterator[tuple[Check, Line]]:
    told: set[tuple[str, str]] = set()
    for check in CHECKS:
        for line in _make(check, patient):
            # An error that several checks meet is the first one's; the others had nothing to look at.
            if line.health is Health.FAIL and (line.code, line.message) in told:
                continue
            told.add((line.code, line.message))
            yield check, line


def _make(check: Check, patient: Patient) -> Iterator[Line]:
    try:
        yield from check.look(patient)
    except IkiError as error:
        yield failed(check.name, error.code, error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - a check that crashes is a finding; the others go on
        yield failed(
            check.name,
            "check-crashed",
            f"the check itself failed: {type(error).__name__}: {error}",
            "this is a defect of iki: report it",
        )

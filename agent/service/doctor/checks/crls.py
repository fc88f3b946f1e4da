"""What is known of revocation is fresh, for each CA."""

from collections.abc import Iterator

from agent.exits import ExitStatus
from agent.instants import format_instant
from agent.service.crls.states import Freshness, IssuerState
from agent.service.doctor.line import Check, Line, failed, passed, warned
from agent.service.doctor.patient import Patient

_HINT = "`iki crl fetch` or `iki crl import FILE` brings a newer list; `iki crl status` shows all"


def _look(patient: Patient) -> Iterator[Line]:
    yield from map(_judge, patient.list_crl_states())


def _judge(state: IssuerState) -> Line:
    if state.crl is None:
        return failed(state.issuer, "crl-absent", "there is no CRL of this CA", _HINT)
    next_update = state.crl.next_update
    until = "no nextUpdate" if next_update is None else f"nextUpdate {format_instant(next_update)}"
    if state.freshness is Freshness.GRACE:
        return warned(
            state.issuer, "crl-grace", f"the CRL is out of date, and tolerated by policy: {until}", _HINT
        )
    if state.freshness is Freshness.STALE:
        return failed(
            state.issuer, "crl-stale", f"the CRL is out of date and vouches for nothing: {until}", _HINT
        )
    return passed(state.issuer, f"the CRL is fresh: {until}")


CHECK = Check("crl", ExitStatus.REFUSED, _look)

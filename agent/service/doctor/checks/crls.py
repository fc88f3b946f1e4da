"""What is known of revocation is fresh, for each CA."""

from collections.abc import Iterator

from agent.exits import ExitStatus
from agent.instants import format_instant
from agent.service.crls.states import Freshness, IssuerState
from agent.service.doctor.line import Check, Line, failed, passed, warned
from agent.service.doctor.patient import Patient

_HINT = "`iki crl fetch` or `iki crl import FILE` brings a newer list; `iki crl status` shows all"
_CLOCK_HINT = "look at this machine's clock first; `iki crl status` shows all"


def _look(patient: Patient) -> Iterator[Line]:
    yield from map(_judge, patient.list_crl_states())


def _judge(state: IssuerState) -> Line:
    if state.crl is None:
        return _judge_all(state)
    if state.freshness is Freshness.NOT_YET_VALID:
        since = f"thisUpdate {format_instant(state.crl.this_update)} is yet to come"
        return failed(state.issuer, "crl-not-yet-valid", f"the CRL vouches for nothing: {since}", _CLOCK_HINT)
    if state.problem:
        # Whether the others suffice is told of the CA.
        return warned(state.issuer, state.problem, "a CRL vouches for nothing, however fresh it is", _HINT)
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


def _judge_all(state: IssuerState) -> Line:
    """Judge what a CA's lists are together."""
    if state.freshness is Freshness.PARTIAL:
        message = "its CRLs do not vouch for all that this CA issues"
        return failed(state.issuer, "crl-partial", message, _HINT)
    return failed(state.issuer, "crl-absent", "there is no CRL of this CA", _HINT)


CHECK = Check("crl", ExitStatus.REFUSED, _look)

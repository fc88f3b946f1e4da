"""The clock is not before anything that was already seen."""

from collections.abc import Iterator

from agent.exits import ExitStatus
from agent.instants import format_instant
from agent.service.crls.assembly import store_path
from agent.service.crls.store import CRLStore
from agent.service.doctor.line import Check, Line, failed, passed
from agent.service.doctor.patient import Patient
from agent.service.recording import open_audit


def _look(patient: Patient) -> Iterator[Line]:
    seen = []
    newest = open_audit(patient.configuration).count_usage(()).newest
    if newest is not None:
        at, sequence = newest
        seen.append((at, f"record {sequence} of the audit log"))
    patient.list_crl_states()  # brings the store up to date
    # Also lists that are not in force yet: those are what a clock that is slow would see.
    with CRLStore(store_path(patient.configuration.crl)) as store:
        seen += [(crl.this_update, f"thisUpdate of a CRL of {crl.issuer}") for crl in store.list_crls()]
    now = format_instant(patient.at)
    if not seen:
        yield passed("clock", f"{now}; nothing was seen before to compare it with")
        return
    at, what = max(seen, key=lambda item: item[0])
    if patient.at.replace(microsecond=0) < at.replace(microsecond=0):
        yield failed(
            "clock",
            "clock",
            f"the clock says {now}, which is before {format_instant(at)}, {what}",
            "set the clock right (or, if it was wrong before, ask whoever keeps the audit log)",
        )
    else:
        yield passed("clock", f"{now}, after {format_instant(at)}, {what}")


CHECK = Check("clock", ExitStatus.REFUSED, _look)

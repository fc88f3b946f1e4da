"""`python -m tests.bench.warm_decisions`: milliseconds of a full policy decision, caches warm, as JSON."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from agent.config.access import KeyAccess
from agent.config.quotas import Quotas
from agent.formats.records import DocumentRecord
from agent.operations import Operation
from agent.policy.collecting import collect_certificate_facts, find_newest_crl
from agent.policy.engine import decide
from agent.policy.facts import AccessFacts, QuotaUsage, SigningFacts
from agent.policy.verdict import Judge
from agent.roles import Role
from tests.support.signer import NOW, SoftwareLab, make_software_lab

_RUNS = 300
_KINDS = ("ec-p256", "rsa-2048")


def main() -> None:
    """Decide again and again: path, both CRLs, all rules; print best and median by kind of key."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="iki-bench-") as folder:
        for kind in _KINDS:
            lab = make_software_lab(Path(folder) / kind, kind)
            judge = lab.judge()
            times = [_measure(lab, judge) for _ in range(_RUNS)][10:]
            found[kind] = {"best": min(times), "median": statistics.median(times)}
    sys.stdout.write(json.dumps(found))


def _measure(lab: SoftwareLab, judge: Judge) -> float:
    """Decide once; milliseconds."""
    certificate = lab.signers[Role.MANUFACTURER].certificate
    started = time.perf_counter()
    signer = collect_certificate_facts(
        certificate,
        claimed_role=Role.MANUFACTURER,
        issuers=(lab.authority.issuing_certificate,),
        trust=judge.trust,
        settings=judge.settings,
        at=NOW,
    )
    access = AccessFacts(
        operation=Operation.SIGN,
        signer="manufacturer",
        requester="ann",
        uid=1000,
        at=NOW,
        access=KeyAccess(("ann",), Quotas(per_hour=10, per_day=100)),
        usages=(
            QuotaUsage("manufacturer", 1, 10, "hour", "quota_per_hour"),
            QuotaUsage("manufacturer", 1, 100, "day", "quota_per_day"),
        ),
        newest_seen=find_newest_crl(signer, judge.trust),
        settings=judge.settings,
    )
    facts = SigningFacts(
        operation=Operation.SIGN,
        role=Role.MANUFACTURER,
        signer=signer,
        access=access,
        token_public_key=certificate.spki_der,
        record=DocumentRecord(()),
        signatures=(),
        form=None,
        observations=(),
    )
    decide(facts).require_allowed()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()

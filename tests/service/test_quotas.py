"""Quotas of signers and requesters: which hold, what is counted, and the last word at the recording."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.audit.door import UsageQuery
from agent.config.configuration import parse_configuration
from agent.policy.engine import PolicyRefusedError
from agent.policy.facts import QuotaUsage
from agent.service.quotas import QuotaGuard, fill_usages, list_quotas
from tests.policy.conftest import make_access
from tests.support.signer import NOW

_CONFIGURATION = b"""[trust]
anchors = ["root.pem"]
[signers.maker]
role = "manufacturer"
token = "pkcs11:token=t"
quota_per_minute = 2
quota_per_day = 9
[quota.each_requester]
per_hour = 3
[quota.requesters.bob]
per_day = 4
"""
CONFIGURATION = parse_configuration(_CONFIGURATION, path=Path("/etc/iki.toml"))
SIGNER = CONFIGURATION.find_signer("maker")


def test_the_signers_and_the_requesters_quotas_hold() -> None:
    """A signer's for whoever asks; a requester's with any signer, by name or as one of all."""
    ann = list_quotas(CONFIGURATION, SIGNER, None, "ann")
    assert [each.build_query(NOW) for each in ann] == [
        UsageQuery(NOW - timedelta(minutes=1), signer="maker"),
        UsageQuery(NOW - timedelta(days=1), signer="maker"),
        UsageQuery(NOW - timedelta(hours=1), requester="ann"),
    ]
    assert fill_usages(ann, (1, 2, 3))[2] == QuotaUsage(
        "the requester ann", 3, 3, "hour", "[quota.each_requester] per_hour"
    )
    bob = list_quotas(CONFIGURATION, SIGNER, None, "bob")
    assert [(each.usage.quota, each.usage.setting) for each in bob][2:] == [
        (4, "[quota.requesters.bob] per_day")
    ]


@pytest.mark.parametrize(
    ("counts", "refused"), [((1, 8, 2), 0), ((2, 8, 2), 1), ((1, 8, 3), 1), ((2, 9, 9), 3)]
)
def test_the_guard_decides_by_what_is_on_record(counts: tuple[int, ...], refused: int) -> None:
    """Facts of before said nothing against it; what was counted at the recording does."""
    guard = QuotaGuard(make_access(), list_quotas(CONFIGURATION, SIGNER, None, "ann"))
    assert len(guard.list_queries(NOW)) == 3
    if not refused:
        guard.decide(NOW, counts)
        return
    with pytest.raises(PolicyRefusedError) as caught:
        guard.decide(NOW, counts)
    assert [finding.code for finding in caught.value.findings] == ["quota"] * refused

"""Rules about the use of a key: who asks, how often, and whether the clock can be right."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.config.access import KeyAccess
from agent.findings import Level
from agent.policy.authorization import authorize
from agent.policy.collecting import find_newest_crl
from agent.policy.engine import PolicyRefusedError, decide_access
from agent.policy.facts import AccessFacts, NewestSeen, QuotaUsage
from tests.policy.conftest import CertificateFactsOf, SigningFactsOf, make_access
from tests.support.signer import NOW, SoftwareLab

_SECOND = timedelta(seconds=1)


def _refused(facts: AccessFacts) -> list[str]:
    return [item.code for item in decide_access(facts).findings if item.level is Level.REFUSE]


def test_without_any_word_everybody_may() -> None:
    """No list of requesters, no quota, nothing seen: nothing is said."""
    assert decide_access(make_access()).findings == ()


@pytest.mark.parametrize(
    ("requesters", "uid", "expected"),
    [
        (("ann",), 1000, []),
        (("uid:1000",), 1000, []),
        (("bob", "uid:1000"), 1000, []),
        (("ann",), None, []),
        (("bob",), 1000, ["requester"]),
        (("Ann",), 1000, ["requester"]),
        (("uid:1001", "uid:100", "uid:10000"), 1000, ["requester"]),
        (("uid:0",), None, ["requester"]),
        (("1000",), 1000, ["requester"]),
    ],
)
def test_only_those_listed_may_use_the_key(
    requesters: tuple[str, ...], uid: int | None, expected: list[str]
) -> None:
    """A requester is listed by exact user name or by `uid:` and number."""
    assert _refused(make_access(access=KeyAccess(requesters), uid=uid)) == expected


@pytest.mark.parametrize(("used", "expected"), [(0, []), (2, []), (3, ["quota"]), (4, ["quota"])])
@pytest.mark.parametrize("span", ["minute", "hour", "day"])
def test_a_quota_is_used_up(span: str, used: int, expected: list[str]) -> None:
    """With a quota of three the fourth signature is refused."""
    usages = (QuotaUsage("acme", used, 3, span, "quota"), QuotaUsage("the requester ann", 0, 1, span, "q"))
    assert _refused(make_access(usages=usages)) == expected


@pytest.mark.parametrize(
    ("newest", "expected"),
    [(NOW - _SECOND, []), (NOW, []), (NOW + _SECOND, ["clock"]), (NOW + timedelta(days=1), ["clock"])],
)
def test_the_clock_is_not_before_what_was_seen(newest: datetime, expected: list[str]) -> None:
    """The same second is right; a second earlier than what was seen is wrong."""
    assert _refused(make_access(newest_seen=NewestSeen(newest, "a record"))) == expected


def test_part_of_a_second_is_not_the_past() -> None:
    """A CRL and a record have whole seconds, the clock has not."""
    late = NewestSeen(NOW + timedelta(microseconds=900_000), "a record")
    assert _refused(make_access(newest_seen=late)) == []


def test_no_authorization_without_access(signing_facts: SigningFactsOf) -> None:
    """What the rules about access refuse is never authorized."""
    facts = signing_facts(access=make_access(access=KeyAccess(("bob",))))
    with pytest.raises(PolicyRefusedError) as caught:
        authorize(facts, bytes(32))
    assert "requester" in {finding.code for finding in caught.value.findings}


def test_the_newest_crl_is_one_relied_on(lab: SoftwareLab, certificate_facts: CertificateFactsOf) -> None:
    """The thisUpdate of the lists relied on is what the clock is held against."""
    found = find_newest_crl(certificate_facts(), lab.judge().trust)
    assert found is not None
    assert found.at == NOW - timedelta(hours=1)


def test_a_crl_from_the_future_tells_that_the_clock_was_set_back(
    lab: SoftwareLab, certificate_facts: CertificateFactsOf
) -> None:
    """With the clock set back an old list would vouch; the newer one says that the clock is wrong."""
    facts = certificate_facts()
    later = lab.judge(NOW + timedelta(days=3)).trust
    both = replace(later, crls=(*lab.judge().trust.crls, *later.crls))
    found = find_newest_crl(facts, both)
    assert found is not None
    assert found.at == NOW + timedelta(days=3, hours=-1)
    assert _refused(make_access(newest_seen=found)) == ["clock"]


def test_a_crl_that_nobody_signed_proves_nothing(
    lab: SoftwareLab, certificate_facts: CertificateFactsOf, other_lab: SoftwareLab
) -> None:
    """A forged list from the future does not keep anybody from signing."""
    facts = certificate_facts()
    forged = other_lab.judge(NOW + timedelta(days=3)).trust.crls
    trust = replace(lab.judge().trust, crls=(*lab.judge().trust.crls, *forged))
    found = find_newest_crl(facts, trust)
    assert found is not None
    assert found.at == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("requesters", "name", "uid", "allowed"),
    [
        (None, "ann", 1000, True),
        (None, "subject:CN=ann", None, False),
        (("ann",), "ann", 1000, True),
        (("uid:1000",), "ann", 1000, True),
        (("ann",), "bob", 1001, False),
        (("subject:CN=ann",), "subject:CN=ann", None, True),
    ],
)
def test_access_is_told_as_the_rule_decides(
    requesters: tuple[str, ...] | None, name: str, uid: int | None, allowed: bool
) -> None:
    """What `GET /v1/signers` says is what the rule would: no list is for users of the machine alone."""
    assert KeyAccess(requesters).allows(name, uid) is allowed

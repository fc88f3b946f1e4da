"""Which rules a policy file may lower."""

from dataclasses import replace

import pytest

from agent.config.policy import parse_policy
from agent.cpl.entries import SubmissionForm
from agent.errors import UsageError
from agent.findings import Level
from agent.policy.engine import check_levels, decide
from tests.policy.conftest import SigningFactsOf


def test_a_rule_that_may_be_lowered_is(signing_facts: SigningFactsOf) -> None:
    """A form without a Hash refuses, or only warns where the policy file says so, and that is reported."""
    form = SubmissionForm("Form", (), ())
    assert [finding.level for finding in decide(signing_facts(form=form)).findings] == [Level.REFUSE]
    settings = parse_policy(b'[levels]\nimage-hash-missing = "warn"\n', where="policy.toml")
    check_levels(settings)
    facts = signing_facts(form=form)
    lowered = decide(replace(facts, signer=replace(facts.signer, settings=settings)))
    assert [(finding.code, finding.level) for finding in lowered.findings] == [
        ("image-hash-missing", Level.WARN)
    ]
    assert lowered.lowered == ("image-hash-missing",)


@pytest.mark.parametrize(
    ("line", "code"),
    [('revocation = "warn"', "policy-rule-not-lowerable"), ('no-such-rule = "warn"', "policy-rule-unknown")],
)
def test_no_other_rule_is(line: str, code: str) -> None:
    """Most rules stand whatever a policy file says, and a rule that is not there is a mistake."""
    with pytest.raises(UsageError) as caught:
        check_levels(parse_policy(f"[levels]\n{line}\n".encode(), where="policy.toml"))
    assert caught.value.code == code

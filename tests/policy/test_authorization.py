"""The authorization: granted by the policy alone, for one digest, one key, once, for a minute."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.cpl.image import HashedImage
from agent.pki.algorithms import ECDSA_SHA256, RSA_PSS_SHA256
from agent.policy.authorization import AuthorizationError, SigningAuthorization, authorize
from agent.policy.engine import PolicyRefusedError
from agent.roles import Role
from tests.policy.conftest import SigningFactsOf
from tests.support.signer import NOW, SoftwareLab

_DIGEST = bytes(range(32))


@pytest.fixture
def grant(signing_facts: SigningFactsOf) -> Callable[[], SigningAuthorization]:
    """Grant an authorization on facts that nothing speaks against."""
    return lambda: authorize(signing_facts(), _DIGEST)[0]


def _key(lab: SoftwareLab) -> bytes:
    return lab.signers[Role.MANUFACTURER].certificate.spki_der


def test_it_hands_out_the_digest_once(lab: SoftwareLab, grant: Callable[[], SigningAuthorization]) -> None:
    """The second redemption is refused."""
    authorization = grant()
    assert authorization.redeem(_key(lab), NOW) == _DIGEST
    with pytest.raises(AuthorizationError) as caught:
        authorization.redeem(_key(lab), NOW)
    assert caught.value.code == "authorization-used"


def test_it_is_for_one_algorithm(signing_facts: SigningFactsOf) -> None:
    """The one asked for, or the one that follows from the certificate."""
    assert authorize(signing_facts(), _DIGEST)[0].algorithm == ECDSA_SHA256
    assert authorize(signing_facts(), _DIGEST, RSA_PSS_SHA256)[0].algorithm == RSA_PSS_SHA256


def test_it_expires_after_a_minute(lab: SoftwareLab, grant: Callable[[], SigningAuthorization]) -> None:
    """The sixtieth second is the last one."""
    assert grant().redeem(_key(lab), NOW + timedelta(seconds=60)) == _DIGEST
    with pytest.raises(AuthorizationError) as caught:
        grant().redeem(_key(lab), NOW + timedelta(seconds=61))
    assert caught.value.code == "authorization-expired"


def test_it_is_for_one_key(lab: SoftwareLab, grant: Callable[[], SigningAuthorization]) -> None:
    """Another key gets nothing, and the authorization is spent."""
    authorization = grant()
    with pytest.raises(AuthorizationError) as caught:
        authorization.redeem(lab.signers[Role.SUPPLIER].certificate.spki_der, NOW)
    assert caught.value.code == "authorization-key"


def test_it_cannot_be_made_by_hand(lab: SoftwareLab) -> None:
    """Nobody but the policy can make one."""
    with pytest.raises(AuthorizationError) as caught:
        SigningAuthorization(_key(lab), None, ECDSA_SHA256, NOW, _DIGEST, object())
    assert caught.value.code == "authorization-forged"


def test_another_key_on_the_token_is_refused(lab: SoftwareLab, signing_facts: SigningFactsOf) -> None:
    """Key and certificate are matched by public key, not by label."""
    facts = signing_facts(token_public_key=lab.signers[Role.DCC].certificate.spki_der)
    with pytest.raises(PolicyRefusedError) as caught:
        authorize(facts, _DIGEST)
    assert [finding.code for finding in caught.value.findings if finding.level == "refuse"] == [
        "key-matches-certificate"
    ]


def test_a_key_not_looked_at_is_never_authorized(signing_facts: SigningFactsOf) -> None:
    """The run of the rules before the PIN cannot lead to an authorization."""
    with pytest.raises(AuthorizationError) as caught:
        authorize(signing_facts(token_public_key=None), _DIGEST)
    assert caught.value.code == "authorization-key"


def test_a_refusal_reports_everything(lab: SoftwareLab, signing_facts: SigningFactsOf) -> None:
    """All findings are collected, not the first alone."""
    facts = signing_facts(
        token_public_key=lab.signers[Role.DCC].certificate.spki_der,
        images=(HashedImage("firmware.bin", bytes(32), 1),),
    )
    facts = replace(facts, signer=replace(facts.signer, at=NOW + timedelta(days=4000)))
    with pytest.raises(PolicyRefusedError) as caught:
        authorize(facts, _DIGEST)
    codes = {finding.code for finding in caught.value.findings}
    assert codes == {"key-matches-certificate", "form-not-recognised", "certificate-validity"}

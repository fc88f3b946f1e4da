"""What follows from measurements, and that a soak's authorization can be no document's."""

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.errors import TokenError
from agent.policy.authorization import AuthorizationError, authorize_soak
from agent.service.soak.measuring import Level, choose_sessions, compute_percentiles

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NONE = (0.0, 0.0, 0.0, 0.0)


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    """Of 1 to 100 ms: 50, 95, 99, 100; of one, itself; of none, zeros."""
    hundred = [number / 1000 for number in range(100, 0, -1)]
    assert compute_percentiles(hundred) == pytest.approx((50, 95, 99, 100))
    assert compute_percentiles([0.007]) == pytest.approx((7, 7, 7, 7))
    assert compute_percentiles([]) == NONE


def test_the_fewest_sessions_that_are_nearly_the_best() -> None:
    """Within a tenth; a level that ended with an error does not count."""

    def level(sessions: int, per_second: float, problem: TokenError | None = None) -> Level:
        return Level(sessions, 10, per_second, NONE, problem)

    levels = [level(1, 100), level(2, 190), level(4, 205), level(8, 900, TokenError("token-busy", "busy"))]
    assert choose_sessions(levels) == 2
    assert choose_sessions([level(1, 5, TokenError("token-busy", "busy"))]) == 1


def test_the_digest_is_of_the_prefix_and_the_nonce_alone() -> None:
    """Recomputed here; a caller has no say in it but the nonce, whose length is fixed."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    grant = authorize_soak(spki, bytes(32), NOW)
    text = b"iki token soak: TEST, this signs nothing\0" + bytes(32)
    assert grant.redeem(spki, NOW) == hashlib.sha256(text).digest()
    for nonce in (b"", b"<SignedInfo>", bytes(33)):
        with pytest.raises(AuthorizationError):
            authorize_soak(spki, nonce, NOW)

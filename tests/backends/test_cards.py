"""A smart card in the hand of its holder: pulled out at any time, locked, and asked for its PIN each time.

The card itself says how many PINs it was sent and how many signatures it made.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from hsm import PIN, PINLocked, PINRejected, TokenClient, TokenDescription, TokenUnavailable, open_client
from tests.backends.backend import Place
from tests.backends.doors import open_place
from tests.backends.piv import OpenSCBackend, YubicoBackend
from tests.backends.trust import TestPKI
from tests.support.piv.card import TRIES
from tests.support.piv.virtual_card import VirtualCard
from tests.support.signatures import verify_signature

pytestmark = pytest.mark.backends

_DIGEST: Final = bytes(range(32))
_WRONG: Final = ("100001", "100002", "100003", "100004")


@pytest.fixture(params=[OpenSCBackend(), YubicoBackend()], ids=lambda backend: backend.name)
def held(request: pytest.FixtureRequest, pki: TestPKI, tmp_path: Path) -> Iterator[tuple[VirtualCard, Place]]:
    """Insert a card of our own."""
    folder = tmp_path / "backend"
    folder.mkdir()
    with request.param.hold(folder, pki.certify) as found:
        yield found


def _sign(place: Place, client: TokenClient, *, always: bool = False) -> None:
    """Sign with a key and verify with OpenSSL."""
    key = next(key for key in place.keys if key.always_authenticate is always)
    signature = client.find_key(key.uri).sign_digest(_DIGEST, "sha256")
    verify_signature(key.public_key, signature, _DIGEST, "sha256")


def test_pulled_while_nobody_signs(held: tuple[VirtualCard, Place]) -> None:
    """The next signature comes after one more login; while the card is out, the token is removed."""
    card, place = held
    with open_place(place) as client:
        key = client.find_key(place.keys[0].uri)
        key.sign_digest(_DIGEST, "sha256")
        card.tell("pull")
        with pytest.raises(TokenUnavailable) as caught:
            key.sign_digest(_DIGEST, "sha256")
        assert (caught.value.code, bool(caught.value.hint)) == ("token-removed", True)
        before = card.tell("insert")
        signature = key.sign_digest(_DIGEST, "sha256")
        verify_signature(place.keys[0].public_key, signature, _DIGEST, "sha256")
    assert (before.verified, card.state.verified, card.state.tries) == (1, 2, TRIES)


def test_pulled_in_the_middle_of_a_signature(held: tuple[VirtualCard, Place]) -> None:
    """That signature fails or is made again, once and for good; the next one comes when the card is back."""
    card, place = held
    with open_place(place) as client:
        key = client.find_key(place.keys[0].uri)
        card.tell("snatch", "0")
        with pytest.raises(TokenUnavailable) as caught:
            key.sign_digest(_DIGEST, "sha256")
        assert (caught.value.code, bool(caught.value.hint)) == ("token-removed", True)
        assert card.state.signatures == 1  # which nobody has seen
        card.tell("insert")
        signature = key.sign_digest(_DIGEST, "sha256")
        verify_signature(place.keys[0].public_key, signature, _DIGEST, "sha256")
    assert (card.state.verified, card.state.signatures, card.state.tries) == (2, 2, TRIES)


def test_a_key_that_asks_each_time_is_told_the_pin_each_time(held: tuple[VirtualCard, Place]) -> None:
    """One VERIFY directly before each signature, also after the card was out; none for the others."""
    card, place = held
    with open_place(place) as client:
        _sign(place, client)
        _sign(place, client, always=True)
        _sign(place, client, always=True)
        _sign(place, client)
        assert (card.state.verified, card.state.signatures) == (1 + 2, 4)
        card.tell("pull")
        card.tell("insert")
        _sign(place, client, always=True)
    assert (card.state.verified, card.state.signatures) == (3 + 2, 5)


def test_a_pin_that_was_changed_is_sent_once(held: tuple[VirtualCard, Place]) -> None:
    """Rejected in the middle of a signature, it is never sent again, whatever is asked."""
    card, place = held
    with open_place(place) as client:
        key = client.find_key(next(key.uri for key in place.keys if key.always_authenticate))
        key.sign_digest(_DIGEST, "sha256")
        before = card.tell("pin", _WRONG[0])
        for _ in range(3):
            with pytest.raises(PINRejected):
                key.sign_digest(_DIGEST, "sha256")
        card.tell("pull")
        card.tell("insert")
        with pytest.raises(PINRejected):
            key.sign_digest(_DIGEST, "sha256")
    assert (card.state.verified - before.verified, card.state.tries) == (1, TRIES - 1)


def test_the_last_try_is_seen_before_it_is_spent(held: tuple[VirtualCard, Place]) -> None:
    """FINAL_TRY is refused unasked, then insisted upon; a locked card is not sent any PIN, right or wrong."""
    card, place = held
    for wrong in _WRONG[: TRIES - 1]:
        with pytest.raises(PINRejected):
            _log_in(place, wrong)
    assert (card.state.tries, _look(place).pin_final_try, _look(place).pin_locked) == (1, True, False)
    sent = card.state.verified
    with pytest.raises(PINLocked) as refused:
        _log_in(place, place.pin)
    assert (refused.value.code, card.state.verified) == ("pin-final-try", sent)
    with pytest.raises((PINRejected, PINLocked)):
        _log_in(place, _WRONG[TRIES - 1], final_try=True)
    assert (card.state.tries, card.state.verified, _look(place).pin_locked) == (0, sent + 1, True)
    for pin in (place.pin, _WRONG[TRIES]):
        with pytest.raises(PINLocked) as refused:
            _log_in(place, pin, final_try=True)
        assert refused.value.code == "pin-locked"
    assert card.state.verified == sent + 1


def test_the_last_try_with_the_right_pin(held: tuple[VirtualCard, Place]) -> None:
    """Insisted upon with the right PIN, it signs, and all tries are there again."""
    card, place = held
    for wrong in _WRONG[: TRIES - 1]:
        with pytest.raises(PINRejected):
            _log_in(place, wrong)
    _log_in(place, place.pin, final_try=True)
    assert (card.state.tries, _look(place).pin_final_try) == (TRIES, False)


def _log_in(place: Place, pin: str, *, final_try: bool = False) -> None:
    with open_client(place.module, place.variables, place.profile) as client:
        client.open(place.token)
        client.log_in(PIN(pin), final_try=final_try)


def _look(place: Place) -> TokenDescription:
    with open_client(place.module, place.variables, place.profile) as client:
        return client.open(place.token)

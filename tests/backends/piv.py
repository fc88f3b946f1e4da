"""A PIV card (tests/support/piv) as two modules see it: OpenSC, and Yubico's ykcs11.

Nothing is provisioned through the modules: a card comes with its keys and certificates on it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hsm import PKCS11URI
from tests.backends.backend import TOKEN_PIN, Certify, Outage, Place, PlacedKey
from tests.backends.libraries import require_library
from tests.support.piv.card import TRIES
from tests.support.piv.keys import CardKey
from tests.support.piv.virtual_card import VirtualCard

# By key reference: PIV authentication, digital signature, key management, card authentication. The kind
# stands for itself, what is after it for CKA_ID, which both modules count in the same way.
_SLOTS: Final = {
    "9a": ("ec-p256", b"\x01"),
    "9c": ("ec-p256", b"\x02"),
    "9d": ("rsa-2048", b"\x03"),
    "9e": ("ec-p384", b"\x04"),
}
_ALWAYS: Final = "9c"


@contextmanager
def placed_card(
    folder: Path, certify: Certify, *, backend: str, reader: str
) -> Iterator[tuple[VirtualCard, int, tuple[PlacedKey, ...]]]:
    """Make a card with its number and its keys, in a reader of this name."""
    keys = {slot: CardKey.generate(kind, certify) for slot, (kind, _) in _SLOTS.items()}
    number = 1 + secrets.randbelow(2**31)
    placed = tuple(
        PlacedKey(kind, PKCS11URI(id=key_id), keys[slot].public_key, always_authenticate=slot == _ALWAYS)
        for slot, (kind, key_id) in _SLOTS.items()
    )
    card = VirtualCard.open(
        folder / "card", keys, backend=backend, pin=TOKEN_PIN, number=number, reader=reader
    )
    with card as held:
        yield held, number, placed


class _PIVBackend:
    """What the card is, whoever reads it."""

    everyday = False
    kinds: tuple[str, ...] = ("ec-p256", "ec-p384", "rsa-2048")
    pss = True
    locks_after: int | None = TRIES
    always_authenticates = True
    outages: tuple[str, ...] = ("pulled",)


def _outages(card: VirtualCard) -> dict[str, Outage]:
    return {"pulled": Outage(lambda: card.tell("pull"), lambda: card.tell("insert"))}


class OpenSCBackend(_PIVBackend):
    """OpenSC's module, which is made for many cards and sees this one as any agency's."""

    name = "opensc"

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Insert a card."""
        module = require_library(self.name, "opensc-pkcs11.so", package="opensc-pkcs11")
        with placed_card(folder, certify, backend=self.name, reader="Virtual PCD") as (card, number, keys):
            token = PKCS11URI(serial=f"01010101{number:08x}")  # of the GUID, the last eight octets
            yield Place(module, card.variables, token, TOKEN_PIN, keys, outages=_outages(card))


class YubicoBackend(_PIVBackend):
    """Yubico's module, which looks at readers of the name of a YubiKey only."""

    name = "ykcs11"

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Insert a card."""
        module = require_library(self.name, "libykcs11.so", "libykcs11.so.2", package="ykcs11")
        reader = "Yubico YubiKey CCID"
        with placed_card(folder, certify, backend=self.name, reader=reader) as (card, number, keys):
            token = PKCS11URI(serial=str(number))
            yield Place(module, card.variables, token, TOKEN_PIN, keys, outages=_outages(card))

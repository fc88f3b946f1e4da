"""A PIV card (tests/support/piv) as two modules see it: OpenSC, and Yubico's ykcs11.

Nothing is provisioned through the modules: a card comes with its keys and certificates on it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
_PATIENCE: Final = 60.0
"""ykcs11 reads the whole card at each login: five seconds on a quiet machine, and more on a busy one."""


class _PIVBackend:
    """What the card is, whoever reads it."""

    name: str
    everyday = False
    kinds: tuple[str, ...] = ("ec-p256", "ec-p384", "rsa-2048")
    pss = True
    locks_after: int | None = TRIES
    always_authenticates = True
    outages: tuple[str, ...] = ("pulled",)
    reader: str
    """What the reader is called."""

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Insert a card."""
        with self.hold(folder, certify) as (_, place):
            yield place

    @contextmanager
    def hold(self, folder: Path, certify: Certify) -> Iterator[tuple[VirtualCard, Place]]:
        """Insert a card, and keep it in hand."""
        module = self.find_module()
        keys = {slot: CardKey.generate(kind, certify) for slot, (kind, _) in _SLOTS.items()}
        placed = tuple(
            PlacedKey(kind, PKCS11URI(id=key_id), keys[slot].public_key, always_authenticate=slot == _ALWAYS)
            for slot, (kind, key_id) in _SLOTS.items()
        )
        number = 1 + secrets.randbelow(2**31)
        opened = VirtualCard.open(
            folder / "card", keys, backend=self.name, pin=TOKEN_PIN, number=number, reader=self.reader
        )
        with opened as card:
            pulled = Outage(lambda: card.tell("pull"), lambda: card.tell("insert"))
            token = PKCS11URI(serial=self.name_serial(number))
            place = Place(module, card.variables, token, TOKEN_PIN, placed, outages={"pulled": pulled})
            yield card, replace(place, patience=_PATIENCE)

    def find_module(self) -> Path:
        """Find the module, or skip (or fail) the calling test."""
        raise NotImplementedError

    def name_serial(self, number: int) -> str:
        """Write the card's number as the module shows it in CK_TOKEN_INFO."""
        raise NotImplementedError


class OpenSCBackend(_PIVBackend):
    """OpenSC's module, which is made for many cards and sees this one as any agency's."""

    name = "opensc"
    reader = "Virtual PCD"

    def find_module(self) -> Path:
        """Find OpenSC's module, or skip (or fail) the calling test."""
        return require_library(self.name, "opensc-pkcs11.so", package="opensc-pkcs11")

    def name_serial(self, number: int) -> str:
        """Write the last eight octets of the card's GUID."""
        return f"01010101{number:08x}"


class YubicoBackend(_PIVBackend):
    """Yubico's module, which looks at readers of the name of a YubiKey only."""

    name = "ykcs11"
    reader = "Yubico YubiKey CCID"

    def find_module(self) -> Path:
        """Find Yubico's module, or skip (or fail) the calling test."""
        return require_library(self.name, "libykcs11.so", "libykcs11.so.2", package="ykcs11")

    def name_serial(self, number: int) -> str:
        """Write the number that GET SERIAL returns."""
        return str(number)

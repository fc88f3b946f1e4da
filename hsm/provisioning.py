"""A new token in an empty slot, as SoftHSM has them."""

from contextlib import suppress
from typing import Final

from pkcs11 import PKCS11Error
from pkcs11 import types as binding

from hsm.errors import ProvisioningRefused
from hsm.library import Library
from hsm.module import Module
from hsm.secret import PIN
from hsm.selection import show
from hsm.translation import translating
from hsm.uri import PKCS11URI
from hsm.values import TokenDescription

_LONGEST_LABEL: Final = 32  # octets, CK_TOKEN_INFO


def initialise_token(module: Module, *, label: str, so_pin: PIN, user_pin: PIN) -> TokenDescription:
    """Initialise the token of the first uninitialised slot and set its user PIN.

    A token that is initialised is never touched: C_InitToken destroys what is on it.

    Raises:
        ProvisioningRefused: `token-exists`, `token-label-length`, `slot-missing`, or
            `initialise-failed` with what the token answered.
        PINRejected: a PIN is too short, too long or too weak for the token.
        TokenUnavailable, ModuleUnavailable: as `Module.list_tokens`.
    """
    if not label.strip() or len(label.encode(errors="replace")) > _LONGEST_LABEL:
        raise ProvisioningRefused(
            "token-label-length",
            f"a token label has 1 to {_LONGEST_LABEL} octets",
            hint="choose a shorter label",
        )
    with module.exclusive() as library:
        target = _choose_slot(module, label)
        with translating(
            f"initialisation of {label!r}", otherwise=ProvisioningRefused, code="initialise-failed"
        ):
            _initialise(library, target, label, so_pin, user_pin)
        return module.find_token(PKCS11URI(token=label.rstrip()))


def _choose_slot(module: Module, label: str) -> binding.Token:
    contents = module.walk_slots()
    same = [token.uri for _, token in contents.initialised if token.label == label.rstrip()]
    if same:
        raise ProvisioningRefused(
            "token-exists", f"a token with that label exists: {show(same)}", hint="choose another label"
        )
    if not contents.uninitialised:
        raise ProvisioningRefused(
            "slot-missing",
            "no slot has an uninitialised token",
            hint="remove or erase one with the vendor's tool",
        )
    return contents.uninitialised[0]


def _initialise(library: Library, target: binding.Token, label: str, so_pin: PIN, user_pin: PIN) -> None:
    library.cryptoki.init_token(target.slot.slot_id, so_pin.reveal(), label)
    session = target.open(rw=True, so_pin=so_pin.reveal())
    try:
        session.init_pin(user_pin.reveal())
    finally:
        with suppress(PKCS11Error):  # a token that is gone has nobody logged in
            session.close()

"""New tokens: one in an empty slot, as SoftHSM has them, or one that is wiped on purpose."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Final

from pkcs11 import PKCS11Error
from pkcs11 import types as binding

from hsm.errors import PINLocked, ProvisioningRefused, TokenAmbiguous, TokenNotFound
from hsm.module import Module
from hsm.secret import PIN
from hsm.selection import show
from hsm.translation import translating
from hsm.uri import PKCS11URI
from hsm.values import TokenDescription

_LONGEST_LABEL: Final = 32  # octets, CK_TOKEN_INFO
_VENDOR: Final = "remove or erase one with the vendor's tool"


def choose_token(
    module: Module, *, slot_id: int | None = None, serial: str | None = None
) -> TokenDescription:
    """Choose the token to initialise: exactly the one named, else the only one that is uninitialised.

    Raises:
        TokenNotFound: `slot-missing`, listing the slots that there are.
        TokenAmbiguous: `slot-ambiguous`, listing those that it could be.
        TokenUnavailable, ModuleUnavailable: as `Module.list_tokens`.
    """
    contents = module.walk_slots()
    blank = [token for _, token in contents.uninitialised]
    named = slot_id is not None or serial is not None
    candidates = blank + [token for _, token in contents.initialised] if named else blank
    found = [
        token for token in candidates if slot_id in (None, token.slot_id) and serial in (None, token.serial)
    ]
    if len(found) == 1:
        return found[0]
    wanted = "token is uninitialised" if not named else "token is there with that slot or serial number"
    if not found:
        present = _show_slots(blank + [token for _, token in contents.initialised])
        raise TokenNotFound("slot-missing", f"no {wanted}; present: {present}", hint=_VENDOR)
    raise TokenAmbiguous(
        "slot-ambiguous", f"{len(found)} tokens fit: {_show_slots(found)}", hint="name one by its slot"
    )


def initialise_token(
    module: Module,
    *,
    label: str,
    so_pin: PIN,
    user_pin: PIN,
    target: TokenDescription | None = None,
    guard: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> TokenDescription:
    """Initialise a token and set its user PIN; C_InitToken destroys what is on it.

    Without a `target` from `choose_token` it is the first uninitialised one, and one that is initialised is
    never touched. An initialised target wants its own SO PIN; `guard` is entered around its sending.

    Raises:
        ProvisioningRefused: `token-exists`, `token-label-length`, `slot-missing`, `token-read-only`,
            `function-not-supported`, or `initialise-failed` with what the token answered.
        PINLocked: `so-pin-locked`, or `so-pin-final-try` when a wrong one would lock it; none was sent.
        PINRejected: a PIN is wrong, too short, too long or too weak for the token.
        TokenUnavailable, ModuleUnavailable: as `Module.list_tokens`.
    """
    if not label.strip() or len(label.encode(errors="replace")) > _LONGEST_LABEL:
        raise ProvisioningRefused(
            "token-label-length",
            f"a token label has 1 to {_LONGEST_LABEL} octets",
            hint="choose a shorter label",
        )
    if target is not None and target.initialised:  # SoftHSM calls the PIN of a blank one locked
        _refuse_dangerous_officer_login(target)
    with module.exclusive() as library:
        chosen = _choose_slot(module, label, target)
        with guard(), _telling(f"initialisation of {label!r}"):
            library.cryptoki.init_token(chosen.slot.slot_id, so_pin, label)
        with _telling(f"the user PIN of the new token {label!r}"):
            _set_user_pin(chosen, so_pin, user_pin)
        return module.find_token(PKCS11URI(token=label.rstrip()))


def _refuse_dangerous_officer_login(target: TokenDescription) -> None:
    if target.so_pin_locked:
        raise PINLocked(
            "so-pin-locked",
            f"the security officer's PIN of {target.uri} is locked",
            hint="only the vendor's tool can reset this token, if anything can",
        )
    if target.so_pin_final_try:
        raise PINLocked(
            "so-pin-final-try",
            f"one more wrong PIN of the security officer would lock {target.uri}; no PIN was sent",
            hint="use the vendor's tool, which shows how many tries are left",
        )


def _choose_slot(module: Module, label: str, target: TokenDescription | None) -> binding.Token:
    contents = module.walk_slots()
    same = [
        token.uri
        for _, token in contents.initialised
        if token.label == label.rstrip() and (target is None or token.slot_id != target.slot_id)
    ]
    if same:
        raise ProvisioningRefused(
            "token-exists", f"a token with that label exists: {show(same)}", hint="choose another label"
        )
    if target is None:
        if not contents.uninitialised:
            raise ProvisioningRefused("slot-missing", "no slot has an uninitialised token", hint=_VENDOR)
        return contents.uninitialised[0][0]
    for token, description in (*contents.uninitialised, *contents.initialised):
        if (description.slot_id, description.serial) == (target.slot_id, target.serial):
            return token
    raise ProvisioningRefused(
        "slot-missing", f"the token that was chosen is gone: {_show_slots([target])}", hint="choose again"
    )


def _telling(operation: str) -> AbstractContextManager[None]:
    return translating(operation, otherwise=ProvisioningRefused, code="initialise-failed")


def _set_user_pin(target: binding.Token, so_pin: PIN, user_pin: PIN) -> None:
    session = target.open(rw=True, so_pin=so_pin.reveal())
    try:
        session.init_pin(user_pin.reveal())
    finally:
        with suppress(PKCS11Error):  # a token that is gone has nobody logged in
            session.close()


def _show_slots(tokens: list[TokenDescription]) -> str:
    shown = [f"slot {each.slot_id} ({each.uri if each.initialised else 'uninitialised'})" for each in tokens]
    return ", ".join(shown) or "none"

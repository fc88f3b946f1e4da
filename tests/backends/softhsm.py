"""SoftHSM: the backend that is nearly always there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hsm import PKCS11URI, ModuleProfile
from tests.backends.backend import TOKEN_PIN, Certify, Lacking, Place, PlacedKey
from tests.backends.provisioning import furnish, make_token
from tests.support.softhsm import SoftHSMEnvironment

KINDS: Final = ("ec-p256", "rsa-2048")
"""Two, because everybody waits for them; tests/hsm has the others."""
SO_PIN: Final = "75391846"
_WITHOUT_ECDSA: Final = ("CKM_RSA_PKCS", "CKM_RSA_PKCS_KEY_PAIR_GEN", "CKM_EC_KEY_PAIR_GEN")


class SoftHSMBackend:
    """A token in files: never locks, never asks again, never goes away."""

    name = "softhsm"
    everyday = True
    kinds: tuple[str, ...] = KINDS
    pss = True
    locks_after: int | None = None
    always_authenticates = False
    outages: tuple[str, ...] = ()

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Make a token directory with one token."""
        softhsm = SoftHSMEnvironment.create(folder)
        token, keys = fill_softhsm(softhsm, KINDS, certify)
        poor = write_poor_configuration(softhsm)
        yield Place(
            softhsm.library,
            softhsm.variables,
            token,
            TOKEN_PIN,
            keys,
            ModuleProfile(sessions=4),
            Lacking(keys[0], "CKM_ECDSA", variables={"SOFTHSM2_CONF": str(poor)}),
        )


def fill_softhsm(
    softhsm: SoftHSMEnvironment, kinds: tuple[str, ...], certify: Certify
) -> tuple[PKCS11URI, tuple[PlacedKey, ...]]:
    """Make a token in a SoftHSM, for backends that have one behind them too."""
    made = make_token(
        softhsm.library, softhsm.variables, label="contract token", so_pin=SO_PIN, pin=TOKEN_PIN
    )
    token = PKCS11URI(token=made.label, serial=made.serial)
    keys = furnish(softhsm.library, softhsm.variables, token, TOKEN_PIN, kinds=kinds, certify=certify)
    return token, keys


def write_poor_configuration(softhsm: SoftHSMEnvironment) -> Path:
    """Write a configuration in which the same tokens do not offer CKM_ECDSA."""
    path = softhsm.configuration.with_name("poor.conf")
    text = softhsm.configuration.read_text(encoding="utf-8")
    path.write_text(f"{text}slots.mechanisms = {','.join(_WITHOUT_ECDSA)}\n", encoding="utf-8")
    return path

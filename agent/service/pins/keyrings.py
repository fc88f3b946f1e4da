"""PINs from the operating system's keyring, through the library `keyring` (an optional extra)."""

from agent.config.pin_sources import PINKeyring
from agent.service.pins.building import build_pin, unavailable
from hsm import PIN


def read_keyring(source: PINKeyring) -> PIN:
    """Read the password that the keyring holds for a service and a user.

    Raises:
        TokenError: `pin-unavailable` without the library, a keyring, or such an entry.

    """
    where = f"the keyring's entry {source.service!r} of user {source.user!r}"
    try:
        import keyring  # noqa: PLC0415 - optional, and slow to start
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError as error:
        raise unavailable(
            "the library keyring is not installed", hint="install the extra: pip install iki-agent[keyring]"
        ) from error
    try:
        text = keyring.get_password(source.service, source.user)
    except (KeyringError, RuntimeError, OSError) as error:
        kind = type(error).__name__
        # Not chained: what back ends put into their errors is not known.
        raise unavailable(
            f"{where} cannot be read ({kind})", hint="is the keyring unlocked? try: keyring get SERVICE USER"
        ) from None
    return build_pin(text or "", f"{where} is not there")

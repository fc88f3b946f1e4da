"""What a token says about the state of its PIN, and when that forbids to send one."""

from hsm.errors import PINLocked
from hsm.values import TokenDescription


def refuse_dangerous_login(token: TokenDescription, *, final_try: bool = False) -> None:
    """Refuse to send a PIN that could lock the token, or that cannot work.

    Raises:
        PINLocked: `pin-locked` or `pin-final-try`.
    """
    if token.pin_locked:
        raise PINLocked(
            "pin-locked",
            f"the user PIN of {token.uri} is locked",
            hint="have the token's security officer unlock it with the vendor's tool",
        )
    if token.pin_final_try and not final_try:
        raise PINLocked(
            "pin-final-try",
            f"one more wrong PIN would lock {token.uri}; no PIN was sent",
            hint="make sure that the PIN is right, then add --final-try",
        )

"""What a token says about its PIN: its state, where it is entered, and when that forbids to send one."""

from hsm.errors import PINLocked, PINRequired
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


def check_login_path(token: TokenDescription, *, at_pad: bool) -> None:
    """Check that a PIN comes the way that the token wants it: by program, or at its own pad.

    A token with CKF_PROTECTED_AUTHENTICATION_PATH wants a NULL PIN from programs (PKCS#11 v2.40 section
    5.6.6, C_Login). What it would do with another one is the vendor's secret; some count it as wrong.

    Raises:
        PINRequired: `pin-pad-missing` or `pin-pad-demanded`; nothing was sent.
    """
    if at_pad and not token.protected_authentication_path:
        raise PINRequired(
            "pin-pad-missing",
            f"{token.uri} has no PIN pad (protected authentication path)",
            hint="name another source of the PIN; a reader's pad may have to be enabled in its driver",
        )
    if token.protected_authentication_path and not at_pad:
        raise PINRequired(
            "pin-pad-demanded",
            f"the PIN of {token.uri} is entered at its own pad, and taken from no program",
            hint='write pin = "pad" for the signer',
        )

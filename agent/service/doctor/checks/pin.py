"""The state of the user PIN, as the token's flags tell it to whoever is not logged in."""

from collections.abc import Iterator

from agent.config.pin_sources import PINPad
from agent.config.signers import SignerSettings
from agent.exits import ExitStatus
from agent.service.doctor.each import each_signer
from agent.service.doctor.line import Check, Line, failed, passed, warned
from agent.service.doctor.patient import Patient


def _look(patient: Patient, signer: SignerSettings) -> Iterator[Line]:
    token = patient.examine_token(signer).token
    officer = "have the token's security officer set a new PIN with the vendor's tool"
    at_pad = isinstance(signer.pin, PINPad)
    if at_pad is not token.protected_authentication_path:
        yield failed(
            signer.name,
            "pin-pad-missing" if at_pad else "pin-pad-demanded",
            f"{token.label} has no PIN pad" if at_pad else f"{token.label} wants its PIN at its own pad",
            "name another source of the PIN" if at_pad else 'write pin = "pad"',
        )
    elif token.pin_locked:
        yield failed(signer.name, "pin-locked", f"the PIN of {token.label} is locked", officer)
    elif not token.pin_set and token.login_required:
        yield failed(signer.name, "pin-not-set", f"{token.label} has no user PIN yet", officer)
    elif token.pin_final_try:
        yield failed(
            signer.name,
            "pin-final-try",
            f"one more wrong PIN would lock {token.label}",
            "make sure that the PIN is right, then sign once with --final-try",
        )
    elif token.pin_count_low:
        yield warned(
            signer.name,
            "pin-count-low",
            f"{token.label} has seen a wrong PIN since the last login",
            "make sure that the PIN source has the right PIN; the next login resets the count",
        )
    else:
        yield passed(signer.name, "neither locked nor counting wrong PINs")


CHECK = Check("pin", ExitStatus.TOKEN, each_signer(_look))

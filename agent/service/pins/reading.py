"""A PIN from whichever source the configuration names."""

from agent.config.pin_sources import (
    PINCredential,
    PINDescriptor,
    PINEntry,
    PINEnvironment,
    PINFile,
    PINKeyring,
    PINPad,
    PINProgram,
    PINPrompt,
    PINSource,
)
from agent.service.pins.building import build_pin, decode_pin, unavailable
from agent.service.pins.files import read_credential, read_descriptor, read_file_pin
from agent.service.pins.keyrings import read_keyring
from agent.service.pins.pinentry import ask_pinentry
from agent.service.pins.programs import run_pin_program
from agent.service.pins.terminal import Operator
from agent.service.pins.variables import find_variable, withhold_variables
from hsm import PIN, Credential, ProtectedPath


def find_credential(source: PINSource, *, operator: Operator, label: str) -> Credential:
    """Find what a login takes: a PIN, read once from its source, or the token's own pad.

    Raises:
        TokenError: as `read_pin`.

    """
    if isinstance(source, PINPad):
        return ProtectedPath()
    return read_pin(source, operator=operator, label=label)


def read_pin(source: PINSource, *, operator: Operator, label: str = "PIN") -> PIN:
    """Read the PIN once from its source; a wrong one is not asked for again.

    Args:
        source: where from (`agent.config.pin_sources`).
        operator: the person to ask where the source is a prompt.
        label: what to ask for, such as `PIN of the token manufacturer`.

    Raises:
        TokenError: `pin-unavailable` when there is none, or `pin-file-unsafe` when others could have read
            or written its file.

    """
    match source:
        case PINPrompt():
            return build_pin(operator.ask(label), "nothing was entered")
        case PINEnvironment(variable=variable):
            withhold_variables((source,))  # those of a configuration are withheld already
            absent = f"the environment variable {variable} is not set, or empty"
            return decode_pin(find_variable(variable), absent)
        case PINFile():
            return read_file_pin(source)
        case PINProgram():
            return run_pin_program(source)
        case PINEntry():
            return ask_pinentry(source, label)
        case PINDescriptor():
            return read_descriptor(source)
        case PINCredential():
            return read_credential(source)
        case PINKeyring():
            return read_keyring(source)
        case PINPad():
            raise unavailable(
                "a PIN that is to be set cannot come from the token's own pad",
                hint="name another source for this step, or set the PIN with the vendor's tool",
            )

"""A PIN from whichever source the configuration names."""

import os

from agent.config.pin_sources import (
    PINCredential,
    PINDescriptor,
    PINEntry,
    PINEnvironment,
    PINFile,
    PINKeyring,
    PINProgram,
    PINPrompt,
    PINSource,
)
from agent.service.pins.building import build_pin
from agent.service.pins.files import read_credential, read_descriptor, read_file_pin
from agent.service.pins.keyrings import read_keyring
from agent.service.pins.pinentry import ask_pinentry
from agent.service.pins.programs import run_pin_program
from agent.service.pins.terminal import Operator
from hsm import PIN


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
            text = os.environ.get(variable, "")
            return build_pin(text, f"the environment variable {variable} is not set, or empty")
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

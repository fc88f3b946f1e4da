"""Logging in to tokens: the one place where a PIN goes to a token on behalf of a signer."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from agent.config.configuration import ModuleSettings
from agent.config.signers import SignerSettings
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.pins.ledger import PINLedger
from agent.service.pins.reading import read_pin
from agent.service.pins.terminal import Operator
from agent.service.places import state_path
from hsm import Module, Token, TokenDescription, refuse_dangerous_login


@contextmanager
def open_signer_token(
    library: Module,
    token: TokenDescription,
    signer: SignerSettings,
    settings: ModuleSettings,
    operator: Operator,
) -> Iterator[Token]:
    """Log in to a token with a signer's PIN, which is asked for once and sent once.

    Raises:
        TokenError: the PIN cannot be had, was rejected now or before, or would be the last try; and what
            the token said.

    """
    if not operator.final_try:
        with translating_hsm_errors():
            refuse_dangerous_login(token)  # before anybody is asked for a PIN
    label = f"PIN of the token {token.label} (signer {signer.name})"
    pin = read_pin(signer.pin, operator=operator, label=label)
    ledger = PINLedger(settings.pin_ledger or state_path("pin-ledger"))
    with ExitStack() as stack:
        stack.enter_context(translating_hsm_errors())
        with ledger.attempt(token, pin, final_try=operator.final_try):
            opened = stack.enter_context(library.open_token(token.uri, pin, final_try=operator.final_try))
        yield opened

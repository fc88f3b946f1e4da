"""Logging in to tokens: the one place where a PIN goes to a token on behalf of a signer."""

from agent.config.configuration import ModuleSettings
from agent.config.signers import SignerSettings
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.pins.ledger import PINLedger
from agent.service.pins.reading import read_pin
from agent.service.pins.terminal import Operator
from agent.service.places import state_path
from hsm import TokenClient, TokenDescription, forbid_core_dumps, refuse_dangerous_login


def log_in_signer(
    client: TokenClient,
    token: TokenDescription,
    signer: SignerSettings,
    settings: ModuleSettings,
    operator: Operator,
) -> None:
    """Log in to an open token with a signer's PIN, which is asked for once.

    It is sent once, and again only when the login was lost; each time under the ledger's eyes.

    Raises:
        TokenError: the PIN cannot be had, was rejected now or before, or would be the last try; and what
            the token said.

    """
    if not operator.final_try:
        with translating_hsm_errors():
            refuse_dangerous_login(token)  # before anybody is asked for a PIN
    forbid_core_dumps()
    pin = read_pin(
        signer.pin, operator=operator, label=f"PIN of the token {token.label} (signer {signer.name})"
    )
    ledger = PINLedger(settings.pin_ledger or state_path("pin-ledger"))
    with translating_hsm_errors():
        client.log_in(
            pin,
            guard=lambda: ledger.attempt(token, pin, final_try=operator.final_try),
            final_try=operator.final_try,
        )

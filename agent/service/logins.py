"""Logging in to tokens: the one place where a PIN goes to a token on behalf of a signer."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from agent.config.configuration import ModuleSettings
from agent.config.pin_sources import PINPad
from agent.config.signers import SignerSettings
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.pins.caching import SignaturePIN
from agent.service.pins.ledger import PINLedger
from agent.service.pins.reading import find_credential
from agent.service.pins.terminal import Operator
from agent.service.places import state_path
from hsm import (
    Credential,
    ProtectedPath,
    TokenClient,
    TokenDescription,
    check_login_path,
    forbid_core_dumps,
    refuse_dangerous_login,
)


def log_in_signer(
    client: TokenClient,
    token: TokenDescription,
    signer: SignerSettings,
    settings: ModuleSettings,
    operator: Operator,
) -> SignaturePIN:
    """Log in to an open token with a signer's PIN, which is asked for once.

    It is sent once, and again only when the login was lost; each time under the ledger's eyes. What is
    returned gives the PIN of each signature of an always-authenticate key, as the signer's `pin_cache` says.

    Raises:
        TokenError: the PIN cannot be had, was rejected now or before, or would be the last try; and what
            the token said.

    """
    if not operator.final_try:
        with translating_hsm_errors():
            refuse_dangerous_login(token)  # before anybody is asked for a PIN
    credential = credential_for(signer, token, operator)
    ledger = PINLedger(settings.pin_ledger or state_path("pin-ledger"))
    again = partial(credential_for, signer, token, operator, suffix=", for one signature")
    signature_pin = SignaturePIN(again, credential, signer.pin_cache)
    with translating_hsm_errors():
        client.log_in(
            credential,
            guard=guard_login(ledger, token, operator),
            final_try=operator.final_try,
            again=signature_pin,
        )
    return signature_pin


def credential_for(
    signer: SignerSettings, token: TokenDescription, operator: Operator, *, suffix: str = ""
) -> Credential:
    """Find the PIN of a signer's token, or that it is entered at the token itself.

    Raises:
        TokenError: `pin-unavailable`, `pin-file-unsafe`; `pin-pad-missing` or `pin-pad-demanded`.

    """
    with translating_hsm_errors():
        check_login_path(token, at_pad=isinstance(signer.pin, PINPad))
    forbid_core_dumps()
    label = f"PIN of the token {token.label} (signer {signer.name}){suffix}"
    return find_credential(signer.pin, operator=operator, label=label)


def guard_login(
    ledger: PINLedger, token: TokenDescription, operator: Operator
) -> Callable[[Credential], AbstractContextManager[None]]:
    """Build what is entered around each sending of a PIN: the ledger, and a word to whoever is at a pad."""

    @contextmanager
    def sending(credential: Credential) -> Iterator[None]:
        with ledger.attempt(token, credential, final_try=operator.final_try):
            if isinstance(credential, ProtectedPath):
                operator.tell(f"enter the PIN on the pad of the token {token.label}")
            yield

    return sending

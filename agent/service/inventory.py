"""What is on the tokens: for choosing a token and a key, ready to paste into the configuration."""

from agent.config.configuration import Configuration, ModuleSettings
from agent.errors import UsageError
from agent.service.addressing import parse_signer_uri
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.keys import TokenDoor
from agent.service.logins import log_in_signer
from agent.service.pins.terminal import Operator
from hsm import KeyDescription, TokenDescription


def list_tokens(module: ModuleSettings) -> tuple[TokenDescription, ...]:
    """List the initialised tokens; no PIN is needed.

    Raises:
        TokenError: the module.

    """
    with TokenDoor(module) as door:
        client = door.client
        with translating_hsm_errors():
            return client.list_tokens()


def list_keys(
    configuration: Configuration, names: tuple[str, ...], operator: Operator
) -> tuple[KeyDescription, ...]:
    """List the private keys on the tokens of the named signers, or of all; each token is logged in to once.

    Raises:
        UsageError: a signer is unknown, or none is configured.
        TokenError: the module, a token, or a PIN (asked for once).

    """
    signers = [configuration.find_signer(name) for name in names] or list(configuration.signers.values())
    if not signers:
        raise UsageError(
            "signer-missing",
            "no signer is configured",
            hint="add a [signers.NAME] table; see config/iki.example.toml",
        )
    keys: list[KeyDescription] = []
    with TokenDoor(configuration.module) as door:
        client = door.client
        with translating_hsm_errors():  # every token is there before anybody is asked for a PIN
            tokens = {client.open(parse_signer_uri(signer)): signer for signer in signers}
        for token, signer in tokens.items():
            with translating_hsm_errors():
                client.open(token.uri)
            log_in_signer(client, token, signer, configuration.module, operator)
            with translating_hsm_errors():
                keys += client.list_keys()
    return tuple(keys)

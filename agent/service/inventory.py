"""What is on the tokens: for choosing a token and a key, ready to paste into the configuration."""

from agent.config.configuration import Configuration, ModuleSettings
from agent.config.signers import SignerSettings
from agent.errors import UsageError
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.keys import load_module
from agent.service.logins import open_signer_token
from agent.service.pins.terminal import Operator
from hsm import PKCS11URI, KeyDescription, TokenDescription


def list_tokens(module: ModuleSettings) -> tuple[TokenDescription, ...]:
    """List the initialised tokens; no PIN is needed.

    Raises:
        TokenError: the module.

    """
    with translating_hsm_errors():
        return load_module(module).list_tokens()


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
    library = load_module(configuration.module)
    with translating_hsm_errors():
        tokens = {library.find_token(PKCS11URI.parse(signer.token).for_token()): signer for signer in signers}
    return tuple(
        key
        for token, signer in tokens.items()
        for key in _list_token_keys(token, signer, configuration, operator)
    )


def _list_token_keys(
    token: TokenDescription,
    signer: SignerSettings,
    configuration: Configuration,
    operator: Operator,
) -> tuple[KeyDescription, ...]:
    library = load_module(configuration.module)
    with (
        open_signer_token(library, token, signer, configuration.module, operator) as opened,
        translating_hsm_errors(),
    ):
        return opened.list_keys()

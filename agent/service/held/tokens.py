"""All tokens that a configuration names, held open: where the daemon's keys come from."""

import threading
from collections.abc import Iterator, Sequence

from agent.config.configuration import Configuration
from agent.config.signers import SignerSettings
from agent.errors import UsageError
from agent.pki.certificate import SigningCertificate
from agent.service.addressing import parse_signer_uri
from agent.service.held.token import HeldToken
from agent.service.keys import SignerKey
from agent.service.pins.terminal import Operator
from agent.service.trust import load_certificate_file
from hsm import PKCS11URI


class HeldTokens:
    """The tokens of a configuration's signers, one worker for each; signers on one token share it."""

    def __init__(self, configuration: Configuration, before: "HeldTokens | None" = None) -> None:
        """Start nothing yet; a token of `before` that is still configured so is taken over as it is.

        Raises:
            TokenError: a signer's URI is none.

        """
        self._configuration = configuration
        self._lock = threading.Lock()
        known = {token.uri: token for token in before or () if token.settings == configuration.module}
        self._tokens = tuple(
            _take_over(known.get(uri), signers) or HeldToken(uri, configuration.module, signers)
            for uri, signers in _group(configuration).items()
        )
        self._found = {token.identity: token for token in self._tokens if token.identity}
        """Tokens by what they say of themselves: two URIs may name the same one."""
        self._of_signer = {signer.name: token for token in self._tokens for signer in token.signers}

    def __iter__(self) -> Iterator[HeldToken]:
        """Iterate over the tokens, in the order of the configuration."""
        return iter(self._tokens)

    def unlock(self, token: HeldToken, operator: Operator) -> None:
        """Log in to a token, unless that is done; raises TokenError as `HeldToken.unlock`."""
        self._settle(token).unlock(operator)

    def list_of(self, names: Sequence[str]) -> tuple[HeldToken, ...]:
        """List the tokens of these signers, each once; all of them without a name.

        Raises:
            UsageError: `signer-unknown`, or `signer-missing` when there is none at all.

        """
        if not self._tokens:
            raise UsageError(
                "signer-missing",
                f"{self._configuration.path}: no signer is configured",
                hint="add a [signers.NAME] table; see config/iki.example.toml",
            )
        signers = [self._configuration.find_signer(name) for name in names]
        return tuple(dict.fromkeys(self._of_signer[each.name] for each in signers)) or self._tokens

    def load_certificate(self, signer: SignerSettings) -> SigningCertificate:
        """Load a signer's certificate; from a file each time, so that a renewed one counts.

        Raises:
            IkiError: as `load_signer_certificate`.

        """
        if signer.certificate is not None:
            return load_certificate_file(signer.certificate)
        return self._settle(self._of_signer[signer.name]).load_certificate(signer)

    def open_key(self, signer: SignerSettings, operator: Operator) -> SignerKey:
        """Find a signer's key on its token; raises TokenError as `HeldToken.open_key`."""
        token = self._of_signer[signer.name]
        if token.identity or token.status.unlocks_itself:
            token = self._settle(token)
        return token.open_key(signer, operator)

    def _settle(self, token: HeldToken) -> HeldToken:
        """Find a token; one that was found by another URI before is that one, with one worker and one login.

        Raises:
            TokenError: the module, or the token.

        """
        identity = token.find()
        with self._lock:
            same = self._found.setdefault(identity, token)
            if same is token:
                return token
            same.signers = tuple(dict.fromkeys((*same.signers, *token.signers)))
            self._of_signer |= dict.fromkeys((signer.name for signer in token.signers), same)
            self._tokens = tuple(each for each in self._tokens if each is not token)
        token.close()
        return same

    def lock_idle(self, seconds: float) -> tuple[HeldToken, ...]:
        """Lock the tokens that were not used for so long; returns them."""
        return tuple(token for token in self._tokens if token.lock_if_idle(seconds))

    def close(self, successor: "HeldTokens | None" = None) -> None:
        """End the workers of all tokens but those that the successor took over."""
        kept = set(successor or ())
        for token in self._tokens:
            if token not in kept:
                token.close()


def _group(configuration: Configuration) -> dict[PKCS11URI, tuple[SignerSettings, ...]]:
    """Group the signers by the token that their URIs name."""
    groups: dict[PKCS11URI, tuple[SignerSettings, ...]] = {}
    for signer in configuration.signers.values():
        uri = parse_signer_uri(signer).for_token()
        groups[uri] = (*groups.get(uri, ()), signer)
    return groups


def _take_over(token: HeldToken | None, signers: tuple[SignerSettings, ...]) -> HeldToken | None:
    """Give a token its new signers; one that is to be logged in to otherwise is none."""
    if token is None or not token.resembles(signers[0]):
        return None
    token.signers = signers
    return token

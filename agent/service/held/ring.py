"""One signer's part of the tokens that are held open, as signing takes it."""

from agent.config.signers import SignerSettings
from agent.pki.certificate import SigningCertificate
from agent.service.held.tokens import HeldTokens
from agent.service.keys import SignerKey
from agent.service.pins.terminal import Operator


class HeldRing:
    """The certificate and key of one signer, for one document (`agent.service.key_ring.SignerKeys`)."""

    opened: SignerKey | None = None
    """Unlocking is for `open`: a key that was opened for another document may be locked by now."""

    def __init__(self, tokens: HeldTokens, signer: SignerSettings, operator: Operator) -> None:
        """Keep whose they are, and who can be asked."""
        self.signer = signer
        self._tokens = tokens
        self._operator = operator

    @property
    def certificate(self) -> SigningCertificate:
        """The certificate; raises IkiError as `HeldTokens.load_certificate`."""
        return self._tokens.load_certificate(self.signer)

    def start(self) -> None:
        """Start nothing: a token that is unlocked has its worker, and a locked one waits for its use."""

    def open(self) -> SignerKey:
        """Find the key; raises TokenError as `HeldTokens.open_key`."""
        return self._tokens.open_key(self.signer, self._operator)

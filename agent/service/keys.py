"""Keys on tokens, as the configuration names them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from agent.config.configuration import ModuleSettings
from agent.config.signers import SignerSettings
from agent.errors import TokenError
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.signatures import SignatureMismatch, verify_digest_signature
from agent.policy.authorization import SigningAuthorization
from agent.service.files import read_file, reading_configured
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.logins import open_signer_token
from agent.service.pins.terminal import Operator
from hsm import PKCS11URI, Module, PrivateKey, find_softhsm, open_module

_MAX_CERTIFICATE = 1024 * 1024


def load_module(settings: ModuleSettings) -> Module:
    """Load the configured PKCS#11 module, or the SoftHSM of this machine.

    Raises:
        TokenError: `module-missing`, or what the module said.

    """
    with translating_hsm_errors():
        path = settings.path or find_softhsm()
    if path is None:
        raise TokenError(
            "module-missing",
            "no PKCS#11 module is configured and SoftHSM is not installed",
            hint='name the vendor\'s library: [module] path = "…" in the configuration',
        )
    with translating_hsm_errors():
        return open_module(path, settings.environment)


def load_signer_certificate(signer: SignerSettings, module: ModuleSettings) -> SigningCertificate:
    """Load a signer's certificate from its file or, without a login, from its token.

    Raises:
        UsageError: the file cannot be read, or is malformed.
        DocumentError: `certificate-malformed` on the token.
        TokenError: the token does not show exactly one.

    """
    if signer.certificate is not None:
        with reading_configured():
            data = read_file(signer.certificate, what="certificate", limit=_MAX_CERTIFICATE)
            return load_certificate(data, where=str(signer.certificate))
    with translating_hsm_errors():
        # the URI of the key, pasted from `iki key list`, names its certificate too
        uri = replace(PKCS11URI.parse(signer.token), type=None)
        with load_module(module).open_token(uri.for_token(), None) as token:
            found = token.find_certificate(uri)
    return load_certificate(found.der, where=str(found.uri))


class SignerKey:
    """A signer's private key on its open token: it signs against authorizations and nothing else."""

    def __init__(self, key: PrivateKey) -> None:
        """Keep the key; made by `open_signer_key`."""
        self._key = key

    @property
    def uri(self) -> str:
        """The key's PKCS#11 URI."""
        return str(self._key.description.uri)

    @property
    def public_key(self) -> bytes:
        """DER SubjectPublicKeyInfo of the key.

        Raises:
            TokenError: `public-key-missing` when the token does not show it.

        """
        if self._key.public_key is None:
            raise TokenError(
                "public-key-missing",
                f"the token does not show the public key of {self.uri}, so it cannot be matched",
                hint="import the public key object with the same CKA_ID as the private key",
            )
        return self._key.public_key

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The algorithm that follows from the key."""
        return algorithm_for(self.public_key)

    def sign(self, authorization: SigningAuthorization, now: datetime) -> bytes:
        """Sign the one digest that `authorization` carries; the result was verified before it is returned.

        Raises:
            TokenError: what the token said, or `signature-rubbish` when its signature does not verify.
            AuthorizationError: the authorization is used, late, or for another key.

        """
        digest = authorization.redeem(self.public_key, now)
        algorithm = authorization.algorithm
        salt = algorithm.salt_length if algorithm.family == "rsa-pss" else None
        with translating_hsm_errors():
            signature = self._key.sign_digest(digest, algorithm.hash_name, pss_salt=salt).value
        try:
            verify_digest_signature(self.public_key, algorithm, digest, signature)
        except SignatureMismatch as error:
            raise TokenError(
                "signature-rubbish",
                "the token returned a signature that its own public key does not verify; it was thrown away",
                hint="do not use this token before it was examined",
            ) from error
        return signature


@contextmanager
def open_signer_key(
    signer: SignerSettings, module: ModuleSettings, operator: Operator
) -> Iterator[SignerKey]:
    """Log in to a signer's token, once, and find its key, exactly one.

    Raises:
        TokenError: the module, the token, the PIN (asked for once, never again) or the key.

    """
    library = load_module(module)
    with translating_hsm_errors():
        uri = PKCS11URI.parse(signer.token)
        description = library.find_token(uri.for_token())
    with (
        open_signer_token(library, description, signer, module, operator) as token,
        translating_hsm_errors(),
    ):
        yield SignerKey(token.find_key(uri))

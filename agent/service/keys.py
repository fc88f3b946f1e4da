"""Keys on tokens, as the configuration names them."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from agent.config.configuration import ModuleSettings
from agent.config.signers import SignerSettings
from agent.errors import TokenError
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.policy.authorization import SigningAuthorization
from agent.service.addressing import parse_signer_uri
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.logins import log_in_signer
from agent.service.pins.caching import SignaturePIN
from agent.service.pins.terminal import Operator
from agent.service.trust import load_certificate_file
from hsm import ModuleProfile, TokenClient, TokenKey, find_softhsm, open_client


def find_module(settings: ModuleSettings) -> Path:
    """Find the configured PKCS#11 module, or the SoftHSM of this machine.

    Raises:
        TokenError: `module-missing`, or `module-not-found`.

    """
    with translating_hsm_errors():
        path = settings.path or find_softhsm()
    if path is None:
        raise TokenError(
            "module-missing",
            "no PKCS#11 module is configured and SoftHSM is not installed",
            hint='name the vendor\'s library: [module] path = "…" in the configuration',
        )
    return path


class TokenDoor:
    """The way to the configured module; leaving its `with` block logs out and ends the worker."""

    def __init__(self, settings: ModuleSettings) -> None:
        """Start nothing yet."""
        self.settings = settings
        self._client: TokenClient | None = None

    def __enter__(self) -> Self:
        """Return the door."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the client, if there is one."""
        if self._client is not None:
            self._client.close()

    def start(self) -> None:
        """Start the worker early, while documents are read; what is wrong with it is told at its use."""
        with suppress(TokenError):
            self._client = _start_client(self.settings)

    @property
    def client(self) -> TokenClient:
        """The client, in a worker process or in this one, as the profile says.

        Raises:
            TokenError: `module-missing`, or `worker-not-started`.

        """
        if self._client is None:
            self._client = _start_client(self.settings)
        return self._client


def _start_client(settings: ModuleSettings) -> TokenClient:
    path, profile = find_module(settings), settings.profile
    use = ModuleProfile(
        sessions=profile.sessions,
        serialise=profile.serialise,
        deadline=profile.deadline_seconds,
        notice=profile.notice_seconds,
        reserved=settings.reserved,
        pin_entry=profile.pin_entry_seconds,
    )
    with translating_hsm_errors():
        return open_client(path, settings.environment, use, worker=profile.process == "worker")


def load_signer_certificate(signer: SignerSettings, door: TokenDoor) -> SigningCertificate:
    """Load a signer's certificate from its file or, without a login, from its token.

    Raises:
        UsageError: the file cannot be read, or is malformed.
        DocumentError: `certificate-malformed` on the token.
        TokenError: the token does not show exactly one.

    """
    if signer.certificate is not None:
        return load_certificate_file(signer.certificate)
    client = door.client
    with translating_hsm_errors():
        client.open(parse_signer_uri(signer))
    return find_token_certificate(signer, client)


def find_token_certificate(signer: SignerSettings, client: TokenClient) -> SigningCertificate:
    """Find a signer's certificate on its open token.

    Raises:
        DocumentError: `certificate-malformed`.
        TokenError: the token does not show exactly one.

    """
    with translating_hsm_errors():
        # the URI of the key, pasted from `iki key list`, names its certificate too
        found = client.find_certificate(replace(parse_signer_uri(signer), type=None))
    return load_certificate(found.der, where=str(found.uri))


class SignerKey:
    """A signer's private key on its open token: it signs against authorizations and nothing else."""

    def __init__(self, key: TokenKey, pin: SignaturePIN) -> None:
        """Keep the key, and whence its next PIN comes; made by `open_signer_key`."""
        self._key = key
        self._pin = pin

    @property
    def uri(self) -> str:
        """The key's PKCS#11 URI."""
        return str(self._key.description.uri)

    @property
    def always_authenticate(self) -> bool:
        """Whether every signature needs the PIN again."""
        return self._key.description.always_authenticate

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

    def prepare(self) -> None:
        """Ask for the PIN of the next signature, if the key wants one for each: before it is authorized.

        A person may take minutes, and what was decided before that would be old.

        Raises:
            TokenError: the PIN cannot be had.

        """
        if self.always_authenticate:
            self._pin.prepare()

    def sign(self, authorization: SigningAuthorization, now: datetime, message: bytes | None) -> bytes:
        """Sign the one digest that `authorization` carries; the result was verified before it is returned.

        `message` is what was hashed, None where nobody knows. It goes to a token that signs nothing else,
        after it was compared with the authorized digest, here and once more beside the module.

        Raises:
            TokenError: what the token said, or `signature-rubbish` when its signature does not verify.
            AuthorizationError: the authorization is used, late, or for another key.

        """
        digest = authorization.redeem(self.public_key, now)
        algorithm = authorization.algorithm
        salt = algorithm.salt_length if algorithm.family == "rsa-pss" else None
        with translating_hsm_errors():
            return self._key.sign_digest(digest, algorithm.hash_name, pss_salt=salt, message=message).value


def open_signer_key(signer: SignerSettings, door: TokenDoor, operator: Operator) -> SignerKey:
    """Log in to a signer's token, once, and find its key, exactly one; both last as long as the door is open.

    Raises:
        TokenError: the module, the token, the PIN (asked for once, never again) or the key.

    """
    client = door.client
    with translating_hsm_errors():
        uri = parse_signer_uri(signer)
        token = client.open(uri)
    text = f"waiting for the token {token.label}: touch it if it blinks"
    client.notice = partial(operator.tell, text)
    pin = log_in_signer(client, token, signer, door.settings, operator)
    with translating_hsm_errors():
        return SignerKey(client.find_key(uri), pin)

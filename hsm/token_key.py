"""A private key as a client has it: requests go through the client, and signatures are verified here."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from hsm.digests import DigestToSign
from hsm.errors import SigningFailed
from hsm.values import HashName, KeyDescription, RawSignature
from hsm.verification import build_verification

if TYPE_CHECKING:
    from hsm.client import TokenClient


class TokenKey:
    """A private key on a token; what it signs was verified before anybody sees it."""

    def __init__(self, client: "TokenClient", number: int, description: KeyDescription) -> None:
        """Keep the key; made by `TokenClient.find_key`, of use while that is open."""
        self._client = client
        self._number = number
        self._description = description
        public_key = description.public_key
        self._verify = None if public_key is None else build_verification(public_key)
        self._suspect = False
        self._scheme: Literal["ecdsa", "rsa-pkcs1-v1_5"]
        self._scheme = "ecdsa" if description.kind.startswith("ec") else "rsa-pkcs1-v1_5"

    @property
    def description(self) -> KeyDescription:
        """What the token said about the key when it was found."""
        return self._description

    @property
    def public_key(self) -> bytes | None:
        """DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7), or None when the token does not show one."""
        return self._description.public_key

    def sign_digest(
        self,
        digest: bytes,
        hash_name: HashName,
        *,
        pss_salt: int | None = None,
        message: bytes | None = None,
        seconds: float | None = None,
    ) -> RawSignature:
        """Sign a digest of 32, 48 or 64 octets: ECDSA (FIPS 186-4 6) or RSASSA-PKCS1-v1_5 (RFC 8017 8.2).

        With `pss_salt`, octets of salt, an RSA key signs by RSASSA-PSS (RFC 8017 8.1).

        `message` is what was hashed: a token that signs nothing but what it hashes itself gets that, after it
        was compared with the digest; up to 64 KiB.

        The token is asked once, and once more after a recovery. `seconds` is all the time that it may
        take; left out, the profile says so.

        Raises:
            SigningFailed: as `PrivateKey.sign_digest`; `signature-rubbish` when it does not verify, and
                `key-suspect` for every request after that; `public-key-missing` when it could not be.
            MechanismMissing: the token offers no mechanism for it.
            PINRequired, PINRejected, PINLocked: a key that asks for the PIN every time.
            TokenUnavailable: `token-deadline`, `token-suspended`, `module-crashed`, and as the token answers.
        """
        return self.submit_digest(
            digest, hash_name, pss_salt=pss_salt, message=message, seconds=seconds
        ).result()

    def submit_digest(
        self,
        digest: bytes,
        hash_name: HashName,
        *,
        pss_salt: int | None = None,
        message: bytes | None = None,
        seconds: float | None = None,
    ) -> "PendingSignature":
        """Send a request to sign without waiting for the signature: many may be under way in one thread.

        A key that asks for the PIN every time signs one by one, each when its `result` is waited for.

        Raises:
            SigningFailed: `digest-length`, `hash-unknown`, `message-mismatch`, `key-suspect`,
                `public-key-missing`.
            TokenUnavailable: `token-suspended`.
        """
        asked = DigestToSign(digest, hash_name, pss_salt, message)
        if self._verify is None:
            raise _without_public_key(self._description)
        if self._suspect:
            raise _suspect(self._description)
        client, number = self._client, self._number
        if self._description.always_authenticate:  # nobody is asked for a PIN before that is waited for
            return PendingSignature(self, lambda: client.sign_after_login(number, asked, seconds), asked)
        request = client.begin(number, asked, seconds)
        return PendingSignature(self, lambda: client.finish(request), asked)

    def release(self, value: bytes, asked: DigestToSign) -> RawSignature:
        """Verify a signature that came. For this package's own use.

        Raises:
            SigningFailed: `signature-rubbish`.
        """
        if self._verify is None or not self._verify(value, asked):
            self._suspect = True
            raise _rubbish()
        self._client.approve()
        return RawSignature(self._scheme if asked.pss_salt is None else "rsa-pss", value)


class PendingSignature:
    """A signature that the token may be making; ask for it once, with `result`."""

    def __init__(self, key: TokenKey, finish: Callable[[], bytes], asked: DigestToSign) -> None:
        """Keep what was asked for; made by `TokenKey.submit_digest`."""
        self._key = key
        self._finish = finish
        self._asked = asked

    def result(self) -> RawSignature:
        """Wait for it; it was verified before it is returned.

        Raises:
            HSMError: as `TokenKey.sign_digest`.
        """
        return self._key.release(self._finish(), self._asked)


def _rubbish() -> SigningFailed:
    return SigningFailed(
        "signature-rubbish",
        "the token returned a signature that its own public key does not verify; it was thrown away",
        hint="do not use this token before it was examined",
    )


def _suspect(key: KeyDescription) -> SigningFailed:
    return SigningFailed(
        "key-suspect",
        f"{key.uri} returned a signature that does not verify, and is not used any more",
        hint="do not use this token before it was examined",
    )


def _without_public_key(key: KeyDescription) -> SigningFailed:
    return SigningFailed(
        "public-key-missing",
        f"the token does not show the public key of {key.uri}, so its signatures cannot be verified",
        hint="import the public key object with the same CKA_ID as the private key",
    )

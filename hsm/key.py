"""A private key on a token: it signs digests and shows its public half."""

from typing import Any

from pkcs11.types import SignMixin

from hsm.digests import DigestToSign
from hsm.errors import PINRequired, SigningFailed
from hsm.mechanisms import SigningOperation, build_signing_operation
from hsm.secret import Credential
from hsm.session import TokenSession
from hsm.values import HashName, KeyDescription, RawSignature


class PrivateKey:
    """A private key object found on an open token; made by `Token`, valid while that is open."""

    def __init__(self, session: TokenSession, key: Any, description: KeyDescription) -> None:
        """Keep the binding's object beside its description."""
        self._session = session
        self._key = key
        self._description = description

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
    ) -> RawSignature:
        """Sign a digest of 32, 48 or 64 octets: ECDSA (FIPS 186-4 6) or RSASSA-PKCS1-v1_5 (RFC 8017 8.2).

        With `pss_salt` octets of salt an RSA key signs by RSASSA-PSS (RFC 8017 8.1), MGF1 with the same hash.

        With `message`, what was hashed, tokens sign that hash for themselves.

        The request is sent to the token once. The result has the right length; whether it is a
        signature is for the caller to verify with the public key before it goes anywhere.

        Raises:
            SigningFailed: `digest-length`, `hash-unknown`, `message-mismatch`, `key-kind-unsupported`,
                `key-may-not-sign`, `signature-malformed`, or `signing-failed` with what the token answered.
            MechanismMissing: the token offers no mechanism for it.
            PINRequired, PINRejected, PINLocked: a key that asks for the PIN every time.
            TokenUnavailable: the token is gone, or its session is closed.
        """
        offered = self._session.list_mechanisms()
        asked = DigestToSign(digest, hash_name, pss_salt, message)
        operation = build_signing_operation(self._description.kind, asked, offered)
        return sign_with(self._session, self._key, self._description, operation, self._session.credential)


def sign_with(
    session: TokenSession,
    key: Any,
    description: KeyDescription,
    operation: SigningOperation,
    credential: Credential | None,
) -> RawSignature:
    """Sign in this session with a key that any session of the process found, and check the result's length.

    Raises:
        HSMError: as `PrivateKey.sign_digest`.
    """
    if not isinstance(key, SignMixin):
        raise SigningFailed(
            "key-may-not-sign",
            f"{description.uri} has CKA_SIGN false",
            hint="choose a signing key; `iki key list`",
        )
    if description.always_authenticate and credential is None:
        raise PINRequired(
            "pin-required",
            "the key asks for the PIN at every signature and no PIN was given",
            hint="name a PIN source with `pin` in the signer's configuration",
        )
    again = credential if description.always_authenticate else None
    value = session.sign(key, operation, again, otherwise=SigningFailed, code="signing-failed")
    if len(value) != operation.result_octets:
        raise wrong_length(value, operation.result_octets)
    return RawSignature(operation.kind, value)


def wrong_length(value: bytes, octets: int) -> SigningFailed:
    """Build the error for what cannot be a signature."""
    return SigningFailed(
        "signature-malformed",
        f"the token returned {len(value)} octets instead of {octets}",
        hint="do not use this key until the token has been examined",
    )

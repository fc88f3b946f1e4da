"""The end of keys and certificates on a token; nothing brings them back."""

from typing import Any

from pkcs11.types import Object

from hsm.errors import ProvisioningRefused
from hsm.generation import check_may_write
from hsm.inventory import list_bound_certificates, list_public_keys, name_object
from hsm.public_keys import build_subject_public_key
from hsm.selection import matches_object
from hsm.session import TokenSession
from hsm.uri import PKCS11URI
from hsm.values import KeyDescription, TokenDescription


def destroy_key_pair(
    session: TokenSession, token: TokenDescription, key: Any, description: KeyDescription
) -> tuple[PKCS11URI, ...]:
    """Destroy a private key, and then the public key objects that are its other half.

    Raises:
        ProvisioningRefused: `session-read-only`, `token-read-only`, `function-not-supported`,
            `officer-login-required`, or `destruction-failed` with what the token answered.
        PINRequired: `pin-required`.
        TokenUnavailable: the token is gone.
    """
    check_may_write(session, token)
    halves = [
        (half, name_object(token, attributes, "public"))
        for half, attributes in list_public_keys(session)
        if description.public_key is not None
        and build_subject_public_key(attributes) == description.public_key
    ]
    destroy_object(session, key, f"destruction of the key {description.label!r}")
    for half, uri in halves:
        destroy_object(session, half, f"destruction of the public key {uri}")
    return (description.uri, *(uri for _, uri in halves))


def destroy_certificates(
    session: TokenSession, token: TokenDescription, uri: PKCS11URI, *, but: bytes | None = None
) -> tuple[PKCS11URI, ...]:
    """Destroy the certificate objects with the label and id of the URI, except for the DER in `but`.

    Raises:
        HSMError: as `destroy_key_pair`.
    """
    check_may_write(session, token)
    found = [
        (bound, each.uri)
        for bound, each in list_bound_certificates(session, token)
        if matches_object(uri, each) and each.der != but
    ]
    for bound, name in found:
        destroy_object(session, bound, f"destruction of the certificate {name}")
    return tuple(name for _, name in found)


def destroy_object(session: TokenSession, found: Object, operation: str) -> None:
    """Call C_DestroyObject.

    Raises:
        HSMError: as `destroy_key_pair`.
    """
    with session.using(operation, otherwise=ProvisioningRefused, code="destruction-failed"):
        found.destroy()

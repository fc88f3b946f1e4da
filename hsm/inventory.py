"""What lies on a token: private keys with their public halves, and certificates."""

from collections.abc import Mapping
from typing import Any, Final

from pkcs11 import Attribute, CertificateType, ObjectClass

from hsm.mechanisms import describe_kind
from hsm.public_keys import PUBLIC_ATTRIBUTES, build_subject_public_key
from hsm.session import TokenSession
from hsm.uri import PKCS11URI
from hsm.values import CertificateObject, KeyDescription, TokenDescription

_PRIVATE_ATTRIBUTES: Final = (
    *(attribute for attribute in PUBLIC_ATTRIBUTES if attribute is not Attribute.EC_POINT),
    Attribute.EXTRACTABLE,
    Attribute.SENSITIVE,
    Attribute.ALWAYS_AUTHENTICATE,
)
_CERTIFICATE_ATTRIBUTES: Final = (
    Attribute.CERTIFICATE_TYPE,
    Attribute.ID,
    Attribute.LABEL,
    Attribute.VALUE,
)


def list_private_keys(session: TokenSession, token: TokenDescription) -> list[tuple[Any, KeyDescription]]:
    """List the private keys that this session sees, each with the binding's object.

    Raises:
        HSMError: what the token answered.
    """
    found = session.list_objects(ObjectClass.PRIVATE_KEY, _PRIVATE_ATTRIBUTES)
    halves = [attributes for _, attributes in list_public_keys(session)] if found else []
    return [(key, _describe_key(attributes, halves, token)) for key, attributes in found]


def list_public_keys(session: TokenSession) -> list[tuple[Any, dict[Any, Any]]]:
    """List the public key objects with their attributes.

    Raises:
        HSMError: what the token answered.
    """
    return session.list_objects(ObjectClass.PUBLIC_KEY, PUBLIC_ATTRIBUTES)


def list_certificate_objects(session: TokenSession, token: TokenDescription) -> list[CertificateObject]:
    """List the X.509 certificate objects that hold their certificate (not only its address).

    Raises:
        HSMError: what the token answered.
    """
    return [description for _, description in list_bound_certificates(session, token)]


def list_bound_certificates(
    session: TokenSession, token: TokenDescription
) -> list[tuple[Any, CertificateObject]]:
    """List the same, each with the binding's object.

    Raises:
        HSMError: what the token answered.
    """
    found = session.list_objects(ObjectClass.CERTIFICATE, _CERTIFICATE_ATTRIBUTES)
    return [
        (certificate, _describe_certificate(attributes, token))
        for certificate, attributes in found
        if attributes.get(Attribute.CERTIFICATE_TYPE, CertificateType.X_509) == CertificateType.X_509
        and attributes.get(Attribute.VALUE)
    ]


def name_object(token: TokenDescription, attributes: Mapping[Any, Any], object_type: str) -> PKCS11URI:
    """Build the URI of an object from its CKA_LABEL and CKA_ID (RFC 7512 section 2.3)."""
    return PKCS11URI(
        token=token.uri.token,
        manufacturer=token.uri.manufacturer,
        model=token.uri.model,
        serial=token.uri.serial,
        object=attributes.get(Attribute.LABEL) or None,
        id=attributes.get(Attribute.ID) or None,
        type=object_type,
    )


def _describe_key(
    attributes: Mapping[Any, Any], halves: list[dict[Any, Any]], token: TokenDescription
) -> KeyDescription:
    return KeyDescription(
        label=attributes.get(Attribute.LABEL, ""),
        id=attributes.get(Attribute.ID, b""),
        kind=describe_kind(
            attributes.get(Attribute.KEY_TYPE),
            attributes.get(Attribute.EC_PARAMS),
            attributes.get(Attribute.MODULUS),
        ),
        public_key=_find_public_half(attributes, halves),
        # A token that does not answer is assumed to protect its key badly, so that it is noticed.
        extractable=bool(attributes.get(Attribute.EXTRACTABLE, True)),
        sensitive=bool(attributes.get(Attribute.SENSITIVE, False)),
        always_authenticate=bool(attributes.get(Attribute.ALWAYS_AUTHENTICATE, False)),
        uri=name_object(token, attributes, "private"),
    )


def _find_public_half(private: Mapping[Any, Any], halves: list[dict[Any, Any]]) -> bytes | None:
    """Find the one public key of a private key; an RSA private key object carries its own."""
    own = build_subject_public_key(private)
    if own is not None:
        return own
    key_id = private.get(Attribute.ID)
    encodings = {
        build_subject_public_key(half)
        for half in halves
        if key_id
        and half.get(Attribute.ID) == key_id
        and half.get(Attribute.KEY_TYPE) == private.get(Attribute.KEY_TYPE)
        and private.get(Attribute.EC_PARAMS) in (None, half.get(Attribute.EC_PARAMS))
    }
    return encodings.pop() if len(encodings) == 1 else None


def _describe_certificate(attributes: Mapping[Any, Any], token: TokenDescription) -> CertificateObject:
    return CertificateObject(
        label=attributes.get(Attribute.LABEL, ""),
        id=attributes.get(Attribute.ID, b""),
        der=attributes[Attribute.VALUE],
        uri=name_object(token, attributes, "cert"),
    )

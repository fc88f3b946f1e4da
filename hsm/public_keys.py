"""SubjectPublicKeyInfo from the attributes of a key object."""
# asn1crypto has no annotations:
# mypy: allow-untyped-calls

from collections.abc import Mapping
from typing import Any, Final

from asn1crypto.core import OctetString
from asn1crypto.keys import ECDomainParameters, PublicKeyInfo, RSAPublicKey
from pkcs11 import Attribute, KeyType

from hsm.mechanisms import CURVES

PUBLIC_ATTRIBUTES: Final = (
    Attribute.KEY_TYPE,
    Attribute.ID,
    Attribute.LABEL,
    Attribute.EC_PARAMS,
    Attribute.EC_POINT,
    Attribute.MODULUS,
    Attribute.PUBLIC_EXPONENT,
)
"""What is read of an object to know its public key."""


def build_subject_public_key(attributes: Mapping[Any, Any]) -> bytes | None:
    """Build the DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7; RFC 3279 2.3.1; RFC 5480 2).

    Returns:
        None when the attributes do not hold a public key, or not one that can be written down.
    """
    try:
        if attributes.get(Attribute.KEY_TYPE) == KeyType.RSA:
            return _build_rsa(attributes.get(Attribute.MODULUS), attributes.get(Attribute.PUBLIC_EXPONENT))
        if attributes.get(Attribute.KEY_TYPE) == KeyType.EC:
            return _build_ec(attributes.get(Attribute.EC_PARAMS), attributes.get(Attribute.EC_POINT))
    except (ValueError, TypeError):  # what asn1crypto raises for octets that are not DER
        return None
    return None


def _build_rsa(modulus: bytes | None, exponent: bytes | None) -> bytes | None:
    if not modulus or not exponent:
        return None
    numbers = {
        "modulus": int.from_bytes(modulus, "big"),
        "public_exponent": int.from_bytes(exponent, "big"),
    }
    return bytes(PublicKeyInfo.wrap(RSAPublicKey(numbers), "rsa").dump())


def _build_ec(parameters: bytes | None, point: bytes | None) -> bytes | None:
    if not parameters or not point:
        return None
    algorithm = {"algorithm": "ec", "parameters": ECDomainParameters.load(parameters, strict=True)}
    public_key = _unwrap_point(parameters, point)
    return bytes(PublicKeyInfo({"algorithm": algorithm, "public_key": public_key}).dump())


def _unwrap_point(parameters: bytes, point: bytes) -> bytes:
    """Return the point of CKA_EC_POINT, which is DER in the standard and bare in some modules."""
    curve = next((curve for curve in CURVES if curve.parameters == parameters), None)
    if curve is not None and len(point) == 1 + 2 * curve.octets:
        return point
    return bytes(OctetString.load(point, strict=True))

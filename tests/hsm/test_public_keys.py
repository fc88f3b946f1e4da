"""SubjectPublicKeyInfo from what tokens answer, also from answers that SoftHSM does not give."""

from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pkcs11 import Attribute, KeyType

from hsm.public_keys import build_subject_public_key

_P256: Final = bytes.fromhex("06082a8648ce3d030107")
_KEY: Final = ec.generate_private_key(ec.SECP256R1()).public_key()
_POINT: Final = _KEY.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
_SPKI: Final = _KEY.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("point", [b"\x04\x41" + _POINT, _POINT], ids=["DER", "bare"])
def test_both_codings_of_a_point_are_read(point: bytes) -> None:
    """CKA_EC_POINT is a DER OCTET STRING in PKCS#11 v2.40 and the bare point in some modules."""
    attributes = {Attribute.KEY_TYPE: KeyType.EC, Attribute.EC_PARAMS: _P256, Attribute.EC_POINT: point}
    assert build_subject_public_key(attributes) == _SPKI


def test_a_bare_point_that_looks_like_der_is_still_a_point() -> None:
    """A coordinate that begins like a DER length does not shorten the point."""
    point = b"\x04\x3f\x04" + bytes(range(62))
    attributes = {Attribute.KEY_TYPE: KeyType.EC, Attribute.EC_PARAMS: _P256, Attribute.EC_POINT: point}
    encoded = build_subject_public_key(attributes)
    assert encoded is not None
    assert encoded.endswith(point)


@settings(deadline=None)  # shared machines pause
@given(
    key_type=st.sampled_from([KeyType.EC, KeyType.RSA, KeyType.AES, 0x80000001, None]),
    octets=st.lists(st.none() | st.binary(max_size=40), min_size=4, max_size=4),
)
def test_any_answer_is_a_key_or_nothing(key_type: int | None, octets: list[bytes | None]) -> None:
    """Whatever a token answers, the result is an encoding or None, never an exception."""
    names = (Attribute.EC_PARAMS, Attribute.EC_POINT, Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
    attributes = {Attribute.KEY_TYPE: key_type, **dict(zip(names, octets, strict=True))}
    encoded = build_subject_public_key(attributes)
    assert encoded is None or encoded.startswith(b"0")

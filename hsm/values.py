"""What a token says about itself and its objects, as plain values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from hsm.uri import PKCS11URI

HashName = Literal["sha256", "sha384", "sha512"]
"""The digests that are signed (FIPS 180-4)."""


class KeyKind(StrEnum):
    """Key pairs that can be generated on a token."""

    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"
    EC_P521 = "ec-p521"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"


@dataclass(frozen=True, slots=True)
class TokenDescription:
    """A token as its CK_TOKEN_INFO gives it (PKCS#11 v2.40 section 3.2), read once."""

    label: str
    manufacturer: str
    model: str
    serial: str
    slot_id: int
    """Valid in this process only."""
    login_required: bool
    protected_authentication_path: bool
    """The PIN is entered on the reader or device."""
    pin_locked: bool
    pin_final_try: bool
    """One more wrong user PIN locks the token."""
    pin_count_low: bool
    """A wrong user PIN was entered since the last login."""
    uri: PKCS11URI
    """Label, manufacturer, model and serial; ready to paste."""
    initialised: bool = True
    """C_InitToken was called, or the token came ready."""
    pin_set: bool = True
    """There is a user PIN."""
    read_only: bool = False
    """CKF_WRITE_PROTECTED."""
    so_pin_locked: bool = False
    so_pin_final_try: bool = False
    """One more wrong PIN of the security officer locks it."""
    slot_description: str = ""
    slot_manufacturer: str = ""
    library_description: str = ""
    library_manufacturer: str = ""
    library_version: str = ""
    """`3.1`."""


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A private key object as the token describes it; never its value."""

    label: str
    id: bytes
    """CKA_ID; empty when the object has none."""
    kind: str
    """A `KeyKind` value, or what it is instead: `rsa-1024`, `ec-1.3.132.0.10`, `type-0x40`."""
    public_key: bytes | None
    """DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7); None when the token does not show exactly one."""
    extractable: bool
    sensitive: bool
    always_authenticate: bool
    """Every signature needs the PIN again (CKA_ALWAYS_AUTHENTICATE)."""
    uri: PKCS11URI


@dataclass(frozen=True, slots=True)
class CertificateObject:
    """An X.509 certificate object on a token; its bytes are not looked into."""

    label: str
    id: bytes
    """CKA_ID, equal to that of the key by convention (PKCS#11 v2.40 section 4.6.3)."""
    der: bytes
    """DER, exactly as the token holds it (CKA_VALUE)."""
    uri: PKCS11URI


@dataclass(frozen=True, slots=True)
class RawSignature:
    """A signature as PKCS#11 returns it, which for ECDSA is not what X.509 and CMS use."""

    kind: Literal["ecdsa", "rsa-pkcs1-v1_5", "rsa-pss"]
    value: bytes
    """ECDSA: r and s, each as long as the curve's order, one after the other; RSA: as long as the modulus."""

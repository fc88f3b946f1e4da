"""What an examination found, as plain values."""

from dataclasses import dataclass

from hsm.uri import PKCS11URI
from hsm.values import CertificateObject, HashName, KeyDescription, TokenDescription


@dataclass(frozen=True, slots=True)
class PublicKeyObject:
    """A public key object; it is seen without a login where the token allows that."""

    label: str
    id: bytes
    kind: str
    """As `KeyDescription.kind`."""
    public_key: bytes | None
    """DER SubjectPublicKeyInfo."""
    uri: PKCS11URI


@dataclass(frozen=True, slots=True)
class TokenExamination:
    """One token and what it shows to whoever is not logged in."""

    token: TokenDescription
    mechanisms: frozenset[str]
    """`CKM_ECDSA` and so on; `CKM_0x…` for those that have no name here."""
    public_keys: tuple[PublicKeyObject, ...]
    private_keys: tuple[KeyDescription, ...]
    """Usually none without a login."""
    certificates: tuple[CertificateObject, ...]


@dataclass(frozen=True, slots=True)
class ModuleExamination:
    """A module that could be loaded."""

    path: str
    """The shared library, without links."""
    library: str
    """What it calls itself (CK_INFO), and its version."""
    silent_slots: int
    """Slots without a token, or whose token does not answer."""
    blank_slots: int
    """Slots with an uninitialised token."""
    tokens: tuple[TokenDescription, ...]


def mechanism_for(kind: str, *, pss: bool = False) -> str | None:
    """Name the mechanism that a kind of key signs with here; None for kinds that do not sign here."""
    if kind.startswith("rsa-"):
        return "CKM_RSA_PKCS_PSS" if pss else "CKM_RSA_PKCS"
    return "CKM_ECDSA" if kind in {"ec-p256", "ec-p384", "ec-p521"} else None


def hashing_mechanism(mechanism: str, hash_name: HashName) -> str:
    """Name the mechanism that takes the message, where `mechanism` takes its digest."""
    if mechanism == "CKM_ECDSA":
        return f"CKM_ECDSA_{hash_name.upper()}"
    return mechanism.replace("CKM_", f"CKM_{hash_name.upper()}_")

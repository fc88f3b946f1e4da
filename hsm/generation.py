"""New objects on a token: key pairs and certificates, never over something that is there."""

from typing import Any, Final

from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag
from pkcs11.util.x509 import decode_x509_certificate

from hsm.errors import PINRequired, ProvisioningRefused
from hsm.inventory import list_certificate_objects, list_private_keys, list_public_keys, name_object
from hsm.mechanisms import RSA_BITS, check_offered, find_curve
from hsm.selection import show
from hsm.session import TokenSession
from hsm.uri import PKCS11URI
from hsm.values import KeyKind, TokenDescription

_PRIVATE_TEMPLATE: Final = {
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}
_PUBLIC_TEMPLATE: Final = {Attribute.PRIVATE: False}  # visible without a login, as in `iki key list`


def generate_key_pair(
    session: TokenSession, token: TokenDescription, kind: KeyKind, *, label: str, key_id: bytes
) -> None:
    """Generate a key pair on the token: private, sensitive, not extractable, for signing only.

    Raises:
        ProvisioningRefused: `key-exists`, `certificate-exists`, `object-unnamed`, `session-read-only`,
            or `generation-failed` with what the token answered.
        PINRequired: `pin-required`.
        MechanismMissing: the token cannot generate that kind.
        TokenUnavailable: the token is gone.
    """
    _check_named(label, key_id)
    check_may_write(session, token)
    _refuse_existing(label, key_id, "key", _name_keys(session, token))
    # A certificate of that name would silently be taken for the new key's.
    _refuse_existing(label, key_id, "certificate", [c.uri for c in list_certificate_objects(session, token)])
    curve = find_curve(kind)
    mechanism = Mechanism.EC_KEY_PAIR_GEN if curve else Mechanism.RSA_PKCS_KEY_PAIR_GEN
    check_offered(mechanism, session.list_mechanisms())
    public_template: dict[Attribute, Any] = dict(_PUBLIC_TEMPLATE)
    if curve:
        public_template[Attribute.EC_PARAMS] = curve.parameters
    with session.using(
        "key generation", otherwise=ProvisioningRefused, code="generation-failed"
    ) as open_session:
        open_session.generate_keypair(
            KeyType.EC if curve else KeyType.RSA,
            None if curve else RSA_BITS[kind],
            id=key_id,
            label=label,
            store=True,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            mechanism=mechanism,
            public_template=public_template,
            private_template=dict(_PRIVATE_TEMPLATE),
        )


def create_certificate(
    session: TokenSession,
    token: TokenDescription,
    der: bytes,
    *,
    label: str,
    key_id: bytes,
    beside: bool = False,
) -> Any:
    """Write an X.509 certificate object, readable without a login; returns the binding's object.

    With `beside`, another one with that label or id does not matter: it is about to be replaced.

    Raises:
        ProvisioningRefused: `certificate-exists`, `certificate-malformed`, `object-unnamed`,
            `session-read-only`, or `import-failed` with what the token answered.
        PINRequired: `pin-required`.
        TokenUnavailable: the token is gone.
    """
    _check_named(label, key_id)
    check_may_write(session, token)
    if not beside:
        existing = [each.uri for each in list_certificate_objects(session, token)]
        _refuse_existing(label, key_id, "certificate", existing)
    try:
        template = dict(decode_x509_certificate(der))
    except (ValueError, TypeError, KeyError) as exc:
        raise ProvisioningRefused(
            "certificate-malformed", "the certificate is not DER X.509", hint="convert PEM to DER first"
        ) from exc
    template |= {
        Attribute.TOKEN: True,
        Attribute.PRIVATE: False,
        Attribute.LABEL: label,
        Attribute.ID: key_id,
        Attribute.VALUE: der,
    }
    with session.using(
        "certificate import", otherwise=ProvisioningRefused, code="import-failed"
    ) as open_session:
        return open_session.create_object(template)


def check_may_write(session: TokenSession, token: TokenDescription) -> None:
    """Check that objects may be made and destroyed in this session.

    Raises:
        ProvisioningRefused: `session-read-only`.
        PINRequired: `pin-required`.
    """
    if not session.writable:
        raise ProvisioningRefused(
            "session-read-only", "the token was opened for reading", hint="open it as writable"
        )
    if token.login_required and not session.logged_in:
        raise PINRequired("pin-required", f"writing to {token.uri} needs a login", hint="give the PIN")


def _check_named(label: str, key_id: bytes) -> None:
    if not label or not key_id:
        raise ProvisioningRefused(
            "object-unnamed", "an object needs a label and an id", hint="give both, so that it can be found"
        )


def _name_keys(session: TokenSession, token: TokenDescription) -> list[PKCS11URI]:
    private = [description.uri for _, description in list_private_keys(session, token)]
    return private + [name_object(token, attributes, "public") for _, attributes in list_public_keys(session)]


def _refuse_existing(label: str, key_id: bytes, what: str, existing: list[PKCS11URI]) -> None:
    same = [uri for uri in existing if uri.object == label or uri.id == key_id]
    if same:
        raise ProvisioningRefused(
            f"{what}-exists",
            f"the token already holds a {what} with that label or id: {show(same)}",
            hint="choose another label and id; nothing was changed",
        )

"""An open token: its keys and certificates, found exactly or not at all."""

from contextlib import suppress
from typing import Any

from hsm.destruction import destroy_certificates, destroy_key_pair, destroy_object
from hsm.errors import (
    CertificateAmbiguous,
    CertificateNotFound,
    HSMError,
    KeyAmbiguous,
    KeyNotFound,
    PINRequired,
    ProvisioningRefused,
)
from hsm.generation import create_certificate, generate_key_pair
from hsm.inventory import list_certificate_objects, list_private_keys
from hsm.key import PrivateKey
from hsm.selection import check_object_uri, matches_object, refuse_choice
from hsm.session import TokenSession
from hsm.uri import PKCS11URI
from hsm.values import CertificateObject, KeyDescription, KeyKind, TokenDescription


class Token:
    """A token with an open session; made by `Module.open_token`, valid inside its `with` block."""

    def __init__(
        self, description: TokenDescription, session: TokenSession, *, logged_in: bool = False
    ) -> None:
        """Keep the session, which the opener closes; `logged_in` when another session did the login."""
        self._description = description
        self._session = session
        self._logged_in = logged_in

    @property
    def description(self) -> TokenDescription:
        """What the token said about itself before the session was opened."""
        return self._description

    def list_keys(self) -> tuple[KeyDescription, ...]:
        """List the private keys that this session sees; without a login that is usually none.

        Raises:
            HSMError: what the token answered.
        """
        found = list_private_keys(self._session, self._description)
        return tuple(description for _, description in found)

    def find_key(self, uri: PKCS11URI) -> PrivateKey:
        """Find exactly one private key by CKA_LABEL and CKA_ID; a URI with neither means the only one.

        Raises:
            KeyNotFound: `key-not-found`, listing the keys that are visible.
            KeyAmbiguous: `key-ambiguous`, listing those that match.
            PINRequired: `pin-required`, none is visible and nobody is logged in.
            URIError: the URI is for another token or another type of object.
        """
        return PrivateKey(self._session, *self.find_bound_key(uri))

    def find_bound_key(self, uri: PKCS11URI) -> tuple[Any, KeyDescription]:
        """Find exactly one private key, as the binding has it and described. For this package's own use.

        Raises:
            KeyNotFound, KeyAmbiguous, PINRequired, URIError: as `find_key`.
        """
        check_object_uri(uri, self._description, "private")
        visible = list_private_keys(self._session, self._description)
        found = [pair for pair in visible if matches_object(uri, pair[1])]
        if len(found) == 1:
            return found[0]
        if not found and self._description.login_required and not self._is_logged_in():
            raise PINRequired(
                "pin-required",
                f"no private key is visible on {self._description.uri} without a login",
                hint="name a PIN source with `pin` in the signer's configuration",
            )
        seen = [description.uri for _, description in (found or visible)]
        raise refuse_choice(len(found), "key", uri, seen, (KeyNotFound, KeyAmbiguous))

    def _is_logged_in(self) -> bool:
        return self._logged_in or self._session.logged_in

    def list_certificates(self) -> tuple[CertificateObject, ...]:
        """List the X.509 certificate objects that this session sees.

        Raises:
            HSMError: what the token answered.
        """
        return tuple(list_certificate_objects(self._session, self._description))

    def find_certificate(self, uri: PKCS11URI) -> CertificateObject:
        """Find exactly one certificate by CKA_LABEL and CKA_ID; a URI with neither means the only one.

        Raises:
            CertificateNotFound: `certificate-not-found`, listing those that are visible.
            CertificateAmbiguous: `certificate-ambiguous`, listing those that match.
            URIError: the URI is for another token or another type of object.
        """
        check_object_uri(uri, self._description, "cert")
        visible = self.list_certificates()
        found = [each for each in visible if matches_object(uri, each)]
        if len(found) == 1:
            return found[0]
        seen = [each.uri for each in (found or visible)]
        errors = (CertificateNotFound, CertificateAmbiguous)
        raise refuse_choice(len(found), "certificate", uri, seen, errors)

    def generate_key(self, kind: KeyKind, *, label: str, key_id: bytes) -> PrivateKey:
        """Generate a signing key pair on the token and find it again.

        Raises:
            ProvisioningRefused: `key-exists` or `certificate-exists` for a label or id in use,
                `key-not-protected` when the token made it readable, and as the token answers.
            PINRequired: nobody is logged in.
            MechanismMissing: the token cannot generate that kind.
        """
        generate_key_pair(self._session, self._description, kind, label=label, key_id=key_id)
        key = self.find_key(PKCS11URI(object=label, id=key_id))
        if key.description.extractable or not key.description.sensitive:
            raise ProvisioningRefused(
                "key-not-protected",
                f"the token made {key.description.uri} extractable or not sensitive",
                hint="do not use this key; `iki key destroy` removes it",
            )
        return key

    def import_certificate(self, der: bytes, *, label: str, key_id: bytes) -> CertificateObject:
        """Write a DER X.509 certificate beside its key (same CKA_ID by convention) and find it again.

        Raises:
            ProvisioningRefused: `certificate-exists`, `certificate-malformed`, and as the token answers.
            PINRequired: nobody is logged in.
        """
        create_certificate(self._session, self._description, der, label=label, key_id=key_id)
        return self.find_certificate(PKCS11URI(object=label, id=key_id))

    def replace_certificate(self, der: bytes, *, label: str, key_id: bytes) -> CertificateObject:
        """Write a certificate, and then destroy those that had its CKA_ID before.

        Raises:
            ProvisioningRefused: as `import_certificate` and `destroy_key`; the old ones are there still.
            PINRequired: nobody is logged in.
        """
        made = create_certificate(
            self._session, self._description, der, label=label, key_id=key_id, beside=True
        )
        try:
            destroy_certificates(self._session, self._description, PKCS11URI(id=key_id), but=der)
        except HSMError:
            with suppress(HSMError):
                destroy_object(self._session, made, "removal of the new certificate")
            raise
        return self.find_certificate(PKCS11URI(object=label, id=key_id))

    def destroy_key(self, uri: PKCS11URI) -> tuple[PKCS11URI, ...]:
        """Destroy exactly one private key with its public half; returns what is gone.

        Raises:
            KeyNotFound, KeyAmbiguous, PINRequired, URIError: as `find_key`; nothing was destroyed.
            ProvisioningRefused: `function-not-supported`, `officer-login-required`, `token-read-only`, or
                `destruction-failed` with what the token answered.
        """
        return destroy_key_pair(self._session, self._description, *self.find_bound_key(uri))

    def destroy_certificate(self, *, key_id: bytes) -> tuple[PKCS11URI, ...]:
        """Destroy the certificate objects with this CKA_ID; returns what is gone.

        Raises:
            ProvisioningRefused: as `destroy_key`.
        """
        return destroy_certificates(self._session, self._description, PKCS11URI(id=key_id))

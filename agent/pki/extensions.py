"""Certificate extensions in the words of RFC 5280 clause 4.2."""

from datetime import UTC, datetime
from typing import Final, TypeVar

from cryptography import x509

ANY_PURPOSE: Final = "2.5.29.37.0"
"""anyExtendedKeyUsage (RFC 5280 clause 4.2.1.12)."""

# Clause 4.2.1.3: the bits as cryptography spells them, and as the standard does.
_KEY_USAGES: Final = {
    "digital_signature": "digitalSignature",
    "content_commitment": "contentCommitment",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}
_ExtensionType = TypeVar("_ExtensionType", bound=x509.ExtensionType)


def find_extension(extensions: x509.Extensions, kind: type[_ExtensionType]) -> _ExtensionType | None:
    """Find the value of an extension; None when it is not there (it cannot be there twice)."""
    for extension in extensions:
        if isinstance(extension.value, kind):
            return extension.value
    return None


def read_key_usage(extensions: x509.Extensions) -> frozenset[str] | None:
    """Read keyUsage as the standard's names; None without the extension."""
    usage = find_extension(extensions, x509.KeyUsage)
    if usage is None:
        return None
    return frozenset(name for attribute, name in _KEY_USAGES.items() if getattr(usage, attribute))


def read_extended_key_usage(extensions: x509.Extensions) -> frozenset[str] | None:
    """Read extKeyUsage as dotted purposes; None without the extension."""
    usage = find_extension(extensions, x509.ExtendedKeyUsage)
    return None if usage is None else frozenset(purpose.dotted_string for purpose in usage)


def read_policies(extensions: x509.Extensions) -> frozenset[str]:
    """Read certificatePolicies as dotted identifiers; empty without the extension."""
    policies = find_extension(extensions, x509.CertificatePolicies)
    return frozenset(item.policy_identifier.dotted_string for item in policies or ())


def read_usage_period(extensions: x509.Extensions) -> tuple[datetime | None, datetime | None] | None:
    """Read privateKeyUsagePeriod (RFC 3280 clause 4.2.1.4) as aware UTC; None without the extension."""
    period = find_extension(extensions, x509.PrivateKeyUsagePeriod)
    if period is None:
        return None
    return _aware(period.not_before), _aware(period.not_after)


def _aware(instant: datetime | None) -> datetime | None:
    """Mark cryptography's naive instants as the UTC they are."""
    return None if instant is None else instant.replace(tzinfo=UTC)


def read_subject_key_identifier(extensions: x509.Extensions) -> bytes | None:
    """Read SubjectKeyIdentifier (RFC 5280 clause 4.2.1.2)."""
    found = find_extension(extensions, x509.SubjectKeyIdentifier)
    return None if found is None else found.digest

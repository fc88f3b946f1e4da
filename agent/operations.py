"""What a key is wanted for."""

from enum import StrEnum


class Operation(StrEnum):
    """The operations that reach a key, or make and destroy one."""

    SIGN = "sign"
    COUNTERSIGN = "countersign"
    CSR = "csr"
    """A certification request (PKCS#10), which proves possession of the key."""
    TOKEN_INIT = "token-init"  # noqa: S105 - no password
    """A new token; what was on it before is gone."""
    KEY_GENERATE = "key-generate"
    CERTIFICATE_IMPORT = "certificate-import"
    KEY_DESTROY = "key-destroy"
    TOKEN_SOAK = "token-soak"  # noqa: S105 - no password
    """Signatures over TEST digests, to measure a token."""
    SIGN_DIGEST = "sign-digest"
    """A signature over a digest that was made elsewhere, for whoever the configuration names."""
    AUDIT_ANCHOR = "audit-anchor"
    """A signature over the head of the audit record."""

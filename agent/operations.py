"""What a key is wanted for."""

from enum import StrEnum


class Operation(StrEnum):
    """The operations that reach a key."""

    SIGN = "sign"
    COUNTERSIGN = "countersign"
    CSR = "csr"
    """A certification request (PKCS#10), which proves possession of the key."""

"""What all signatures of one key over digests of one kind have in common, worked out at the first of them."""

from dataclasses import dataclass

from hsm.mechanisms import SigningOperation


@dataclass(frozen=True, slots=True)
class SigningPlan:
    """How a digest becomes what C_Sign gets; good as long as the key's handle is."""

    key: int
    """CK_OBJECT_HANDLE."""
    mechanism: int
    """The address of its CK_MECHANISM."""
    prefix: bytes
    cut: int
    """How many octets of the digest follow the prefix."""
    digest_octets: int
    result_octets: int


def plan_from(
    operation: SigningOperation, key: int, mechanism: int, digest_octets: int
) -> SigningPlan | None:
    """Make the plan that an operation followed; None where the token hashed a message."""
    prefix = operation.prefix
    if prefix is None:
        return None
    cut = len(operation.data) - len(prefix)
    return SigningPlan(key, mechanism, prefix, cut, digest_octets, operation.result_octets)

"""What a signature asserts, in the words that Excel shows as the purpose of signing."""

import hashlib

from agent.formats.records import SignatureRecord
from agent.roles import Role

_PARTY = {
    Role.MANUFACTURER: "the Device Manufacturer",
    Role.SUPPLIER: "a Supplier",
    Role.DCC: "the DCC",
}


def describe_statement(role: Role) -> str:
    """Word a manufacturer's signature."""
    return (
        f"Signed as {_PARTY[role]}: this Central Products List submission, with the Hash of each"
        " Manufacturer Image in it, is ours."
    )


def describe_countersigned(role: Role, first: SignatureRecord) -> str:
    """Word a countersignature: who is countersigned, and which signature by its value's digest."""
    signer = first.certificate.subject if first.certificate else "an unknown signer"
    digest = hashlib.sha256(first.value).hexdigest()
    return (
        f"Countersigned as {_PARTY[role]}: we approve what {signer} signed as {first.claimed_role}"
        f" in {first.part} (SHA-256 of its SignatureValue: {digest})."
    )

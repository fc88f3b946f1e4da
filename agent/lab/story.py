"""The story of a submission, from an empty form to a revoked manufacturer: words, commands, outcomes."""

from agent.dataclass import dataclass
from agent.exits import ExitStatus

FIRMWARE = "firmware.bin"
LAB = "lab"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what happens in plain words, the command that does it, and the status it must end with."""

    words: str
    arguments: tuple[str, ...]
    status: ExitStatus = ExitStatus.OK


STEPS = (
    Step(
        "A rehearsal environment: three SoftHSM tokens with a key each, and a test IKI PKI with CRLs.",
        ("lab", "up", "--dir", LAB),
    ),
    Step("The manufacturer takes the Hash of its firmware image.", ("cpl", "hash", FIRMWARE)),
    Step(
        "It fills in a submission form with two Device Models, one of them with that Hash.",
        ("cpl", "new", "submission.xlsx", "--example", "--image", FIRMWARE),
    ),
    Step(
        "It signs: the form's Hash is compared with the image, the certificate is shown to be valid and"
        " unrevoked, and only then the token signs.",
        ("sign", "submission.xlsx", "--as", "manufacturer", "--image", FIRMWARE),
    ),
    Step(
        "The Supplier countersigns, once the manufacturer's signature has passed verification.",
        ("countersign", "submission.signed.xlsx", "--as", "supplier"),
    ),
    Step(
        "SECAS verifies, with no token: PASSED.",
        ("verify", "submission.countersigned.xlsx"),
    ),
    Step(
        "Somebody changes one character of one cell, and leaves both signatures in place.",
        ("lab", "tamper", "submission.countersigned.xlsx", "-o", "changed.xlsx"),
    ),
    Step("SECAS verifies that one: FAILED.", ("verify", "changed.xlsx"), ExitStatus.FAILED),
    Step(
        "The manufacturer's key is compromised; its certificate is revoked and a new CRL published.",
        ("lab", "revoke", "manufacturer", "--reason", "keyCompromise"),
    ),
    Step(
        "The manufacturer tries to sign again: refused, although key, token and PIN are all there.",
        ("sign", "submission.xlsx", "--as", "manufacturer", "-o", "again.xlsx"),
        ExitStatus.REFUSED,
    ),
    Step(
        "And the submission from before? Nothing proves that it was signed before the revocation:"
        " INDETERMINATE.",
        ("verify", "submission.countersigned.xlsx"),
        ExitStatus.INDETERMINATE,
    ),
)

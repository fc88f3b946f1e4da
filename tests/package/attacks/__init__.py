"""Attacks on a countersigned workbook: each a name, where it comes from, a change, and the finding expected.

Built by generator; nobody else's files. "ESB" is "Every Signature is Broken: On the
Insecurity of Microsoft Office's OOXML Signatures" (USENIX Security 2023).
"""

from tests.package.attacks.changes import Attack
from tests.package.attacks.content import CONTENT
from tests.package.attacks.signatures import SIGNATURES
from tests.package.attacks.structure import STRUCTURE

ATTACKS = (*CONTENT, *SIGNATURES, *STRUCTURE)

__all__ = ["ATTACKS", "Attack"]

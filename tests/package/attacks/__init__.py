"""Attacks on a countersigned workbook: each a name, where it comes from, how it is built, what refuses it.

Built by generator; nobody else's files. "ESB" is "Every Signature is Broken: On the Insecurity of Microsoft
Office's OOXML Signatures" (USENIX Security 2023), whose five classes are content injection, content masking,
legacy wrapping, universal signature forgery and malicious repair.
"""

from tests.package.attacks.bad_faith import BAD_FAITH
from tests.package.attacks.bad_properties import BAD_PROPERTIES
from tests.package.attacks.changes import Attack, Material
from tests.package.attacks.content import CONTENT
from tests.package.attacks.content_types import CONTENT_TYPES
from tests.package.attacks.mixtures import MIXTURES
from tests.package.attacks.origins import ORIGINS
from tests.package.attacks.relationships import RELATIONSHIPS
from tests.package.attacks.signatures import SIGNATURES
from tests.package.attacks.structure import STRUCTURE
from tests.package.attacks.values import VALUES
from tests.package.attacks.wrapping import WRAPPING
from tests.package.attacks.zip_headers import ZIP_HEADERS
from tests.package.attacks.zip_names import ZIP_NAMES
from tests.package.attacks.zips import ZIPS

SECTIONS = (
    ("Content", CONTENT),
    ("Content types", CONTENT_TYPES),
    ("Relationships", RELATIONSHIPS),
    ("The set of signatures", (*SIGNATURES, *ORIGINS)),
    ("Two workbooks, other signers, other files", MIXTURES),
    ("The structure of a signature", (*STRUCTURE, *WRAPPING)),
    ("Keys, algorithms, values, XML", VALUES),
    ("Right cryptography over a wrong structure", (*BAD_FAITH, *BAD_PROPERTIES)),
    ("The zip", (*ZIPS, *ZIP_HEADERS, *ZIP_NAMES)),
)
"""Title and attacks."""
ATTACKS = tuple(attack for _, attacks in SECTIONS for attack in attacks)

__all__ = ["ATTACKS", "SECTIONS", "Attack", "Material"]

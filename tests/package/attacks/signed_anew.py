"""Attacks whose cryptography is right: somebody with a key signs a structure that the profile does not have.

A value that fails would hide whether the structure is looked at at all, so every digest of SignedInfo and the
SignatureValue are made anew, by the supplier of the corpus or by a stranger.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable

from lxml import etree

from agent.formats.package.control_xml import canonicalize
from agent.roles import Role
from tests.package.attacks.changes import SIG2, Attack, Material, Parts
from tests.support.signer import SoftwareLab
from tests.support.zips import build_zip, parts_of

_DS = "{http://www.w3.org/2000/09/xmldsig#}"


def resign(part: bytes, lab: SoftwareLab, role: Role = Role.SUPPLIER) -> bytes:
    """Make every digest of SignedInfo that names an Id right, and then the SignatureValue."""
    root = etree.fromstring(part)
    signed_info = root.find(f"{_DS}SignedInfo")
    assert signed_info is not None
    for reference in signed_info.findall(f"{_DS}Reference"):
        wanted = (reference.get("URI") or "").removeprefix("#")
        target = next((element for element in root.iter() if element.get("Id") == wanted), None)
        digest = reference.find(f"{_DS}DigestValue")
        if target is not None and digest is not None:
            digest.text = b64encode(hashlib.sha256(canonicalize(target)).digest()).decode()
    value = lab.signers[role].sign_digest(hashlib.sha256(canonicalize(signed_info)).digest())
    element = root.find(f"{_DS}SignatureValue")
    assert element is not None
    element.text = b64encode(value).decode()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def signed_anew(name: str, provenance: str, change: Callable[[Parts], object], code: str) -> Attack:
    """Build an attack on the second signature after which its cryptography is right again."""

    def build(material: Material) -> bytes:
        parts = parts_of(material.countersigned)
        change(parts)
        parts[SIG2] = resign(parts[SIG2], material.lab)
        return build_zip(parts)

    return Attack(name, provenance, build, code)

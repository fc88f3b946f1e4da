"""xmlsec1 makes package signatures of our shape from an empty template, and our verifier accepts them.

The other way round of test_xmlsec1: digests of parts, of relationship transforms and of Objects, and
the signature value, are all the other implementation's; ours has only to come to the same.
"""

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree

from agent.formats.package.package import open_package
from agent.formats.package.verify import verify_package
from agent.roles import Role
from tests.support.foreign import reproduce
from tests.support.signer import LIMITS, SoftwareLab, make_software_lab
from tests.support.tools import require_tool
from tests.support.workbooks.sheets import example_form
from tests.support.xmlsec import list_url_maps
from tests.support.zips import build_zip, parts_of

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"
_PART = "_xmlsignatures/sig1.xml"
_SECONDS = 60


def empty(signature: bytes) -> bytes:
    """Take every digest that is computed out of a signature part, and its value."""
    root = etree.fromstring(signature)
    for reference in root.iter(f"{_DS}Reference"):
        for value in reference.iter(f"{_DS}DigestValue"):
            value.text = None
    for value in root.iter(f"{_DS}SignatureValue"):
        value.text = None
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def sign_with_xmlsec1(package: bytes, key: Path, folder: Path) -> bytes:
    """Have xmlsec1 fill in the template that the signature part of a package is."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(folder)
    output = folder / "signed.xml"
    finished = subprocess.run(
        [
            require_tool("xmlsec1"),
            "--sign",
            "--privkey-pem",
            str(key),
            *("--id-attr:Id", "http://www.w3.org/2000/09/xmldsig#:Object"),
            *("--id-attr:Id", f"{_XADES}:SignedProperties"),
            *("--output", str(output)),
            *list_url_maps(folder, _PART),
            str(folder / _PART),
        ],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return output.read_bytes()


def signed_by_xmlsec1(lab: SoftwareLab, folder: Path) -> tuple[bytes, bytes]:
    """Sign the form: the package as our own signer made it, and the same with xmlsec1's signature."""
    ours = lab.sign(example_form())
    parts = parts_of(ours)
    key = folder / "key.pem"
    key.write_bytes(
        lab.signers[Role.MANUFACTURER].key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    parts[_PART] = empty(parts[_PART])
    parts[_PART] = sign_with_xmlsec1(build_zip(parts), key, folder / "unpacked")
    return ours, build_zip(parts)


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p384", "rsa-2048"])
def test_accepts_what_xmlsec1_signed(kind: str, tmp_path: Path) -> None:
    """Without a problem, with the same digests as in a signature of our own, under another value."""
    require_tool("xmlsec1")
    lab = make_software_lab(tmp_path / "pki", kind)
    ours, theirs = signed_by_xmlsec1(lab, tmp_path)
    package = open_package(theirs, LIMITS)
    (record,) = verify_package(package).signatures
    assert record.problems == ()
    reproduced = reproduce(package, f"/{_PART}", lab.signers[Role.MANUFACTURER].certificate)
    assert (reproduced.objects, reproduced.mistaken) == (3, 0)
    assert reproduced.relationship_parts == 2
    assert digests_of(ours) == digests_of(theirs)


def digests_of(package: bytes) -> list[str]:
    """List every digest in the signature part; none is empty."""
    root = etree.fromstring(parts_of(package)[_PART])
    digests = ["".join((value.text or "").split()) for value in root.iter(f"{_DS}DigestValue")]
    assert all(digests)
    return digests

"""What is covered, and how, where a workbook is unusual."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from agent.roles import Role
from agent.verdicts import Indication
from tests.package.attacks.changes import EMPTY_RELS, put
from tests.support.signer import SoftwareLab
from tests.support.xmlsec import require_agreement
from tests.support.zips import edit

_RELS = "xl/worksheets/_rels/sheet2.xml.rels"


@pytest.mark.parametrize("rels", [EMPTY_RELS, EMPTY_RELS.replace(b"/>", b">\n</Relationships>")])
def test_a_rels_part_without_relationships_is_covered_as_octets(
    lab: SoftwareLab, form: bytes, tmp_path: Path, rels: bytes
) -> None:
    """There is no relationship to name, so it is signed as any part is; xmlsec1 agrees."""
    countersigned = lab.sign(lab.sign(edit(form, put(_RELS, rels))), Role.SUPPLIER)
    verdict = lab.verify(countersigned)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert all(f"/{_RELS}" in signature.record.covers for signature in verdict.signatures)
    root = tmp_path / "root.pem"
    certificate = load_der_x509_certificate(lab.authority.root_certificate.der)
    root.write_bytes(certificate.public_bytes(Encoding.PEM))
    require_agreement(countersigned, root, signatures=2)

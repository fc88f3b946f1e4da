"""LibreOffice signs a workbook, and our arithmetic comes to its digests and accepts its value."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from agent.config.limits import DocumentLimits
from agent.formats.package.package import Package, open_package
from agent.formats.package.verify import verify_package
from agent.pki.signatures import SignatureMismatch
from agent.verdicts import Indication
from tests.interop.libreoffice import LibreOffice
from tests.interop.signers import OFFICE_KINDS, OfficeSigner
from tests.support.foreign import reproduce
from tests.support.lab import Lab
from tests.support.workbooks import PRODUCERS, Producer

_PART = "/_xmlsignatures/sig1.xml"


def _signed_by_libreoffice(
    office: LibreOffice, signer: OfficeSigner, producer: Producer, folder: Path
) -> tuple[Package, Path]:
    file = folder / f"signed{producer.suffix}"
    file.write_bytes(producer.build(folder))
    office.sign(signer.subject, file)
    return open_package(file.read_bytes(), DocumentLimits()), file


@pytest.mark.parametrize("kind", OFFICE_KINDS)
@pytest.mark.parametrize("producer", PRODUCERS, ids=lambda producer: producer.name)
def test_reproduces_what_libreoffice_signed(
    libreoffice: LibreOffice,
    office_signers: Mapping[str, OfficeSigner],
    producer: Producer,
    kind: str,
    tmp_path: Path,
) -> None:
    """Every part digest, every relationship transform, the Objects, and the value over SignedInfo."""
    package, _ = _signed_by_libreoffice(libreoffice, office_signers[kind], producer, tmp_path)
    reproduced = reproduce(package, _PART, office_signers[kind].certificate)
    assert reproduced.objects == 3
    assert reproduced.parts >= 5
    assert reproduced.relationship_parts >= 2


def test_the_arithmetic_can_fail(
    libreoffice: LibreOffice, office_signers: Mapping[str, OfficeSigner], tmp_path: Path
) -> None:
    """The value of one key is not another's."""
    first, other = (office_signers[kind] for kind in OFFICE_KINDS)
    package, _ = _signed_by_libreoffice(libreoffice, first, PRODUCERS[0], tmp_path)
    with pytest.raises((SignatureMismatch, AssertionError)):
        reproduce(package, _PART, other.certificate)


def test_it_is_outside_of_our_profile_and_the_reason_is_named(
    libreoffice: LibreOffice,
    office_signers: Mapping[str, OfficeSigner],
    labs: Callable[[str], Lab],
    tmp_path: Path,
) -> None:
    """LibreOffice gives its Ids other names: told in one finding."""
    package, file = _signed_by_libreoffice(libreoffice, office_signers["ec-p256"], PRODUCERS[0], tmp_path)
    record = verify_package(package)
    assert record.problems == ()
    (signature,) = record.signatures
    assert [item.finding.code for item in signature.problems] == ["signature-id"]
    assert labs("ec-p256").verify(file).verdict.indication is Indication.TOTAL_FAILED

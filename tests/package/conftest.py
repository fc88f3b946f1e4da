"""One test PKI and one signed and countersigned workbook for all tests of this folder."""

import pytest

from agent.cpl.new import build_form
from agent.roles import Role
from tests.support.signer import NOW, SoftwareLab, make_software_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> SoftwareLab:
    """Signers of all roles with P-256 keys in memory."""
    return make_software_lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="session")
def form() -> bytes:
    """An unsigned example form."""
    return build_form(example=True, created=NOW)


@pytest.fixture(scope="session")
def signed(lab: SoftwareLab, form: bytes) -> bytes:
    """The form with a manufacturer's signature."""
    return lab.sign(form)


@pytest.fixture(scope="session")
def countersigned(lab: SoftwareLab, signed: bytes) -> bytes:
    """The form with both signatures."""
    return lab.sign(signed, Role.SUPPLIER)

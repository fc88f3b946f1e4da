"""A test PKI whose certificates may be revoked, made anew for each test, and a form signed in it."""

from pathlib import Path

import pytest

from agent.cpl.new import build_form
from agent.roles import Role
from tests.support.signer import NOW, SoftwareLab, make_software_lab


@pytest.fixture
def pki(tmp_path: Path) -> SoftwareLab:
    """Signers of all roles with keys in memory."""
    return make_software_lab(tmp_path / "pki")


@pytest.fixture(scope="session")
def form() -> bytes:
    """An unsigned example form."""
    return build_form(example=True, created=NOW)


@pytest.fixture
def signed(pki: SoftwareLab, form: bytes) -> bytes:
    """The form with a manufacturer's signature."""
    return pki.sign(form)


@pytest.fixture
def countersigned(pki: SoftwareLab, signed: bytes) -> bytes:
    """The form with both signatures."""
    return pki.sign(signed, Role.SUPPLIER)

"""What tests of batches and of document workers share."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config.limits import DocumentLimits
from agent.cpl.mapping import default_mapping
from agent.service.documents.pool import DocumentPool
from tests.support.lab import Lab
from tests.support.signer import SoftwareLab, make_software_lab

LIMITS = DocumentLimits()


@pytest.fixture(scope="session")
def software(tmp_path_factory: pytest.TempPathFactory) -> SoftwareLab:
    """A test PKI with keys in memory."""
    return make_software_lab(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A rehearsal environment that tests copy."""
    return Lab.create(tmp_path_factory.mktemp("rehearsal") / "lab")


@pytest.fixture
def lab(rehearsal: Lab, tmp_path: Path) -> Lab:
    """A rehearsal environment of one's own."""
    return rehearsal.copy(tmp_path / "lab")


@pytest.fixture
def pool() -> Iterator[DocumentPool]:
    """A pool of one process."""
    with DocumentPool(LIMITS, default_mapping(), processes=1) as made:
        yield made


def small_pool(**limits: int) -> DocumentPool:
    """Make a pool of one process with limits of its own."""
    return DocumentPool(replace(LIMITS, **limits), default_mapping(), processes=1)

"""One test PKI in memory for the attacks, and one for each kind of key where openssl is asked."""

from collections.abc import Callable

import pytest

from agent.policy.verdict import Judge
from tests.cms.signing import countersign, sign
from tests.support.signer import SoftwareLab, make_software_lab

LabOf = Callable[[str], SoftwareLab]


@pytest.fixture(scope="session")
def lab_of(tmp_path_factory: pytest.TempPathFactory) -> LabOf:
    """Return the test PKI of one kind of key, made when first asked for."""
    made: dict[str, SoftwareLab] = {}

    def find(kind: str) -> SoftwareLab:
        if kind not in made:
            made[kind] = make_software_lab(tmp_path_factory.mktemp(f"cms-{kind}") / "ca", kind)
        return made[kind]

    return find


@pytest.fixture(scope="session")
def lab(lab_of: LabOf) -> SoftwareLab:
    """Return the test PKI whose parties have P-256 keys."""
    return lab_of("ec-p256")


@pytest.fixture(scope="session")
def signature(lab: SoftwareLab) -> bytes:
    """Return a countersigned signature over `CONTENT`."""
    return countersign(lab, sign(lab))


@pytest.fixture(scope="session")
def the_judge(lab: SoftwareLab) -> Judge:
    """Return what the P-256 parties' signatures are judged against."""
    return lab.judge()

"""No attack of the corpus is accepted, and each is refused for the reason it was made for."""

import pytest

from agent.verdicts import Indication
from tests.package.attacks import ATTACKS, Attack
from tests.support.signer import SoftwareLab
from tests.support.zips import build_zip, edit, parts_of


def test_the_base_of_the_corpus_passes(lab: SoftwareLab, countersigned: bytes) -> None:
    """The workbook that every attack starts from is TOTAL-PASSED, zipped anew as well."""
    assert lab.verify(countersigned).verdict.indication is Indication.TOTAL_PASSED
    assert lab.verify(build_zip(parts_of(countersigned))).verdict.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_its_reason(lab: SoftwareLab, countersigned: bytes, attack: Attack) -> None:
    """The verdict is not TOTAL-PASSED, and names the place the attack was made at."""
    verdict = lab.verify(edit(countersigned, attack.change))
    codes = {finding.code for finding in verdict.findings}
    assert verdict.verdict.indication is not Indication.TOTAL_PASSED
    assert codes & attack.codes, f"{attack.provenance}: found {sorted(codes)}"


def test_the_corpus_has_distinct_names() -> None:
    """A case is known by its name."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)

"""A software PKI, a countersigned workbook and its bundle for all tests of this folder; no token needed."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.cpl.new import build_form
from agent.policy.verdict import Judge
from agent.roles import Role
from agent.service.evidence import write_evidence
from tests.support.signer import NOW, SoftwareLab, make_software_lab


@dataclass(frozen=True, slots=True)
class Case:
    """A workbook, what it was judged against, and the bundle of it."""

    lab: SoftwareLab
    judge: Judge
    workbook: Path
    bundle: Path


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A countersigned workbook that passes; only read."""
    folder = tmp_path_factory.mktemp("evidence")
    lab = make_software_lab(folder / "pki")
    workbook = folder / "form.xlsx"
    form = build_form(example=True, created=NOW)
    workbook.write_bytes(lab.sign(lab.sign(form), Role.SUPPLIER))
    judge = lab.judge()
    bundle = folder / "evidence.zip"
    write_evidence(bundle, workbook, judge)
    return Case(lab, judge, workbook, bundle)

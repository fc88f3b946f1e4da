"""What is mutated: one countersigned form and its evidence bundle, made once in a process."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.cpl.new import build_form
from agent.policy.verdict import FileVerdict, Judge
from agent.roles import Role
from agent.service.evidence import write_evidence
from agent.service.verification import verify_octets
from agent.verdicts import PASSED
from tests.fuzz.meaning import Meaning, read_meaning
from tests.support.signer import NOW, SoftwareLab, make_software_lab
from tests.support.zips import parts_of

Statement = tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Original:
    """A countersigned form, and what accepting it means."""

    lab: SoftwareLab
    judge: Judge
    package: bytes
    parts: dict[str, bytes]
    meaning: Meaning
    statement: Statement
    bundle: bytes


@cache
def make_original() -> Original:
    """Make the countersigned form, judge it, and bundle it."""
    with tempfile.TemporaryDirectory(prefix="iki-fuzz-") as folder:
        lab = make_software_lab(Path(folder) / "pki")
        package = lab.sign(lab.sign(build_form(example=True, created=NOW)), Role.SUPPLIER)
        judge = lab.judge()
        workbook, bundle = Path(folder) / "form.xlsx", Path(folder) / "evidence.zip"
        workbook.write_bytes(package)
        write_evidence(bundle, workbook, judge)
        octets = bundle.read_bytes()
    verdict = verify_octets("original", package, judge)
    assert verdict.verdict == PASSED
    return Original(
        lab, judge, package, parts_of(package), read_meaning(package), read_statement(verdict), octets
    )


def read_statement(verdict: FileVerdict) -> Statement:
    """Who signed, as what, when, and what was said."""
    return tuple(
        (record.certificate, record.claimed_role, record.claimed_time, record.comments, record.countersigns)
        for record in (signature.record for signature in verdict.signatures)
    )


def check_package(package: bytes) -> bool:
    """Judge a mutated package; when it is accepted, it must say what the original said.

    Returns whether it was accepted. Any exception is a failure: a malformed document is a verdict.
    """
    original = make_original()
    verdict = verify_octets("mutated", package, original.judge)
    assert not any("\n" in finding.message for finding in verdict.findings)
    if verdict.verdict != PASSED:
        return False
    assert read_meaning(package) == original.meaning
    assert sorted(read_statement(verdict), key=repr) == sorted(original.statement, key=repr)
    return True

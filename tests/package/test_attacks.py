"""No attack of the corpus is accepted, crashes, runs away, or makes the verifier reach out.

Each file goes through `iki verify` in a process of its own that has no network, two seconds of processor
time, and an audit hook which sees every file and socket that Python opens.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from agent.verdicts import Indication
from tests.package.attacks import ATTACKS, Attack, Material
from tests.package.attacks.material import make_material
from tests.package.attacks.page import build_attacks_page
from tests.support.attacked import BAD, check_outcome, list_arguments, write_trust
from tests.support.confined import ROOT, Confined, Outcome, confined
from tests.support.lab import command_line, environment
from tests.support.tools import require_tool
from tests.support.zips import build_zip, parts_of

_CLASSES = (
    "content injection",
    "content masking",
    "legacy wrapping",
    "universal signature forgery",
    "malicious repair",
)
"""The five of "Every Signature is Broken" (USENIX Security 2023)."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the corpus is written."""
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def material(folder: Path) -> Material:
    """What the attacks are made of; its trust anchor and CRLs lie beside it."""
    made = make_material(folder)
    write_trust(folder, made.lab)
    return made


@pytest.fixture(scope="module")
def judge(folder: Path, material: Material) -> Iterator[Confined]:
    """`iki` in confinement."""
    with confined(folder) as process:
        yield process


def _verify(judge: Confined, folder: Path, workbook: bytes) -> Outcome:
    """Verify, and hold the outcome to what holds for every file."""
    file = folder / "workbook.xlsx"
    file.write_bytes(workbook)
    outcome = judge.run(*list_arguments(folder, file))
    check_outcome(outcome, folder, file.name)
    return outcome


def test_the_base_of_the_corpus_passes(judge: Confined, folder: Path, material: Material) -> None:
    """The workbooks that attacks start from are TOTAL-PASSED, zipped anew as well."""
    for workbook in (material.countersigned, build_zip(parts_of(material.countersigned)), material.other):
        outcome = _verify(judge, folder, workbook)
        assert outcome.status == ExitStatus.OK
        assert str(folder / "workbook.xlsx") in outcome.opened
        assert outcome.json[0]["verdict"] == Indication.TOTAL_PASSED


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_its_reason(
    judge: Confined, folder: Path, material: Material, attack: Attack
) -> None:
    """Not TOTAL-PASSED, for the reason it was made for, within time and memory; no other file, no socket."""
    outcome = _verify(judge, folder, attack.build(material))
    assert outcome.status in BAD
    verdict = outcome.json[0]
    codes = {finding["code"] for finding in verdict["findings"]}
    assert verdict["verdict"] != Indication.TOTAL_PASSED
    assert attack.code in codes, f"{attack.provenance}: found {sorted(codes)}"


def test_what_names_another_place_makes_no_library_open_it(folder: Path, material: Material) -> None:
    """libxml2 does its own opening, which Python does not see; strace does: nothing outside is touched."""
    strace = require_tool("strace")
    naming = re.compile(rb"evil\.example|/etc/hostname|/etc/passwd")
    files = []
    for attack in ATTACKS:
        workbook = attack.build(material)
        if attack.name.startswith(("zip", "no", "half", "empty")):
            continue
        if any(map(naming.search, parts_of(workbook).values())):
            files.append(folder / f"{attack.name}.xlsx")
            files[-1].write_bytes(workbook)
    assert len(files) > 10
    log = folder / "strace"
    watched = [strace, "-f", "-qq", "-o", str(log), "-e", "trace=%network,%process,open,openat"]
    run = subprocess.run(
        [*watched, *command_line(list_arguments(folder, *files))],
        cwd=ROOT, env=environment(), capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode in BAD
    calls = log.read_text(encoding="utf-8")
    assert str(files[0]) in calls
    assert not re.search(r"evil|hostname|passwd|socket\(|connect\(", calls.replace("etc/nsswitch", ""))


def test_the_five_published_classes_are_represented() -> None:
    """Each attack class of the paper has cases of its own, which say so."""
    for name in _CLASSES:
        assert sum(attack.provenance.startswith(f"ESB {name}:") for attack in ATTACKS) >= 2


def test_the_corpus_has_distinct_names() -> None:
    """A case is known by its name."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8") == build_attacks_page()

"""Hostile documents beside a steady load: each costs itself, and nobody else."""

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agent.cpl.mapping import default_mapping
from agent.errors import DocumentError
from agent.policy.verdict import FileVerdict
from agent.service.documents.pool import DocumentPool
from agent.service.opening import DocumentRequest
from agent.service.verification import judge_examination
from agent.verdicts import Indication
from tests.batch.conftest import LIMITS
from tests.package.attacks import ATTACKS, Material
from tests.package.attacks.material import make_material
from tests.support.thorough import EVERY_FOURTH

_LONGEST = 30.0
"""Seconds that nobody in a steady load may wait for an answer, on a machine that does much else."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the corpus is written."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def material(folder: Path) -> Material:
    """What the attacks are made of."""
    return make_material(folder)


@pytest.mark.thorough
def test_the_attack_corpus_stalls_nobody(folder: Path, material: Material) -> None:
    """While attacks are examined, none passes and each good document passes, in its time.

    In the suite every fourth of them (tests/package verifies each), with `make thorough` every one.
    """
    good = folder / "good.xlsx"
    good.write_bytes(material.countersigned)
    judge = material.lab.judge()
    over = threading.Event()
    answers: list[tuple[float, FileVerdict]] = []

    with DocumentPool(LIMITS, default_mapping(), processes=2) as pool:

        def load() -> None:
            while not over.is_set():
                begun = time.monotonic()
                examination = pool.examine(DocumentRequest(good))
                verdict = judge_examination("good", examination, judge)
                answers.append((time.monotonic() - begun, verdict))

        steady = threading.Thread(target=load)
        steady.start()
        passed = []
        for attack in ATTACKS[EVERY_FOURTH]:
            file = folder / "attack.xlsx"
            file.write_bytes(attack.build(material))
            try:
                verdict = judge_examination("attack", pool.examine(DocumentRequest(file)), judge)
            except DocumentError:
                continue
            if verdict.verdict.indication is Indication.TOTAL_PASSED:
                passed.append(attack.name)
        over.set()
        steady.join(_LONGEST)
    assert passed == []
    assert len(answers) > 10
    assert {verdict.verdict.indication for _, verdict in answers} == {Indication.TOTAL_PASSED}
    assert max(seconds for seconds, _ in answers) < _LONGEST


def test_a_document_that_takes_all_its_time_delays_no_other(folder: Path, material: Material) -> None:
    """Its process is stopped, as if it computed for ever: those beside it are answered meanwhile."""
    good = folder / "good.xlsx"
    good.write_bytes(material.countersigned)
    errors: list[str] = []
    stopped = threading.Event()
    with DocumentPool(replace(LIMITS, max_seconds=8), default_mapping(), processes=2) as pool:
        pool.examine(DocumentRequest(good))
        [pid] = pool.pids

        def suffer() -> None:
            os.kill(pid, signal.SIGSTOP)
            stopped.set()
            try:
                pool.examine(DocumentRequest(good))
            except DocumentError as error:
                errors.append(error.code)

        victim = threading.Thread(target=suffer)
        victim.start()
        assert stopped.wait(_LONGEST)
        time.sleep(0.2)  # the victim has taken the process that was idle
        answered = 0
        while victim.is_alive():
            assert pool.examine(DocumentRequest(good)).error is None
            answered += 1
        victim.join(_LONGEST)
    assert errors == ["document-time"]
    assert answered > 1

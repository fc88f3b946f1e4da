"""Hostile documents at the agent's door beside a steady load of good ones: each costs itself, nobody else.

`make kill` sends the whole corpus; the suite a part of it.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from agent.exits import ExitStatus
from tests.daemon.test_api import post, problem
from tests.package.attacks import ATTACKS, Material
from tests.package.attacks.material import make_material
from tests.support.daemon import Daemon, daemon_of
from tests.support.heavy import write_heavy_form
from tests.support.lab import Story

_STEP = 1 if os.environ.get("IKI_THOROUGH") else 40
_CPU_SECONDS = 2


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """What the attacks are made of."""
    return make_material(tmp_path_factory.mktemp("hostile"))


def send(daemon: Daemon, body: bytes) -> list[dict[str, Any]]:
    """Send a hostile document to be verified, and to be signed; returns the verdict or problems."""
    status, _, verdict = post(daemon, "/verify", body)
    assert status in {200, 422}
    return [json.loads(verdict), problem(post(daemon, "/countersign?signer=supplier", body))]


def test_hostile_documents_stall_nobody(shared_story: Story, material: Material, tmp_path: Path) -> None:
    """While a document computes for ever and others attack, all good ones are signed; the agent lives on."""
    story = shared_story.copy(tmp_path / "story")
    text = story.lab.configuration.read_text(encoding="utf-8")
    limits = f"[limits]\nmax_cpu_seconds = {_CPU_SECONDS}\n"
    story.lab.configuration.write_text(f"{text}\n{limits}", encoding="utf-8")
    good = story.form.read_bytes()
    heavy = write_heavy_form(good, tmp_path / "heavy.xlsx").read_bytes()
    over, signed, ended = threading.Event(), list[int](), list[dict[str, Any]]()
    with daemon_of(story.lab) as daemon:

        def load() -> None:
            while not over.is_set():
                signed.append(post(daemon, "/sign?signer=manufacturer", good)[0])

        def attack() -> None:
            ended.append(problem(post(daemon, "/sign?signer=manufacturer", heavy)))

        threads = [threading.Thread(target=each) for each in (load, attack)]
        for thread in threads:
            thread.start()
        answers = [answer for each in ATTACKS[::_STEP] for answer in send(daemon, each.build(material))]
        threads[1].join()
        over.set()
        threads[0].join()
        assert daemon.process.poll() is None
    assert [(each["code"], each["exit_status"]) for each in ended] == [("document-cpu", ExitStatus.DOCUMENT)]
    assert {answer.get("verdict") for answer in answers} <= {"TOTAL-FAILED", "INDETERMINATE", None}
    assert (set(signed), len(signed) > 2) == ({200}, True)

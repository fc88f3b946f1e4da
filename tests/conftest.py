"""Rehearsal environments that the whole suite shares: each is made once per test process."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

# Started in the background of a shell, a process ignores Ctrl-C, and so would every `iki` that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("tests.cli.expect", "tests.support.lab")

from tests.support.lab import Lab, Story  # noqa: E402 - its asserts are to explain themselves


@pytest.fixture(scope="session")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Lab]:
    """Return the environments by key kind, each made when first asked for; only use, never change."""
    made: dict[str, Lab] = {}

    def lab_of(kind: str) -> Lab:
        if kind not in made:
            made[kind] = Lab.create(tmp_path_factory.mktemp(f"lab-{kind}") / "lab", kind)
        return made[kind]

    return lab_of


@pytest.fixture(scope="session")
def stories(labs: Callable[[str], Lab], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Story]:
    """Return signed and countersigned submissions by key kind, made when first asked for; only read."""
    made: dict[str, Story] = {}

    def story_of(kind: str) -> Story:
        if kind not in made:
            made[kind] = Story.play(labs(kind), tmp_path_factory.mktemp(f"story-{kind}"))
        return made[kind]

    return story_of


@pytest.fixture(scope="session")
def shared_story(stories: Callable[[str], Story]) -> Story:
    """Return the EC P-256 story, for tests that only read it or write elsewhere."""
    return stories("ec-p256")


@pytest.fixture
def story(shared_story: Story, tmp_path: Path) -> Story:
    """Return a copy of the EC P-256 story, for tests that change the environment or the files."""
    return shared_story.copy(tmp_path / "story")


@pytest.fixture
def lab(story: Story) -> Lab:
    """Return the environment of `story`."""
    return story.lab


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every `iki` of a test start as people start it, and not forked (tests/support/forked.py)."""
    monkeypatch.setenv("IKI_FRESH", "1")

"""Daemons that several tests share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, daemon_of
from tests.support.lab import Lab, Story
from tests.support.tsa import forget_tsas


@pytest.fixture(scope="module")
def shared_daemon(
    shared_story: Story, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Daemon, Story]]:
    """Run a daemon over a copy of the EC P-256 story; its tokens may be in any state."""
    story = shared_story.copy(tmp_path_factory.mktemp("daemon") / "story")
    forget_tsas(story.lab.configuration)
    with daemon_of(story.lab) as daemon:
        yield daemon, story


@pytest.fixture
def daemon(shared_daemon: tuple[Daemon, Story]) -> Daemon:
    """Return the shared daemon, to use and to leave running."""
    return shared_daemon[0]


@pytest.fixture
def agent_lab(labs: Callable[[str], Lab], tmp_path: Path) -> Lab:
    """Return an environment for a daemon of the test's own; nothing is on record, whoever used it before."""
    copied = labs("ec-p256").copy(tmp_path / "lab")
    for path in copied.folder.glob(f"{copied.audit.name}*"):
        path.unlink()
    return copied

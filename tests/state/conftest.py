"""The same tests over a file, SQLite and a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.state.places import Place
from tests.support.postgresql import PostgreSQLServer, run_postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQLServer]:
    """Run PostgreSQL, once for each process of the suite."""
    with run_postgresql() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return an empty database of each kind."""
    if request.param == "sqlite":
        return Place(f"sqlite:///{tmp_path / 'state.sqlite'}")
    server: PostgreSQLServer = request.getfixturevalue("server")
    return Place(server.make_database())


@pytest.fixture(params=["file", "sqlite", "postgresql"])
def any_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return an empty store of each kind."""
    if request.param == "file":
        return Place(str(tmp_path / "audit.jsonl"))
    if request.param == "sqlite":
        return Place(f"sqlite:///{tmp_path / 'state.sqlite'}")
    server: PostgreSQLServer = request.getfixturevalue("server")
    return Place(server.make_database())

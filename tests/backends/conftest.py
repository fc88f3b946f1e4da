"""Tokens of every backend: one that all tests share, and fresh ones for tests that change theirs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.backends.backend import Backend, Place
from tests.backends.catalogue import BACKENDS, find_backend
from tests.backends.doors import Door, WorkerDoor
from tests.backends.module_door import ModuleDoor
from tests.backends.trust import TestPKI
from tests.support.lab import Lab


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each backend, and for each kind of key or outage that it names."""
    parametrize(metafunc, BACKENDS)


def parametrize(metafunc: pytest.Metafunc, backends: Sequence[Backend | type[Backend]]) -> None:
    """Run a test once for each of these backends, and for each kind of key or outage that it names."""
    if "backend" not in metafunc.fixturenames:
        return
    names = [name for name in ("kind", "outage") if name in metafunc.fixturenames]
    cases = [
        pytest.param(backend.name, *values, marks=[] if backend.everyday else [pytest.mark.backends])
        for backend in backends
        for values in _list_values(backend, names)
    ]
    metafunc.parametrize(["backend_name", *names], cases, scope="session")


def _list_values(backend: Backend | type[Backend], names: Sequence[str]) -> list[tuple[str, ...]]:
    if not names:
        return [()]
    return [(value,) for value in (backend.outages if "outage" in names else backend.kinds)]


@pytest.fixture(scope="session")
def backend_name() -> str:
    """Return the name of the backend; every test that asks for one is given it by `parametrize`."""
    raise AssertionError("the test asks for no backend")


@pytest.fixture(scope="session")
def backend(backend_name: str) -> Backend:
    """Return the backend of this test."""
    return find_backend(backend_name)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPKI:
    """Make the PKI that certifies the keys of all backends."""
    return TestPKI(tmp_path_factory.mktemp("backends-pki") / "pki")


@pytest.fixture(scope="session")
def places(pki: TestPKI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Backend], Place]]:
    """Return the shared tokens, each made when first asked for; one that failed is not tried again."""
    made: dict[str, Place | Exception] = {}
    with ExitStack() as stack:

        def find(backend: Backend) -> Place:
            if backend.name not in made:
                folder = tmp_path_factory.mktemp(backend.name)
                try:
                    made[backend.name] = stack.enter_context(backend.place(folder, pki.certify))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is told again
                    made[backend.name] = error
            found = made[backend.name]
            if isinstance(found, Exception):
                raise found
            return found

        yield find


@pytest.fixture
def place(backend: Backend, places: Callable[[Backend], Place]) -> Place:
    """Return the token that all tests of a backend share: sign with it, and leave it as it is."""
    return places(backend)


@pytest.fixture
def fresh(backend: Backend, pki: TestPKI, tmp_path: Path) -> Iterator[Place]:
    """Make a token for one test, which may lock, kill or take it away."""
    folder = tmp_path / "backend"
    folder.mkdir()
    with backend.place(folder, pki.certify) as made:
        yield made


@pytest.fixture(params=["module", "worker"])
def door(request: pytest.FixtureRequest) -> Door:
    """Return each of the ways to a token."""
    return ModuleDoor() if request.param == "module" else WorkerDoor()


@pytest.fixture
def lab(pki: TestPKI, place: Place, tmp_path: Path) -> Lab:
    """Configure `iki` to sign with the first key of the shared token, and its certificate on the token."""
    return pki.configure(tmp_path / "lab", place, place.keys[0])

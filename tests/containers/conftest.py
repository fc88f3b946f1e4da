"""The engine, the container that pytest-docker brings up, and the fixtures of the contract over it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pytest_docker.plugin import Services

from tests.containers.engine import find_compose, provide_base, running_engine
from tests.containers.hsm import ContainerBackend

# The contract's tests are imported here, not collected, and their asserts are to explain themselves.
pytest.register_assert_rewrite(
    "tests.backends.test_commands",
    "tests.backends.test_contract",
    "tests.backends.test_outages",
    "tests.backends.test_pins",
)

from tests.backends.conftest import (  # noqa: E402
    backend_name,
    door,
    fresh,
    lab,
    parametrize,
    pki,
    place,
    places,
)

__all__ = ["backend_name", "door", "fresh", "lab", "pki", "place", "places"]

_CONTAINER: Final = f"iki-test-hsm-{os.getpid()}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the contract once, for this backend."""
    parametrize(metafunc, [ContainerBackend])


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """Have a container engine."""
    with running_engine():
        yield


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Make the folder that is mounted for the sockets; its name is short, because sockets want one."""
    made = Path(tempfile.mkdtemp(prefix="iki-hsm-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def docker_compose_command(engine: None) -> str:
    """Say how compose is called here."""
    return find_compose()


@pytest.fixture(scope="session")
def docker_compose_file(engine: None, folder: Path, pytestconfig: pytest.Config) -> Iterator[str]:
    """Name the compose file, and set the variables that it asks for."""
    with pytest.MonkeyPatch.context() as patch:
        cache = pytestconfig.cache
        assert cache is not None
        patch.setenv("HSM_BASE", provide_base(cache.mkdir("iki-containers")))
        patch.setenv("HSM_NAME", _CONTAINER)
        patch.setenv("HSM_FOLDER", str(folder))
        patch.setenv("HSM_USER", f"{os.getuid()}:{os.getgid()}")
        yield str(Path(__file__).with_name("compose.yaml"))


@pytest.fixture(scope="session")
def docker_setup() -> list[str]:
    """Bring it up; docker-compose 1 knows no --wait."""
    return ["up --build -d"]


@pytest.fixture(scope="session")
def container(docker_services: Services, folder: Path) -> ContainerBackend:
    """Return the container that is up: one for the whole run, which numbers its tokens."""
    made = ContainerBackend(_CONTAINER, folder)
    made.wait()
    return made


@pytest.fixture(scope="session")
def backend(backend_name: str, container: ContainerBackend) -> ContainerBackend:
    """Return the backend of all tests here."""
    assert backend_name == container.name
    return container

"""One SoftHSM per test process (and so per xdist worker), and tokens in it."""

import itertools
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from hsm import PIN, Module, Token, TokenDescription, initialise_token
from tests.support.softhsm import SoftHSMEnvironment

SO_PIN: Final = "so-pin-for-tests"
USER_PIN: Final = "1234"


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHSMEnvironment:
    """Make the SoftHSM of this test process."""
    return SoftHSMEnvironment.create(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture
def fresh_softhsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHSMEnvironment:
    """Make a SoftHSM for tests that run their own processes."""
    return SoftHSMEnvironment.create(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture(scope="session")
def module(softhsm: SoftHSMEnvironment) -> Module:
    """Load SoftHSM."""
    return softhsm.open_module()


@pytest.fixture(scope="session")
def new_token(module: Module) -> Callable[[], TokenDescription]:
    """Return a maker of tokens, each with a label of its own."""
    numbers = itertools.count(1)

    def make() -> TokenDescription:
        label = f"token {next(numbers)}"
        return initialise_token(module, label=label, so_pin=PIN(SO_PIN), user_pin=PIN(USER_PIN))

    return make


@pytest.fixture
def description(new_token: Callable[[], TokenDescription]) -> TokenDescription:
    """Make an empty token."""
    return new_token()


@pytest.fixture
def token(module: Module, description: TokenDescription) -> Iterator[Token]:
    """Open an empty token for writing, logged in."""
    with module.open_token(description.uri, PIN(USER_PIN), writable=True) as opened:
        yield opened

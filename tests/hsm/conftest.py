"""One SoftHSM per test process (and so per xdist worker), and tokens in it."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from hsm import (
    PIN,
    PKCS11URI,
    Module,
    ModuleProfile,
    Token,
    TokenClient,
    TokenDescription,
    TokenKey,
    initialise_token,
    open_client,
)
from tests.hsm.failing import FIRST, QUICK, TOKEN, Connect, OpenKey
from tests.support.faults import FaultModule
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


_TOKEN_PROGRAM: Final = """
import pathlib, sys
from hsm import PIN, KeyKind, initialise_token, open_module
module = open_module(pathlib.Path(sys.argv[1]))
token = initialise_token(module, label="faulty", so_pin=PIN(sys.argv[2]), user_pin=PIN(sys.argv[3]))
with module.open_token(token.uri, PIN(sys.argv[3]), writable=True) as opened:
    opened.generate_key(KeyKind.EC_P256, label="first", key_id=b"1")
    opened.generate_key(KeyKind.EC_P256, label="second", key_id=b"2")
    opened.generate_key(KeyKind.RSA_2048, label="rsa", key_id=b"3")
"""


@pytest.fixture(scope="session")
def fault_softhsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHSMEnvironment:
    """Make a SoftHSM with the token `faulty` and three keys, which others use through the fault module."""
    made = SoftHSMEnvironment.create(tmp_path_factory.mktemp("softhsm"))
    done = made.run_python(_TOKEN_PROGRAM, SO_PIN, USER_PIN)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def faulty_token(fault_softhsm: SoftHSMEnvironment) -> str:
    """Return the label of the token behind the fault module."""
    return "faulty"


@pytest.fixture
def faults(fault_softhsm: SoftHSMEnvironment, tmp_path: Path) -> FaultModule:
    """Make a fault module that does nothing wrong yet, before that SoftHSM."""
    return FaultModule.create(tmp_path / "faults", fault_softhsm)


@pytest.fixture
def connect(faults: FaultModule) -> Iterator[Connect]:
    """Return a starter of clients; in the end the module says whether it was misused."""
    with ExitStack() as stack:

        def start(profile: ModuleProfile = QUICK, token: PKCS11URI | None = TOKEN) -> TokenClient:
            client = stack.enter_context(open_client(faults.library, faults.variables, profile))
            if token is not None:
                client.open(token)
            return client

        yield start
    assert faults.list_violations() == {}


@pytest.fixture
def open_key(connect: Connect) -> OpenKey:
    """Return a finder of the key `first` on a token that is logged in to."""

    def find(profile: ModuleProfile = QUICK) -> TokenKey:
        client = connect(profile)
        client.log_in(PIN(USER_PIN))
        return client.find_key(FIRST)

    return find

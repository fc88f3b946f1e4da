"""Where the bench of tokens works: a SoftHSM with keys, the fault module before it, a C loop over either."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hsm import PIN, PKCS11URI, ModuleProfile, TokenClient, TokenKey, open_client
from tests.bench.measure import BenchError
from tests.support.faults import FaultModule
from tests.support.softhsm import SoftHSMEnvironment

_HERE: Final = Path(__file__).parent
_PIN: Final = "1234"
_MAKE: Final = """
import pathlib, sys
from hsm import PIN, KeyKind, initialise_token, open_module
module = open_module(pathlib.Path(sys.argv[1]))
token = initialise_token(module, label="bench", so_pin=PIN("12345678"), user_pin=PIN(sys.argv[2]))
with module.open_token(token.uri, PIN(sys.argv[2]), writable=True) as opened:
    opened.generate_key(KeyKind.EC_P256, label="first", key_id=b"1")
    opened.generate_key(KeyKind.EC_P256, label="second", key_id=b"2")
    opened.generate_key(KeyKind.RSA_2048, label="rsa", key_id=b"3")
"""


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """A token with keys, and two ways to it."""

    faults: FaultModule
    program: Path
    """The C loop."""

    @classmethod
    def prepare(cls, folder: Path) -> "TokenPlace":
        """Make the token, the fault module and the loop.

        Raises:
            BenchError: the token could not be made.

        """
        (folder / "softhsm").mkdir()
        softhsm = SoftHSMEnvironment.create(folder / "softhsm")
        made = softhsm.run_python(_MAKE, _PIN)
        if made.returncode:
            raise BenchError(made.stderr)
        program = folder / "loop"
        include = _HERE.parent / "support" / "faults"
        command = ("cc", "-O2", "-Wall", f"-I{include}", "-o", program, _HERE / "loop.c", "-ldl", "-pthread")
        subprocess.run(command, check=True)
        return cls(FaultModule.create(folder / "faults", softhsm), program)

    def loop(
        self, label: str, mechanism: str, threads: int, seconds: float, *, faulty: bool = False
    ) -> float:
        """Sign with the C loop; signatures a second.

        Raises:
            BenchError: it failed.

        """
        softhsm = self.faults.softhsm
        library = self.faults.library if faulty else softhsm.library
        done = softhsm.run(
            *(str(self.program), str(library), _PIN, "bench", label),
            *(str(threads), str(seconds), mechanism),
            **dict(self.faults.variables),
        )
        if done.returncode:
            raise BenchError(done.stderr)
        return float(done.stdout)

    def connect(
        self, sessions: int, *, faulty: bool = False, worker: bool = True, deadline: float = 60.0
    ) -> TokenClient:
        """Start a client."""
        softhsm = self.faults.softhsm
        library = self.faults.library if faulty else softhsm.library
        profile = ModuleProfile(sessions=sessions, deadline=deadline)
        return open_client(library, self.faults.variables, profile, worker=worker)

    def find(self, client: TokenClient, label: str) -> TokenKey:
        """Log in and find a key."""
        client.open(PKCS11URI(token="bench"))
        client.log_in(PIN(_PIN))
        return client.find_key(PKCS11URI(object=label))

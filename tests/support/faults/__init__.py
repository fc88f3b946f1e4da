"""A PKCS#11 module that misbehaves as told, built from the C beside this file (see `FaultModule.script`)."""

import atexit
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.softhsm import SoftHSMEnvironment
from tests.support.tools import require_tool

_SOURCES: Final = Path(__file__).parent
_FLAGS: Final = (
    "-std=gnu11",
    "-O2",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Werror",
)
_COUNTERS: Final = (
    "opened",
    "closed",
    "most_open",
    "wrong_pins",
    "locked",
    "logins",
    "fired",
    "two_threads",
    "after_fork",
    "without_locking",
    "prompts",
    "pin_despite_pad",
)
_FUNCTIONS: Final = tuple(
    line[2:].partition(",")[0]
    for line in (_SOURCES / "functions.h").read_text(encoding="utf-8").splitlines()
    if line.startswith(("P(", "S("))
)


@cache
def build_fault_library() -> Path:
    """Compile the module once per test process; skips (or fails) the calling test without a C compiler."""
    compiler = require_tool("cc")
    folder = tempfile.mkdtemp(prefix="iki-faults-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = Path(folder) / "faults.so"
    sources = sorted(map(str, _SOURCES.glob("*.c")))
    subprocess.run([compiler, *_FLAGS, "-o", library, *sources, "-ldl", "-pthread"], check=True, timeout=120)
    return library


@dataclass(frozen=True, slots=True)
class FaultModule:
    """The module before one SoftHSM, with a folder of its own for script, counters and journal."""

    library: Path
    folder: Path
    softhsm: SoftHSMEnvironment

    @classmethod
    def create(cls, folder: Path, softhsm: SoftHSMEnvironment) -> "FaultModule":
        """Make one that does nothing wrong yet."""
        folder.mkdir(exist_ok=True)
        made = cls(build_fault_library(), folder, softhsm)
        made.script()
        return made

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that the module must find."""
        return {
            "IKI_FAULT_MODULE": str(self.softhsm.library),
            "IKI_FAULTS": str(self.folder),
        } | self.softhsm.variables

    def script(self, *lines: str) -> None:
        """Say what goes wrong from now on; calls are counted from 1 again, over all processes.

        A line is `FUNCTION WHEN ACTION [ARGUMENT]`, or one of these: `sessions N`, the most that a process
        may open; `tries N`, wrong PINs that lock; `pad PIN`, what a person enters at the token's own pad
        (`nothing`: it is cancelled there); `always`, private keys are always-authenticate; `hide CKM`, a
        mechanism that is not offered; `hashing`, messages are signed, by CKM_ECDSA_SHA256 and its like, and
        no digests.

        FUNCTION may be `*`. WHEN is a call's number `3`, a range `3-5`, `3+`, `*`, every tenth `%10`, or one
        in a hundred by chance `~100`. The actions:
        `return CKR` answers without the token; `after CKR` has it done and tells of an error; `hang`,
        `abort`, `exit STATUS`; `sleep MS`; `corrupt` flips a bit of the signature, `repeat` returns the
        one before it; `invalidate` makes every object handle stale, `permute` lets stale ones name
        another key; `logout` ends the login, `drop` the session; `gone CKR` takes the token away until
        C_Initialize; `print TEXT` writes on both outputs; `fork` starts a child that lives for 0.2 s.
        """
        state = self.folder / "state"
        if state.exists():  # the module has it mapped: written in place, never replaced
            with state.open("r+b") as file:
                file.seek(8 * len(_COUNTERS))
                file.write(bytes(8 * len(_FUNCTIONS)))
        new = self.folder / "script.new"
        new.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        new.replace(self.folder / "script")

    def calls(self, function: str) -> int:
        """Count the calls of a function since `script`, over all processes."""
        return self._word(len(_COUNTERS) + _FUNCTIONS.index(function))

    def counter(self, name: str) -> int:
        """Read one of the counters, which run from the beginning."""
        return self._word(_COUNTERS.index(name))

    def journal(self, event: str) -> list[list[str]]:
        """List the journal's lines of an event.

        That is `pin`, `fault`, `initialised`, `reserved` (pReserved), `violation` or `forked`.
        Each is its words after the event: a detail, when it has one, and a number in hex.
        """
        path = self.folder / "journal"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [words[2:] for line in lines if (words := line.split())[1] == event]

    def count_resent_pins(self) -> int:
        """Count the PINs that were sent after the token had rejected them: there may be none, ever."""
        rejected: set[str] = set()
        resent = 0
        for detail, digest in self.journal("pin"):
            if detail == "rejected":
                rejected.add(digest)
            elif digest in rejected:
                resent += 1
        return resent

    def list_violations(self) -> dict[str, int]:
        """List what no program may do to a module, and how often ours did."""
        names = ("two_threads", "after_fork", "without_locking", "pin_despite_pad")
        found = {name: count for name in names if (count := self.counter(name))}
        resent = self.count_resent_pins()
        return found | ({"resent_pins": resent} if resent else {})

    def _word(self, index: int) -> int:
        state = self.folder / "state"
        if not state.exists():
            return 0
        with state.open("rb") as file:
            file.seek(8 * index)
            return int(struct.unpack("=Q", file.read(8))[0])

"""A PIV card in a virtual reader, for a test to hold."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from tests.support.piv.daemon import DRIVER
from tests.support.piv.keys import CardKey
from tests.support.tools import absent

_NAMESPACES: Final = ("--net", "--mount", "--pid", "--fork", "--kill-child=KILL")
_ROOT: Final = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class CardState:
    """What the card counts."""

    inserted: bool
    tries: int
    """Wrong PINs that are left before it locks."""
    verified: int
    """PINs that were sent to it, right and wrong."""
    signatures: int


@dataclass(frozen=True, slots=True)
class VirtualCard:
    """A running card; `open` one in a `with` block."""

    folder: Path
    commands: IO[str]
    answers: IO[str]

    @classmethod
    @contextmanager
    def open(
        cls,
        folder: Path,
        keys: Mapping[str, CardKey],
        *,
        backend: str,
        pin: str,
        number: int,
        reader: str,
    ) -> "Iterator[VirtualCard]":
        """Make a card with keys by slot (`9a`), insert it, and end it with its reader afterwards.

        `number` is the card's serial number, `reader` the name of the reader.

        Skips (or fails, where `backend` is required) without pcscd, vpcd or the right to use namespaces.
        """
        _require(backend)
        packed = {slot: key.pack() for slot, key in keys.items()}
        settings = json.dumps({"keys": packed, "pin": pin, "number": number, "reader": reader})
        folder.mkdir()
        process = subprocess.Popen(
            [*_unshare(), sys.executable, "-m", "tests.support.piv", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            card = cls(folder, process.stdin, process.stdout)
            card.tell(settings)
            yield card
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()

    @property
    def variables(self) -> dict[str, str]:
        """What a program needs in its environment to see the reader."""
        return {"PCSCLITE_CSOCK_NAME": str(self.folder / "pcscd.comm")}

    @property
    def state(self) -> CardState:
        """What the card has counted so far."""
        return self.tell("state")

    def tell(self, *words: str) -> CardState:
        """Have something done: `insert`, `pull`, `snatch SECONDS`, `pause SECONDS`, `pin NEW`, `unlock`.

        `snatch` pulls it out in the middle of the next signature, for so long; 0 is until `insert`.
        """
        self.commands.write(" ".join(words) + "\n")
        self.commands.flush()
        return self._read()

    def _read(self) -> CardState:
        line = self.answers.readline()
        assert line, "the card has ended"
        values: dict[str, Any] = json.loads(line)
        return CardState(**values)


def _unshare() -> list[str]:
    mapped = () if os.geteuid() == 0 else ("--map-root-user",)
    return ["unshare", *mapped, *_NAMESPACES]


def _require(backend: str) -> None:
    for program in ("pcscd", "unshare"):
        if shutil.which(program) is None:
            absent(backend, f"{program} is not on PATH")
    if not DRIVER.is_file():
        absent(backend, f"no {DRIVER}; Debian: vsmartcard-vpcd")
    tried = subprocess.run([*_unshare(), "true"], capture_output=True, text=True, timeout=60, check=False)
    if tried.returncode:
        absent(backend, f"no namespaces of our own: {tried.stderr.strip()}")

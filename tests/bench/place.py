"""Where the bench works: a temporary rehearsal environment, a key for openssl, and the workbooks."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import BenchError, Series, build_environment, run_once


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with all that the measured commands need."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def prepare(cls, folder: Path) -> "Place":
        """Make the rehearsal environment, the form, and a certificate of its own for openssl.

        Raises:
            BenchError: SoftHSM or openssl is missing, or a command failed.

        """
        if shutil.which("openssl") is None:
            raise BenchError("openssl is missing: `make dev` installs it")
        lab = folder / "lab"
        place = cls(folder, build_environment(folder / "pycache", IKI_CONFIG=str(lab / "config.toml")))
        place.run(place.iki("lab", "up", "--dir", str(lab)))
        place.run(place.iki("cpl", "new", str(place.form), "--example"))
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-days", "2")
        names = ("-subj", "/CN=bench", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"))
        place.run(("openssl", "req", *curve, *names))
        return place

    @property
    def form(self) -> Path:
        """The example form, before anything is added to it."""
        return self.folder / "form.xlsx"

    def run(self, command: Sequence[str]) -> None:
        """Run a command that is not measured."""
        run_once(command, self.environment)

    def series(self, command: Sequence[str], **variables: str) -> Series:
        """Begin a series of runs of one command."""
        return Series(command, self.environment | variables)

    def iki(self, *arguments: str) -> tuple[str, ...]:
        """Build a call of iki, by this environment's Python."""
        return (sys.executable, "-m", "agent", *arguments)

    def sign(self, file: Path) -> tuple[str, ...]:
        """Build the call that makes `FILE.signed`."""
        return self.iki("sign", str(file), "--as", "manufacturer", "-o", f"{file}.signed", "--force")

    def countersign(self, file: Path) -> tuple[str, ...]:
        """Build the call that makes `FILE.countersigned` of `FILE.signed`."""
        output = f"{file}.countersigned"
        return self.iki("countersign", f"{file}.signed", "--as", "supplier", "-o", output, "--force")

    def verify(self, file: Path) -> tuple[str, ...]:
        """Build the call that verifies `FILE.countersigned`."""
        return self.iki("verify", f"{file}.countersigned")

    def cms_sign(self, file: Path) -> tuple[str, ...]:
        """Build openssl's detached signature of the same file: SHA-256, EC P-256, key in a file."""
        signer = ("-signer", str(self.folder / "cert.pem"), "-inkey", str(self.folder / "key.pem"))
        output = ("-outform", "DER", "-out", f"{file}.p7s")
        return ("openssl", "cms", "-sign", "-binary", "-md", "sha256", "-in", str(file), *signer, *output)

    def cms_verify(self, file: Path) -> tuple[str, ...]:
        """Build openssl's verification of that signature."""
        given = ("-inform", "DER", "-in", f"{file}.p7s", "-content", str(file))
        trust = ("-CAfile", str(self.folder / "cert.pem"), "-purpose", "any", "-out", "/dev/null")
        return ("openssl", "cms", "-verify", "-binary", *given, *trust)

    def write_workbook(self, kind: str, megabytes: float) -> Path:
        """Write a workbook of one of `workbooks.KINDS`, in a process of its own (see `measure`)."""
        file = self.folder / f"{kind}-{megabytes:g}.xlsx"
        made = (str(self.form), str(file), kind, f"{megabytes:g}")
        self.run((sys.executable, "-m", "tests.bench.workbooks", *made))
        return file

    def remove(self, file: Path) -> None:
        """Remove a workbook and what was made of it."""
        for path in self.folder.glob(f"{file.name}*"):
            path.unlink()

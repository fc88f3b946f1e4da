"""Rehearsal environments for tests, and `iki` as people run it: a process of its own.

SoftHSM reads its configuration once per process, so whatever needs a token runs
`iki` as a subprocess; verification needs no token and may run in this process.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from agent.lab.layout import LabLayout
from agent.lab.rehearsal import publish_crls, reissue, revoke
from agent.policy.verdict import COUNTERSIGNED, SIGNED, FileVerdict
from agent.service.verification import verify_file
from agent.service.workspace import load_judge
from tests.support.forked import Call, run_forked
from tests.support.softhsm import require_softhsm

KEY_KINDS: Final = ("ec-p256", "ec-p384", "rsa-2048", "rsa-3072")
"""Every kind of key that a rehearsal can be made with."""
IMAGE: Final = b"TEST Manufacturer Image, not a firmware.\n" * 64
"""A firmware image; its Hash is in the example form that `Lab.write_form` makes."""
SECONDS: Final = 60.0
"""No `iki` process of the suite may take longer."""
NOWHERE: Final = "/dev/null/nowhere"
"""A path that cannot be, not even for root; the user's own folders are set to it."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished `iki` process."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)

    def lines(self, kind: str) -> list[str]:
        """List the lines on standard error of one kind: `error`, `hint`, `warning`, `note`."""
        start = f"iki: {kind}: "
        return [line.removeprefix(start) for line in self.stderr.splitlines() if line.startswith(start)]


def environment(**variables: str) -> dict[str, str]:
    """Build the environment of an `iki` process: this one's, without anything that configures iki."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IKI_", "XDG_", "SOFTHSM2_", "_TYPER"))
    }
    fixed = {
        "XDG_CONFIG_HOME": NOWHERE,
        "XDG_STATE_HOME": NOWHERE,
        "XDG_RUNTIME_DIR": NOWHERE,
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
        "TERM": "dumb",
    }
    return kept | fixed | variables


def run_iki(
    *arguments: str | Path,
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> Run:
    """Run `iki` without a terminal; `before` is called in the new process (limits, umask)."""
    own = environment(**(variables or {}))
    finished = None
    if before is None:
        finished = run_forked(Call([*map(str, arguments)], cwd, own), SECONDS)
    if finished is None:
        finished = subprocess.run(
            command_line(arguments),
            cwd=cwd,
            env=own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=before,
        )
    return Run(finished.returncode, finished.stdout.decode(), finished.stderr.decode())


def command_line(arguments: Sequence[str | Path]) -> list[str]:
    """Build the command that starts `iki` from this environment's Python."""
    return [sys.executable, "-m", "agent", *map(str, arguments)]


def from_now(**amount: float) -> str:
    """Write the instant that many days, hours, minutes or seconds from now, as `iki` takes times."""
    return (datetime.now(UTC) + timedelta(**amount)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Lab:
    """A rehearsal environment: tokens `manufacturer`, `supplier` and `dcc`, a test PKI, a configuration."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, key: str = "ec-p256") -> "Lab":
        """Make one with `iki lab up`; skips (or fails) the calling test without SoftHSM."""
        require_softhsm()
        made = run_iki("lab", "up", "--dir", folder, "--key", key)
        assert made.status == 0, made.stderr
        return cls(folder)

    def copy(self, folder: Path) -> "Lab":
        """Copy the environment, tokens included, for a test that changes it; takes milliseconds.

        The store of CRLs stays behind: it remembers files by their paths, and CRLs that a bad day takes away.
        """
        shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("crls.sqlite*"))
        other = Lab(folder)
        text = self.softhsm_configuration.read_text(encoding="utf-8")
        other.softhsm_configuration.write_text(
            text.replace(str(self.folder / "tokens"), str(folder / "tokens")), encoding="utf-8"
        )
        return other

    @property
    def configuration(self) -> Path:
        """What `iki --config` takes."""
        return self.folder / "config.toml"

    @property
    def softhsm_configuration(self) -> Path:
        """What `SOFTHSM2_CONF` is set to for programs that are not iki."""
        return self.folder / "softhsm2.conf"

    @property
    def root(self) -> Path:
        """The trust anchor, PEM."""
        return self.folder / "pki" / "test-root.crt.pem"

    @property
    def issuing(self) -> Path:
        """The issuing CA's certificate, PEM."""
        return self.folder / "pki" / "test-issuing.crt.pem"

    @property
    def crls(self) -> Path:
        """The folder of CRLs."""
        return self.folder / "crl"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.folder / "audit.jsonl"

    def certificate(self, name: str) -> Path:
        """A party's certificate in force, PEM."""
        return self.folder / "certificates" / f"{name}.pem"

    def pin(self, name: str) -> Path:
        """The file with a party's PIN."""
        return self.folder / "pins" / f"{name}.pin"

    def iki(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> Run:
        """Run `iki` with this environment's configuration, whatever comes of it."""
        return run_iki(
            *arguments,
            cwd=cwd,
            variables={"IKI_CONFIG": str(self.configuration)} | dict(variables or {}),
            before=before,
        )

    def do(self, *arguments: str | Path) -> Run:
        """Run `iki` for its effect; fails the test when it fails."""
        run = self.iki(*arguments)
        assert run.status == 0, run.stderr
        return run

    def write_form(self, path: Path) -> Path:
        """Write the example form, with the Hash of `IMAGE` in it and the image beside it (`.bin`)."""
        image = path.with_suffix(".bin")
        image.write_bytes(IMAGE)
        self.do("cpl", "new", path, "--example", "--image", image)
        return path

    def sign(self, file: Path, output: Path, *, signer: str = "manufacturer") -> Path:
        """Sign a workbook."""
        self.do("sign", file, "--as", signer, "-o", output)
        return output

    def countersign(self, file: Path, output: Path, *, signer: str = "supplier") -> Path:
        """Countersign a workbook."""
        self.do("countersign", file, "--as", signer, "-o", output)
        return output

    def verify(self, file: Path, *, at: datetime | None = None, first_only: bool = False) -> FileVerdict:
        """Verify in this process, against this environment's trust; `first_only`: the manufacturer alone."""
        judge = load_judge(self.configuration, at=at or datetime.now(UTC), anchors=[], crls=[])
        return verify_file(file, judge, required=SIGNED if first_only else COUNTERSIGNED)

    def revoke(self, name: str, reason: str = "unspecified") -> None:
        """Revoke a party's certificate now and publish CRLs, in this process: no token is needed."""
        revoke(LabLayout(self.folder), name, reason=reason, at=datetime.now(UTC).replace(microsecond=0))

    def issue(self, name: str, *, not_before: timedelta, not_after: timedelta) -> None:
        """Issue a party a certificate with times from now, in this process."""
        now = datetime.now(UTC)
        reissue(LabLayout(self.folder), name, not_before=now + not_before, not_after=now + not_after)

    def publish(self, *, this_update: timedelta, next_update: timedelta) -> None:
        """Publish CRLs with times from now, in this process."""
        now = datetime.now(UTC)
        publish_crls(LabLayout(self.folder), this_update=now + this_update, next_update=now + next_update)

    def configure(self, old: str, new: str) -> None:
        """Replace a text that is in the configuration exactly once."""
        text = self.configuration.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.configuration.write_text(text.replace(old, new), encoding="utf-8")

    def inform_of(self, *lints: str) -> None:
        """Lower content lints to `inform` at signing, for workbooks that are not about them."""
        policy = self.folder / "policy.toml"
        levels = "".join(f'{lint} = "inform"\n' for lint in lints)
        policy.write_text(f"{policy.read_text(encoding='utf-8')}\n[lint.sign]\n{levels}", encoding="utf-8")

    def set_pin_source(self, name: str, source: str) -> None:
        """Change where a party's PIN comes from; `source` is TOML, such as `{ env = "PIN" }`."""
        self.configure(f'pin = {{ file = "pins/{name}.pin" }}', f"pin = {source}")

    def record_in(self, database: str) -> None:
        """Record decisions in a database instead of the log file."""
        self.configure('[audit]\npath = "audit.jsonl"', f'[state]\ndatabase = "{database}"\nagent = "lab"')

    def read_audit(self) -> list[dict[str, Any]]:
        """Read the audit log's records."""
        if not self.audit.exists():
            return []
        return [json.loads(line) for line in self.audit.read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True, slots=True)
class Story:
    """A rehearsal environment and one submission at each stage of its way."""

    lab: Lab
    image: Path
    form: Path
    signed: Path
    countersigned: Path

    @classmethod
    def play(cls, lab: Lab, folder: Path) -> "Story":
        """Make a form, sign it as the manufacturer and countersign it as the supplier."""
        form = lab.write_form(folder / "form.xlsx")
        signed = lab.sign(form, folder / "form.signed.xlsx")
        countersigned = lab.countersign(signed, folder / "form.countersigned.xlsx")
        return cls(lab, form.with_suffix(".bin"), form, signed, countersigned)

    def copy(self, folder: Path) -> "Story":
        """Copy environment and documents, for a test that changes them."""
        files = folder / "files"
        files.mkdir(parents=True)
        documents = (self.image, self.form, self.signed, self.countersigned)
        copies = (Path(shutil.copy(document, files)) for document in documents)
        return Story(self.lab.copy(folder / "lab"), *copies)

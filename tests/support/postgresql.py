"""A real PostgreSQL for tests: a cluster of our own, on a Unix socket in a temporary folder."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.support.tools import absent

_FOLDERS: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
_UNPRIVILEGED: Final = ("postgres", "nobody")
_SECONDS: Final = 60.0


@dataclass
class PostgreSQLServer:
    """A server that a test may stop, start, freeze and kill."""

    programs: Path
    folder: Path
    user: int | None
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str, user: str = "iki") -> str:
        """Build the URL of a database on it."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def make_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """Execute a statement as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=30) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = ["-D", "data", "-k", str(self.folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        self.process = subprocess.Popen(
            [self.programs / "postgres", *arguments],
            cwd=self.folder,
            user=self.user,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
        )
        end = time.monotonic() + _SECONDS
        while True:
            try:
                self.execute("postgres", "SELECT 1")
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self, number: int = signal.SIGQUIT) -> None:
        """End it at once; SIGQUIT is an immediate shutdown, from which it recovers as from a crash."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=_SECONDS)
            self.process = None


@contextmanager
def run_postgresql() -> Iterator[PostgreSQLServer]:
    """Run a server; skips (or fails) the calling test where PostgreSQL is not installed."""
    programs = _find_programs()
    with tempfile.TemporaryDirectory(prefix="iki-pg-") as name:
        folder = Path(name)
        user = _choose_user(folder)
        initdb = [programs / "initdb", "-D", "data", "-U", "iki", "-A", "trust", "-E", "UTF8", "--no-sync"]
        made = subprocess.run(
            [*map(str, initdb), "--locale=C"],
            cwd=folder,
            user=user,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert made.returncode == 0, made.stderr.decode()
        server = PostgreSQLServer(programs, folder, user)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _find_programs() -> Path:
    """Find the folder of the server's programs, which Debian keeps out of PATH."""
    folders = sorted(folder for pattern in _FOLDERS for folder in Path("/").glob(pattern[1:]))
    folders.reverse()  # the newest first
    found = shutil.which("postgres")
    if found:
        folders.append(Path(found).resolve().parent)
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    absent("postgresql", "postgres and initdb not found; Debian: postgresql")
    raise AssertionError  # absent() always raises


def _choose_user(folder: Path) -> int | None:
    """Choose whom it runs as: it refuses root. The folder becomes that user's."""
    if os.getuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return user.pw_uid
    absent("postgresql", "it refuses to run as root, and there is no other user")
    raise AssertionError  # absent() always raises

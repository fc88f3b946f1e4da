"""A desk of a rehearsal environment, in a process of its own, that ends with the test."""

import http.client
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tests.support.daemon import SECONDS, Process, end, start_iki, wait_until
from tests.support.lab import Lab, environment

_URL = re.compile(r"http://127\.0\.0\.1:\d+/#[\w-]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP client of our own got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        return str(self.json["code"])


@dataclass(frozen=True, slots=True)
class DeskProcess:
    """A running `iki desk`."""

    lab: Lab
    process: Process
    out: Path
    log: Path
    temporary: Path
    """Its folder for temporary files, of its own."""

    @property
    def shown(self) -> list[str]:
        """The addresses that it has printed."""
        return _URL.findall(self.out.read_text(encoding="utf-8"))

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.shown[0]).netloc

    @property
    def token(self) -> str:
        """The newest token."""
        return urlsplit(self.shown[-1]).fragment

    def open(self) -> dict[str, str]:
        """Open a session, and wait for the next address; returns the headers that carry it."""
        before = len(self.shown)
        answer = self.ask("POST", "/api/session", self.token.encode())
        assert answer.status == 200, answer.body
        wait_until(lambda: len(self.shown) > before, self.log.read_text)
        return {"Iki-Session": answer.json["session"]}

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask as a program does; `headers` may replace Host."""
        connection = http.client.HTTPConnection(self.host, timeout=SECONDS)
        given = {"Host": self.host} | dict(headers or {})
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in given.items():
            connection.putheader(name, value)
        if body is not None and "Content-Length" not in given:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        if body:
            connection.send(body)
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        connection.close()
        return answer

    def verify(self, session: Mapping[str, str], name: str, data: bytes) -> Answer:
        """Have a document verified."""
        return self.ask("POST", f"/api/verify?name={quote(name, safe='')}", data, session)

    def files(self) -> list[Path]:
        """List its temporary files."""
        return [path for path in self.temporary.rglob("*") if path.is_file()]


@contextmanager
def desk_of(lab: Lab, folder: Path, *options: str) -> Iterator[DeskProcess]:
    """Run a desk, and wait until it has shown its address."""
    temporary = folder / "temporary"
    temporary.mkdir()
    out, log = folder / "desk.out", folder / "desk.log"
    root = ["--allow-root"] if os.geteuid() == 0 else []
    with out.open("wb") as stdout, log.open("wb") as stderr:
        own = environment(IKI_CONFIG=str(lab.configuration), TMPDIR=str(temporary))
        process = start_iki(["desk", "--no-browser", *root, *options], own, stdout=stdout, stderr=stderr)
    desk = DeskProcess(lab, process, out, log, temporary)
    try:
        wait_until(lambda: bool(desk.shown) or process.poll() is not None, log.read_text)
        assert desk.shown, log.read_text()
        yield desk
    finally:
        end(process)

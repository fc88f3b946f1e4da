"""The API against its own OpenAPI document: schemathesis makes the requests, and judges the answers."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from requests.adapters import HTTPAdapter
from schemathesis.checks import CHECKS
from schemathesis.openapi import from_path
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from agent.daemon.openapi import build_document
from tests.support.daemon import Daemon
from tests.support.thorough import examples

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
SCHEMA = from_path(DOCUMENT)
LEFT_OUT = ["stop", "lock", "reload"]
"""Tested by hand: they change what the other requests are answered with."""
# A document of random octets is well-formed by the schema, and refused all the same.
NOT_CHECKED: Any = [CHECKS.get_one("positive_data_acceptance")]


class _Connection(HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("agent")
        self._path = path

    def _new_conn(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(60)
        made.connect(str(self._path))
        return made


class _Pool(HTTPConnectionPool):
    """Connections to one Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("agent")
        self._path = path

    def _new_conn(self) -> _Connection:
        return _Connection(self._path)


class _Adapter(HTTPAdapter):
    """Sends requests to a Unix socket, whatever host they name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._pool = _Pool(path)

    def get_connection_with_tls_context(self, *_: object, **__: object) -> _Pool:
        return self._pool


@pytest.fixture(scope="module")
def session(shared_daemon: tuple[Daemon, object]) -> requests.Session:
    """Return a session whose requests go to the daemon's socket."""
    made = requests.Session()
    made.mount("http://agent", _Adapter(shared_daemon[0].socket))
    return made


def test_the_document_is_what_the_endpoints_make_and_what_is_served(daemon: Daemon) -> None:
    """docs/openapi.json is written by `make docs`, and the daemon serves the same."""
    committed = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    assert committed == build_document()
    assert committed == daemon.ask("GET", "/openapi.json")


@SCHEMA.exclude(operation_id=LEFT_OUT).parametrize()
@settings(
    max_examples=examples(5),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case[Any], session: requests.Session
) -> None:
    """Status, media type and schema of each answer are declared; nonsense is refused, and nothing breaks."""
    case.call_and_validate(base_url="http://agent", session=session, excluded_checks=NOT_CHECKED)

"""A database that is gone, full, read-only, slow, newer or not one: no record, and one line that says why."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from agent.config.state import PostgreSQLDatabase, SQLiteDatabase, StateSettings
from agent.errors import AuditError
from agent.exits import ExitStatus
from agent.state.audit import DatabaseAudit
from agent.state.database import Database
from agent.state.migrations import MIGRATIONS, migrate
from agent.state.schema import METADATA
from tests.audit.samples import RECORD
from tests.state.places import Place
from tests.state.relay import relaying
from tests.support.postgresql import PostgreSQLServer, run_postgresql


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgreSQLServer]:
    """Run a server that these tests may stop."""
    with run_postgresql() as running:
        yield running


_OF_AN_AGENT = (
    "INSERT ON iki_audit_record",
    "UPDATE ON iki_audit_head",
    "INSERT, DELETE ON iki_audit_held",
)
"""What docs/audit.md says is enough."""


def _failed(store: object, code: str) -> AuditError:
    """Expect that neither the early check nor a record goes through; return the record's error."""
    assert isinstance(store, DatabaseAudit)
    with pytest.raises(AuditError):
        store.ensure_writable()
    with pytest.raises(AuditError) as caught:
        store.append(RECORD)
    error = caught.value
    assert (error.code, error.in_doubt, error.exit_status) == (code, False, ExitStatus.USAGE)
    assert error.hint
    assert "\n" not in error.message
    return error


def test_a_server_that_stops_and_comes_back(own_server: PostgreSQLServer) -> None:
    """While it is gone nothing is recorded; afterwards the same process goes on, with the same chain."""
    place = Place(own_server.make_database())
    store = place.open(seconds=2)
    store.append(RECORD)
    own_server.stop()
    _failed(store, "state-unreachable")
    _failed(place.open(seconds=2), "state-unreachable")
    own_server.start()
    assert store.append(RECORD).sequence == 2
    # Stopped and started between two records: the connection that was kept is a dead one.
    own_server.stop()
    own_server.start()
    assert store.append(RECORD).sequence == 3
    assert store.verify().count == 3


@pytest.mark.thorough
def test_a_server_that_does_not_answer(own_server: PostgreSQLServer) -> None:
    """Frozen, it sends nothing and closes nothing: the client cuts the connection in the end."""
    place = Place(own_server.make_database())
    place.open().append(RECORD)
    store = place.open(seconds=1)
    store.ensure_writable()
    backends = own_server.execute(
        place.url.partition("?")[0].rpartition("/")[2],
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'iki' AND datname = current_database()",
    )
    assert own_server.process
    frozen = [*(row[0] for row in backends), own_server.process.pid]
    for process in frozen:
        os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(AuditError) as caught:
            store.append(RECORD)
    finally:
        for process in frozen:
            os.kill(process, signal.SIGCONT)
    assert caught.value.code == "state-unreachable"
    assert store.append(RECORD).sequence == 2


def test_a_head_that_is_locked_is_not_waited_for_without_end(place: Place, server: PostgreSQLServer) -> None:
    """Somebody holds it in a transaction that never ends: `state-busy`, after the configured time."""
    place.open().append(RECORD)
    store = place.open(seconds=1)
    holder = Database(place.settings(seconds=30))
    with holder.writing() as connection:
        connection.exec_driver_sql("UPDATE iki_audit_head SET sequence = sequence")
        _failed(store, "state-busy")
    assert store.append(RECORD).sequence == 2


def test_a_commit_that_never_arrived(server: PostgreSQLServer) -> None:
    """The connection breaks before the server has the commit: known, not in doubt, and nothing is there."""
    with relaying(server.folder) as relay:
        place = Place(server.make_database().replace(str(server.folder), str(relay.folder)))
        store = place.open(seconds=5)
        store.append(RECORD)
        relay.lose_commit = True
        with pytest.raises(AuditError) as caught:
            store.append(RECORD)
        assert (caught.value.code, caught.value.in_doubt) == ("state-unreachable", False)
        assert store.verify().count == 1
        assert store.append(RECORD).sequence == 2


def test_a_commit_whose_answer_was_lost(server: PostgreSQLServer) -> None:
    """The server has done it: it is looked for, found, and the signature may leave."""
    with relaying(server.folder) as relay:
        place = Place(server.make_database().replace(str(server.folder), str(relay.folder)))
        store = place.open(seconds=5)
        store.append(RECORD)
        relay.lose_answer = True
        assert store.append(RECORD).sequence == 2
        assert relay.broken == 1
        assert store.verify().count == 2


@pytest.mark.parametrize("lost", ["lose_commit", "lose_answer"])
def test_a_commit_that_cannot_be_asked_about_stays_in_doubt(server: PostgreSQLServer, lost: str) -> None:
    """The server is out of reach afterwards: nothing may leave; it is said that the record may be there."""
    with relaying(server.folder) as relay:
        url = server.make_database()
        place = Place(url.replace(str(server.folder), str(relay.folder)))
        store = place.open(seconds=2)
        store.append(RECORD)
        setattr(relay, lost, True)
        relay.refuse = True
        with pytest.raises(AuditError) as caught:
            store.append(RECORD)
        assert caught.value.in_doubt
    assert Place(url).open().verify().count == (1 if lost == "lose_commit" else 2)


def test_a_database_that_may_only_be_read(server: PostgreSQLServer) -> None:
    """Read-only, or without the right to write: refused before a key is used; verifying goes on."""
    url = server.make_database()
    name = url.partition("?")[0].rpartition("/")[2]
    store = Place(url).open()
    store.append(RECORD)
    server.execute(name, f"CREATE ROLE auditor_{name} LOGIN")
    server.execute(name, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor_{name}")
    auditor = Place(url.replace("//iki@", f"//auditor_{name}@")).open()
    assert auditor.verify().count == 1
    _failed(auditor, "state-unwritable")
    for rights in _OF_AN_AGENT:
        server.execute(name, f"GRANT {rights} TO auditor_{name}")
    assert auditor.append(RECORD).sequence == 2
    server.execute(name, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    _failed(Place(url).open(), "state-unwritable")


def test_a_role_that_is_not_let_in_says_nothing_secret(server: PostgreSQLServer) -> None:
    """Who is unknown, or which database is: one line, with neither user nor parameters of the URL."""
    url = server.make_database()
    for wrong in (url.replace("//iki@", "//nobody-here@"), url.replace("/test_", "/no_")):
        error = _failed(Place(wrong).open(), "state-unreachable")
        assert str(server.folder) not in error.message.partition(": the database:")[0]


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """SQLite may not grow its file any more: no record, and the next one works when there is room."""
    place = Place(f"sqlite:///{tmp_path / 's.sqlite'}")
    store = place.open()
    store.append(RECORD)
    with Database(place.settings()).writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    tight = DatabaseAudit(place.settings())
    with tight._database.reading(bounded=True) as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(AuditError) as caught:
        _append_many(tight)
    assert (caught.value.code, caught.value.in_doubt) == ("state-unwritable", False)
    count = store.verify().count
    assert store.append(RECORD).sequence == count + 1


def _append_many(store: DatabaseAudit) -> None:
    for _ in range(50):
        store.append(RECORD)


def test_files_that_are_no_database(tmp_path: Path) -> None:
    """A folder, a text, a path under a file: told, and left as they are."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("not a database, " * 100)
    for name, code in (
        ("folder", "state-unwritable"),
        ("text", "state-damaged"),
        ("text/below", "state-unwritable"),
    ):
        _failed(Place(f"sqlite:///{tmp_path / name}").open(), code)
    assert (tmp_path / "text").read_text().startswith("not a database")


def test_a_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask allows."""
    before = os.umask(0)
    try:
        Place(f"sqlite:///{tmp_path / 'state' / 's.sqlite'}").open().append(RECORD)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {0o600}


def test_a_newer_schema_is_refused(place: Place) -> None:
    """A database that a newer version has migrated is neither written nor read."""
    place.open().append(RECORD)
    place.execute("UPDATE iki_version SET version = :version", version=len(MIGRATIONS) + 1)
    store = place.open()
    _failed(store, "state-newer")
    with pytest.raises(AuditError) as caught:
        store.verify()
    assert caught.value.code == "state-newer"


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_an_older_schema_is_brought_up_to_date(place: Place, version: int) -> None:
    """From every version, with a record in it; what comes out is what the program expects."""
    old = Database(place.settings())
    with old._translating(), old._engine.connect().execution_options(iki_writing=True) as connection:
        migrate(connection, "test", to=version)
        connection.commit()
    store = place.open()
    assert store.append(RECORD).sequence == 1
    assert store.verify().count == 1
    with old._engine.connect() as connection:
        looked = inspect(connection)
        for table in METADATA.sorted_tables:
            columns = {column["name"]: column["nullable"] for column in looked.get_columns(table.name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}


def test_urls_are_described_without_user_and_parameters() -> None:
    """What is in messages and logs names the server and the database alone."""
    settings = StateSettings(PostgreSQLDatabase("postgresql://u@h/d?sslmode=require", "postgresql://h/d"))
    assert DatabaseAudit(settings).place == "postgresql://h/d"
    assert DatabaseAudit(StateSettings(SQLiteDatabase(Path("/x/s.sqlite")))).place == "/x/s.sqlite"

"""`iki` with a PostgreSQL: two agents sign into one record; without the database nothing is signed."""

from collections.abc import Iterator

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed, nothing_changes
from tests.support.lab import Story
from tests.support.postgresql import PostgreSQLServer, run_postgresql


@pytest.fixture
def own_server() -> Iterator[PostgreSQLServer]:
    """Run a server that the test may stop."""
    with run_postgresql() as running:
        yield running


def test_agents_sign_into_one_record_and_not_without_it(story: Story, own_server: PostgreSQLServer) -> None:
    """The record has both agents in one chain; when the server is gone there is one error, and no output."""
    lab, folder = story.lab, story.form.parent
    lab.record_in(own_server.make_database())
    lab.sign(story.form, folder / "first.xlsx")
    lab.configure('agent = "lab"', 'agent = "second"')
    lab.countersign(folder / "first.xlsx", folder / "second.xlsx")
    shown = lab.do("audit", "show", "--json").json["records"]
    assert [(record["agent"], record["outcome"]) for record in shown] == [
        ("lab", "allowed"),
        ("second", "allowed"),
    ]
    assert lab.do("audit", "verify", "--json").json["records"] == 2
    own_server.stop()
    lab.pin("manufacturer").unlink()  # it is known before the PIN is read
    with nothing_changes(folder):
        for command in (
            ("sign", story.form, "--as", "manufacturer", "-o", folder / "no.xlsx"),
            ("audit", "show"),
        ):
            run = lab.iki(*command)
            expect_failed(run, ExitStatus.USAGE)
            assert "user=" not in run.stderr
            assert "iki@" not in run.stderr

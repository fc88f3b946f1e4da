"""docs/schemas say what `iki audit … --json` prints, and what a record and an anchor are."""

import json

import pytest

from agent.audit.records import Outcome
from agent.operations import Operation
from tests.cli.test_schemas import check, load_schema
from tests.cli.test_startup import imported_modules, packages
from tests.support.lab import Story


@pytest.mark.parametrize("database", [False, True])
def test_records_fit_their_schema(story: Story, database: bool) -> None:
    """Allowed, refused, released, anchored: from the file and from a database."""
    lab, folder = story.lab, story.form.parent
    if database:
        lab.record_in("sqlite:///state.sqlite")
    lab.iki("countersign", story.form, "--as", "supplier", "-o", folder / "no.xlsx")
    lab.sign(story.form, folder / "again.xlsx")
    lab.do("csr", "--as", "dcc", "-o", folder / "request.pem")
    anchor = folder / "anchor.json"
    check("audit-anchor", lab.do("audit", "anchor", "--as", "dcc", "-o", anchor, "--json").json)
    check("audit-anchor-file", json.loads(anchor.read_text()))
    check("audit-show", lab.do("audit", "show", "--json").json)
    check("audit-verify", lab.do("audit", "verify", "--json").json)
    check("audit-verify", lab.do("audit", "verify", "--json", "--anchor", anchor).json)
    if not database:
        check("audit-rotate", lab.do("audit", "rotate", "--json").json)
        check("audit-rotate", lab.do("audit", "rotate", "--json").json)


def test_the_schema_knows_every_operation_and_outcome() -> None:
    """None is missing, and none is invented."""
    members = load_schema("audit-record")["properties"]
    assert set(members["operation"]["enum"]) == set(Operation)
    assert set(members["outcome"]["enum"]) == set(Outcome)


def test_who_has_no_database_does_not_pay_for_one(shared_story: Story) -> None:
    """SQLAlchemy takes longer to import than a command may take to start."""
    modules = imported_modules("policy", "explain", "--as", "manufacturer", lab=shared_story.lab)
    assert "agent.audit.log" in modules
    assert not packages(modules) & {"sqlalchemy", "psycopg"}
    assert "agent.state" not in modules

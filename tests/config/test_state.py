"""`[audit]`, `[state]` and `[quota]`: what they may say, and that no password may stand there."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.config.configuration import Configuration, parse_configuration
from agent.config.quotas import Quotas
from agent.config.state import PostgreSQLDatabase, SQLiteDatabase
from agent.errors import UsageError

TRUST = '[trust]\nanchors = ["root.pem"]\n'
SECRET = "pa55w0rd-of-somebody"


def parse(text: str) -> Configuration:
    """Parse a configuration in /etc/iki."""
    return parse_configuration((TRUST + text).encode(), path=Path("/etc/iki/iki.toml"))


def test_without_tables_there_is_a_file_without_rotation_and_no_quota() -> None:
    """The default is the user's own log file."""
    configuration = parse("")
    assert (configuration.audit.path, configuration.audit.state) == (None, None)
    assert (configuration.audit.rotate_bytes, configuration.audit.rotate_age) == (None, None)
    assert tuple(configuration.quotas.find_for("ann")[1]) == ()


def test_rotation_needs_no_path() -> None:
    """Bytes and days, each on its own."""
    audit = parse("[audit]\nrotate_bytes = 4096\nrotate_days = 30\n").audit
    assert (audit.path, audit.rotate_bytes, audit.rotate_age) == (None, 4096, timedelta(days=30))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (
            "postgresql://iki@db.example.org:5433/iki?sslmode=verify-full",
            "postgresql://db.example.org:5433/iki",
        ),
        ("postgresql:///iki?host=/run/postgresql&user=iki", "postgresql:///iki"),
        ("postgresql:///?service=iki", "postgresql:///"),
        ("postgresql://iki@a,b/iki", "postgresql://a,b/iki"),
        ("postgres://h/d", "postgresql://h/d"),
    ],
)
def test_a_server_is_named_by_a_url_without_a_password(url: str, place: str) -> None:
    """Libpq gets it as it is; messages get it without user and parameters."""
    state = parse(f'[state]\ndatabase = "{url}"\nagent = "hsm-1"\ntimeout_seconds = 3\n').audit.state
    assert state is not None
    assert state.database == PostgreSQLDatabase(url, place)
    assert (state.agent, state.timeout_seconds) == ("hsm-1", 3)


def test_a_file_is_relative_to_the_configuration() -> None:
    """Three slashes and a relative path, or four and an absolute one."""
    for url, path in (("sqlite:///s.sqlite", "/etc/iki/s.sqlite"), ("sqlite:////x/s.sqlite", "/x/s.sqlite")):
        state = parse(f'[state]\ndatabase = "{url}"\n').audit.state
        assert state is not None
        assert state.database == SQLiteDatabase(Path(path))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://iki:{SECRET}@host/iki",
        f"postgresql://iki:{SECRET}?x@host/iki",
        f"postgresql://iki:{SECRET}#@host/iki",
        f"postgresql://iki:{SECRET}@x@host/iki",
        f"postgresql://:{SECRET}@/iki",
        f"postgresql://iki:x/{SECRET}@host/iki",
        f"postgresql://iki:{SECRET}/x@host/iki",
        f"postgresql://host/iki?password={SECRET}",
        f"postgresql://host/iki?PassWord={SECRET}",
        f"postgresql://host/iki?user=a&p%61ssword={SECRET}",
        f"postgresql://host/iki?sslpassword={SECRET}",
        f"mysql://iki:{SECRET}@host/iki",
        f"iki:{SECRET}@host",
        f"host=h password={SECRET}",
        f"postgresql+psycopg://iki:{SECRET}@host/iki",
        f"postgresql:iki:{SECRET}@host/iki",
        "sqlite:///",
        "sqlite://s.sqlite",
        "sqlite:///a\\u0000b",
        "postgresql://h/a b",
        "postgresql://[h/d",
        "",
    ],
)
def test_what_is_no_url_or_has_a_password_is_refused_and_not_repeated(url: str) -> None:
    """The message names the key; a password in it would end up in logs."""
    with pytest.raises(UsageError) as caught:
        parse(f'[state]\ndatabase = "{url}"\n')
    assert caught.value.code == "configuration-invalid"
    assert "state.database" in caught.value.message
    assert SECRET not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[state]\ndatabase = "sqlite:///s"\n[audit]\npath = "a"\n', "audit"),
        ("[state]\n", "state.database"),
        ('[state]\ndatabase = "sqlite:///s"\nagent = "a b"\n', "state.agent"),
        ('[state]\ndatabase = "sqlite:///s"\ntimeout_seconds = 0\n', "state.timeout_seconds"),
        ('[state]\ndatabase = "sqlite:///s"\npassword = "x"\n', "state.password"),
        ("[audit]\nrotate_bytes = 1\n", "audit.rotate_bytes"),
        ("[audit]\nrotate_days = 0\n", "audit.rotate_days"),
        ("[quota.each_requester]\nper_hour = 0\n", "quota.each_requester.per_hour"),
        ("[quota.requesters.ann]\nper_year = 1\n", "quota.requesters.ann.per_year"),
        ('[quota.requesters." ann"]\nper_hour = 1\n', 'quota.requesters." ann"'),
    ],
)
def test_what_is_wrong_is_named(text: str, key: str) -> None:
    """Two places for records, a name that is none, numbers out of range, unknown keys."""
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert f"/etc/iki/iki.toml: {key}:" in caught.value.message


def test_a_requester_has_the_quotas_of_its_name_or_those_of_each() -> None:
    """What is said of a name stands instead of what is said of each, not beside it."""
    quotas = parse(
        "[quota.each_requester]\nper_minute = 1\nper_hour = 2\n"
        '[quota.requesters."CN=ci,O=Acme"]\nper_day = 3\n'
    ).quotas
    assert quotas.find_for("ann") == ("[quota.each_requester]", Quotas(1, 2, None))
    assert quotas.find_for("CN=ci,O=Acme") == ('[quota.requesters."CN=ci,O=Acme"]', Quotas(None, None, 3))
    assert list(quotas.find_for("ann")[1]) == [("minute", 1), ("hour", 2)]

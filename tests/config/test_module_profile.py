"""`[module.profile]`: how the module wants to be used."""

from pathlib import Path

import pytest

from agent.config.configuration import parse_configuration
from agent.config.token_profile import DEFAULT_PROFILE, TokenProfile
from agent.errors import UsageError

_HEAD = '[trust]\nanchors = ["root.pem"]\n'
_PATH = Path("/etc/iki/config.toml")


def test_the_defaults() -> None:
    """Nothing said is one session, in a worker."""
    assert parse_configuration(_HEAD.encode(), path=_PATH).module.profile == DEFAULT_PROFILE


def test_every_key() -> None:
    """What is written is what holds."""
    text = (
        "[module.profile]\nsessions = 30\nserialise = false\ndeadline_seconds = 10\nnotice_seconds = 2\n"
        'process = "own"\n'
    )
    profile = parse_configuration((_HEAD + text).encode(), path=_PATH).module.profile
    assert profile == TokenProfile(30, serialise=False, deadline_seconds=10, notice_seconds=2, process="own")


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("sessions = 31", "sessions"),
        ("sessions = 0", "sessions"),
        ("sessions = 2\nserialise = true", "sessions"),
        ("deadline_seconds = 0", "deadline_seconds"),
        ("notice_seconds = 1.5", "notice_seconds"),
        ('process = "thread"', "process"),
        ("session = 1", "session"),
    ],
)
def test_what_is_refused(lines: str, key: str) -> None:
    """The error names the dotted key."""
    with pytest.raises(UsageError) as caught:
        parse_configuration(f"{_HEAD}[module.profile]\n{lines}\n".encode(), path=_PATH)
    assert caught.value.code == "configuration-invalid"
    assert f"module.profile.{key}" in caught.value.message


def test_what_the_module_is_initialised_with() -> None:
    """`[module] reserved` is handed over as it is; left out, it is nothing."""
    written = parse_configuration(
        f"[module]\nreserved = \"configdir='sql:/a b'\"\n{_HEAD}".encode(), path=_PATH
    )
    left_out = parse_configuration(_HEAD.encode(), path=_PATH)
    assert (written.module.reserved, left_out.module.reserved) == ("configdir='sql:/a b'", "")


@pytest.mark.parametrize("value", ['"a\\u0000b"', "1", '["a"]'])
def test_a_reserved_that_is_no_text(value: str) -> None:
    """A NUL would end it early; everything else is no text."""
    with pytest.raises(UsageError) as caught:
        parse_configuration(f"[module]\nreserved = {value}\n{_HEAD}".encode(), path=_PATH)
    assert caught.value.code == "configuration-invalid"
    assert "module.reserved" in caught.value.message

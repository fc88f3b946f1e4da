"""`[timestamp]`: strict like the rest."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.config.configuration import parse_configuration
from agent.config.timestamp import TimestampSettings
from agent.errors import UsageError

_TRUST = '[trust]\nanchors = ["root.pem"]\ncrls = ["crl", "http://a.example/x.crl"]\n'
_ANCHORS = 'trust_anchors = ["tsa.pem"]\n'
_PATH = Path("/etc/iki/config.toml")


def _parse(text: str) -> TimestampSettings:
    return parse_configuration(f"{_TRUST}[timestamp]\n{text}".encode(), path=_PATH).timestamp


def test_everything_is_read() -> None:
    """Paths are relative to the file; URLs and policies keep their order."""
    settings = _parse(
        f'{_ANCHORS}urls = ["http://b.example/", "https://a.example/t"]\npolicies = ["1.2.3", "1.2.4"]\n'
        'crls = ["crl-tsa", "http://a.example/tsa.crl"]\ntimeout_seconds = 3\nmax_bytes = 9000\n'
    )
    assert settings.urls == ("http://b.example/", "https://a.example/t")
    assert settings.trust_anchors == (Path("/etc/iki/tsa.pem"),)
    assert (settings.crls, settings.crl_urls) == ((Path("/etc/iki/crl-tsa"),), ("http://a.example/tsa.crl",))
    assert settings.policies == ("1.2.3", "1.2.4")
    assert (settings.limits.timeout, settings.limits.max_bytes) == (timedelta(seconds=3), 9000)
    assert settings.limits.max_redirects == 0


def test_without_the_table_nobody_is_asked_and_nobody_believed() -> None:
    """The defaults are empty, and the lists of CRLs those of `[trust]`."""
    configuration = parse_configuration(_TRUST.encode(), path=_PATH)
    assert configuration.timestamp == TimestampSettings()
    assert configuration.crl_files == (Path("/etc/iki/crl"),)
    assert configuration.crl_urls == ("http://a.example/x.crl",)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "timestamp.trust_anchors"),
        ("trust_anchors = []", "timestamp.trust_anchors"),
        (f"{_ANCHORS}url = []", "timestamp.url"),
        (f'{_ANCHORS}urls = ["ftp://a.example/"]', "timestamp.urls[0]"),
        (f'{_ANCHORS}urls = ["http://a:b@a.example/"]', "timestamp.urls[0]"),
        (f'{_ANCHORS}urls = ["http://a.example/", "http://a.example/"]', "timestamp.urls[1]"),
        (f'{_ANCHORS}policies = ["tsa"]', "timestamp.policies[0]"),
        (f'{_ANCHORS}policies = ["1.2.3", "1.2.3"]', "timestamp.policies[1]"),
        (f"{_ANCHORS}timeout_seconds = 0", "timestamp.timeout_seconds"),
        (f"{_ANCHORS}max_bytes = 0", "timestamp.max_bytes"),
        (f'{_ANCHORS}crls = ["crl", "crl"]', "timestamp.crls[1]"),
    ],
)
def test_what_is_wrong_is_named(text: str, key: str) -> None:
    """By the file and the dotted key."""
    with pytest.raises(UsageError) as raised:
        _parse(text)
    assert raised.value.code == "configuration-invalid"
    assert raised.value.message.startswith(f"{_PATH}: {key}: ")

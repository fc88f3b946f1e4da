"""`pin-source` in a signer's URI: only what the signer's `pin` says already."""

from pathlib import Path

import pytest

from agent.config.pin_sources import PINFile, PINProgram, PINPrompt, PINSource
from agent.config.signers import SignerSettings
from agent.errors import TokenError
from agent.roles import Role
from agent.service.addressing import parse_signer_uri
from hsm import PKCS11URI

FILE = PINFile(Path("/etc/iki/a pin"))
PROGRAM = PINProgram(("/usr/lib/pinomatic",))


def signer(query: str, pin: PINSource) -> SignerSettings:
    """Build a signer with a query in its URI."""
    return SignerSettings("acme", Role.MANUFACTURER, f"pkcs11:token=a;object=b?{query}", None, pin, None)


@pytest.mark.parametrize(
    ("query", "pin"),
    [
        ("pin-source=file:/etc/iki/a%20pin", FILE),
        ("pin-source=file:///etc/iki/a%20pin", FILE),
        ("pin-source=/etc/iki/a%20pin", FILE),
        ("pin-source=|/usr/lib/pinomatic", PROGRAM),
    ],
)
def test_the_same_source_adds_nothing(query: str, pin: PINSource) -> None:
    """It is allowed, and left out of what goes on."""
    assert parse_signer_uri(signer(query, pin)) == PKCS11URI(token="a", object="b")


@pytest.mark.parametrize(
    ("query", "pin"),
    [
        ("pin-source=file:/etc/iki/other", FILE),
        ("pin-source=file://elsewhere/etc/iki/a%20pin", FILE),
        ("pin-source=https://example.test/etc/iki/a%20pin", FILE),
        ("pin-source=|/bin/sh", PROGRAM),
        ("pin-source=|/usr/lib/pinomatic", FILE),
        ("pin-source=/etc/iki/a%20pin", PINPrompt()),
        ("pin-source=http://[", FILE),
    ],
)
def test_any_other_is_refused(query: str, pin: PINSource) -> None:
    """A URI that somebody pasted does not decide which file is read or which program runs."""
    with pytest.raises(TokenError) as caught:
        parse_signer_uri(signer(query, pin))
    assert caught.value.code == "uri-pin-source-refused"

"""A signer's PKCS#11 URI is judged when the configuration is read, and as the parser of tokens does it."""

from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from agent.config.token_uris import check_token_uri
from agent.errors import UsageError
from hsm import PKCS11URI, URIError

_NAMES = (
    "token",
    "object",
    "id",
    "type",
    "slot-id",
    "library-version",
    "pin-source",
    "module-name",
    "colour",
)
_VALUES = (
    "",
    "a",
    "%C3%BC",
    "%FF",
    "a b",
    "a&b",
    "private",
    "7",
    "1.2",
    "18446744073709551616",
    "/x?y",
    "%2",
)
_PARTS = st.tuples(st.sampled_from(_NAMES), st.sampled_from(("=", "")), st.sampled_from(_VALUES)).map("".join)
_TEXTS = st.tuples(
    st.sampled_from(("pkcs11:", "PKCS11:", "pkcs11", "")),
    st.lists(_PARTS, max_size=3).map(";".join),
    st.sampled_from(("", "?")),
    st.lists(_PARTS, max_size=2).map("&".join),
).map("".join)


def judge(text: str) -> UsageError | None:
    """Check a URI as the one of a signer named acme."""
    try:
        check_token_uri(text, where="iki.toml", key="signers.acme.token")
    except UsageError as error:
        return error
    return None


@settings(deadline=None, max_examples=50)
@given(_TEXTS | st.text(max_size=20).map("pkcs11:".__add__))
@example("pkcs11:token=a&b;object=c?module-name=x")
@example("pkcs11:token=a;token=b")
@example("pkcs11:slot-id=18446744073709551616")
@example("pkcs11:?")
def test_both_parsers_agree(text: str) -> None:
    """What the configuration lets through can be used, and nothing that can be used is refused."""
    assume("pin-value" not in unquote(text).lower())
    try:
        PKCS11URI.parse(text)
    except URIError:
        assert judge(text) is not None
    else:
        assert judge(text) is None


@pytest.mark.parametrize("text", ["pkcs11:token=27 1828", "pkcs11:id=271828;id=271828", "pkcs11:type=271828"])
def test_file_and_key_are_named_and_the_text_is_not(text: str) -> None:
    """A wrong setting, not a token's error; a PIN may stand in the wrong place."""
    error = judge(text)
    assert error is not None
    assert error.code == "configuration-invalid"
    assert error.message.startswith("iki.toml: signers.acme.token: has ")
    assert "271828" not in error.message + error.hint

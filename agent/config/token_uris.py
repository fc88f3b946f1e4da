"""A signer's PKCS#11 URI as far as it can be judged without a token: its grammar (RFC 7512 section 2.3).

Only the service may use the parser of the package hsm. A test holds the two together.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from agent.config.pin_tables import PIN_HINT
from agent.config.tables import invalid

_SCHEME: Final = "pkcs11:"
_IN_PATH: Final = frozenset(
    {
        *("token", "manufacturer", "serial", "model", "object", "type", "id"),
        *("library-manufacturer", "library-description", "library-version"),
        *("slot-manufacturer", "slot-description", "slot-id"),
    }
)
_IN_QUERY: Final = frozenset({"pin-source", "module-name", "module-path"})
_PATH_VALUE: Final = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*")
_QUERY_VALUE: Final = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=/?|]|%[0-9A-Fa-f]{2})*")
_VALUES: Final = {
    "type": re.compile("cert|data|private|public|secret-key"),
    "slot-id": re.compile("[0-9]{1,20}"),
    "library-version": re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3})?"),
}
_LARGEST_SLOT_ID: Final = 2**64 - 1
_HINT: Final = "`iki token list` and `iki key list` print URIs ready to paste"


def check_token_uri(text: str, *, where: str, key: str) -> None:
    """Refuse what is no PKCS#11 URI or carries a PIN; the text is never repeated, it may hold that PIN.

    Raises:
        UsageError: `configuration-invalid` naming the dotted key.

    """
    if "pin-value" in unquote(text).lower():
        raise invalid(
            where, key, "carries a pin-value; a PIN never stands in the configuration", hint=PIN_HINT
        )
    problem = _find_problem(text)
    if problem:
        raise invalid(where, key, problem, hint=_HINT)


def _find_problem(text: str) -> str:
    if text[: len(_SCHEME)].lower() != _SCHEME:  # schemes know no case (RFC 3986 section 3.1)
        return "is not a PKCS#11 URI (RFC 7512)"
    seen: set[str] = set()
    for part, in_query in _split(text[len(_SCHEME) :]):
        name, equals, value = part.partition("=")
        # An attribute of another name could be a mistyped pin-value: the whole URI goes into the audit log.
        if not equals or name not in (_IN_QUERY if in_query else _IN_PATH):
            return "has an attribute that is not one of PKCS#11 URIs (RFC 7512 2.3), or is used here"
        if name in seen:
            return f"has the attribute {name} twice"
        seen.add(name)
        problem = _find_problem_of(name, value, _QUERY_VALUE if in_query else _PATH_VALUE)
        if problem:
            return f"has a {name} that {problem}"
    return ""


def _split(rest: str) -> Iterator[tuple[str, bool]]:
    """List the attributes, and whether they stand behind the question mark."""
    path, question_mark, query = rest.partition("?")
    if path:
        yield from ((part, False) for part in path.split(";"))
    if question_mark:
        yield from ((part, True) for part in query.split("&"))


def _find_problem_of(name: str, value: str, characters: re.Pattern[str]) -> str:
    if not characters.fullmatch(value):
        return "holds a character to be written as %XX (a space is %20)"
    octets = unquote_to_bytes(value)
    if name == "id":
        return ""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return "is not UTF-8"
    wanted = _VALUES.get(name)
    if wanted is not None and not wanted.fullmatch(text):
        return "is none (RFC 7512 2.3)"
    return "is out of range" if name == "slot-id" and int(text) > _LARGEST_SLOT_ID else ""

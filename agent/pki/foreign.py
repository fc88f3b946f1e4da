"""What foreign libraries say of octets that they cannot read, in words short enough for a line."""

import re
from typing import Final

_KIND: Final = re.compile(r"ParseError \{ kind: (\w+)")
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST: Final = 200


def describe_foreign(error: Exception) -> str:
    """Word an error of cryptography or asn1crypto on one line of at most some 200 characters."""
    text = " ".join(str(error).split())
    if found := _KIND.search(text):
        return f"its DER is not what the standard says ({_WORD.sub(' ', found[1]).lower()})"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

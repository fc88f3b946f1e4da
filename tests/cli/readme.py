"""What README says that a command prints, without what differs each time."""

import re
from pathlib import Path

_README = Path(__file__).parents[2] / "README.md"
_VARIES = (
    (re.compile(r"/\S*/iki-demo-\w+"), "FOLDER"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"\b[0-9A-Fa-f]{40,64}\b"), "DIGITS"),
)


def read_block(introduction: str) -> str:
    """Read the block that follows a line of README."""
    _, _, rest = _README.read_text(encoding="utf-8").partition(introduction)
    return rest.partition("```\n")[2].partition("```\n")[0]


def without_what_varies(text: str) -> list[str]:
    """Write folder, times, digests and serial numbers as words."""
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text.splitlines()

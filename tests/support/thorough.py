"""How much of what could be tried without end is tried: little in `make test`, all in `make thorough`."""

import os
from typing import Final

THOROUGH: Final = bool(os.environ.get("IKI_THOROUGH"))
"""Every step, every attack at every door, and many instants and examples."""
EVERY_FOURTH: Final = slice(None, None, None if THOROUGH else 4)
"""What is taken of a list that others go through from end to end."""


def examples(few: int) -> int:
    """Return how many examples hypothesis makes, where these few take a second or more."""
    return few * 10 if THOROUGH else few

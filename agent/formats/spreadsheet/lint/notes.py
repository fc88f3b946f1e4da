"""Observations as they are made: a few of each kind and place with their cells, the others counted."""

from collections.abc import Iterator
from typing import Final

from agent.findings import Area, CellText, Lint, Observation

_SHOWN: Final = 5
"""Places of one lint on one sheet that are named one by one."""


MOST_AREAS: Final = 10_000
"""Places of one lint on one sheet that are kept because more is to be asked of them."""


class Notes:
    """Collects the observations about one sheet or part."""

    def __init__(self, place: str) -> None:
        """Start empty; `place` is where the surplus is counted."""
        self._place = place
        self._found: list[Observation] = []
        self._counts: dict[str, int] = {}
        self._seen: set[tuple[str, str, str]] = set()
        self._asked: set[str] = set()
        """Lints of which more is to be asked than where it was."""

    def add(
        self, lint: Lint, where: str, message: str, area: Area | None = None, *, text: CellText | None = None
    ) -> None:
        """Note one place; one with an area or a text is kept, because more is to be asked of it."""
        if (lint.code, where, message) in self._seen and text is None:
            return
        count = self._counts[lint.code] = self._counts.get(lint.code, 0) + 1
        if area is not None or text is not None:
            self._asked.add(lint.code)
        if count <= (MOST_AREAS if lint.code in self._asked else _SHOWN):
            self._found.append(Observation(lint.code, where, message, area, text=text))
            self._seen.add((lint.code, where, message))

    def keep(self, observation: Observation) -> None:
        """Take an observation that was made elsewhere, uncounted."""
        self._found.append(observation)

    def is_full(self, lint: Lint, most: int = _SHOWN) -> bool:
        """Tell whether more of this lint would only be counted."""
        return self._counts.get(lint.code, 0) >= most

    def __iter__(self) -> Iterator[Observation]:
        """Yield what was noted, then one line for what was only counted."""
        yield from self._found
        for code, count in self._counts.items():
            # Once it is full, rows that hold nothing else are passed over: there may be more.
            if count > (MOST_AREAS if code in self._asked else _SHOWN):
                kept = MOST_AREAS if code in self._asked else _SHOWN
                yield Observation(code, self._place, f"the same at {count - kept} or more other places")

"""Numbers for Prometheus, in its text format (version 0.0.4), without a library of its own."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from typing import Final

from agent.daemon.wire import TokenAnswer
from agent.dataclass import dataclass

MEDIA_TYPE: Final = "text/plain"
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Upper bounds of durations, in seconds."""


@dataclass(slots=True)
class _Durations:
    """A histogram."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(_BUCKETS) + 1))
    total: float = 0.0


class Metrics:
    """What was counted since the daemon started."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._requests = Counter[tuple[str, int]]()
        self._problems = Counter[str]()
        self._durations: dict[str, _Durations] = {}

    def count(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[operation, status] += 1
        durations = self._durations.setdefault(operation, _Durations())
        durations.counts[bisect_left(_BUCKETS, seconds)] += 1
        durations.total += seconds

    def count_problem(self, code: str) -> None:
        """Count one problem by its code; there are as many codes as the program has."""
        self._problems[code] += 1

    def list_lines(self, active: int, waiting: int, tokens: list[TokenAnswer]) -> Iterator[str]:
        """Yield the lines."""
        yield from _head("iki_requests_total", "counter", "Requests by operation and HTTP status.")
        for (operation, status), count in sorted(self._requests.items()):
            yield f'iki_requests_total{{operation="{operation}",status="{status}"}} {count}'
        yield from _head("iki_problems_total", "counter", "Problems by their code.")
        for code, count in sorted(self._problems.items()):
            yield f'iki_problems_total{{code="{code}"}} {count}'
        yield from _head("iki_request_duration_seconds", "histogram", "Time from request to answer.")
        for operation, durations in sorted(self._durations.items()):
            yield from _list_buckets(operation, durations)
        yield from _head("iki_requests_active", "gauge", "Requests that are worked on.")
        yield f"iki_requests_active {active}"
        yield from _head("iki_requests_waiting", "gauge", "Requests that wait for their turn.")
        yield f"iki_requests_waiting {waiting}"
        yield from _head("iki_token_unlocked", "gauge", "Whether a token is logged in to.")
        for token in tokens:
            yield f'iki_token_unlocked{{token="{_escape(token.uri)}"}} {int(token.state == "unlocked")}'
        yield from _head("iki_token_ready", "gauge", "Whether a token can be expected to sign.")
        for token in tokens:
            yield f'iki_token_ready{{token="{_escape(token.uri)}"}} {int(token.ready)}'


def _list_buckets(operation: str, durations: _Durations) -> Iterator[str]:
    name, label, count = "iki_request_duration_seconds", f'operation="{operation}"', 0
    for bound, here in zip((*map(str, _BUCKETS), "+Inf"), durations.counts, strict=True):
        count += here
        yield f'{name}_bucket{{{label},le="{bound}"}} {count}'
    yield f"{name}_sum{{{label}}} {durations.total:.6f}"
    yield f"{name}_count{{{label}}} {count}"


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

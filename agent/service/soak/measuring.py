"""Signatures by several threads for a while, and how long each took."""

import os
import threading
import time
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime

from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.policy.authorization import authorize_soak, soak_octets
from agent.service.keys import SignerKey

_NONCE_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Level:
    """What one number of sessions came to."""

    sessions: int
    signatures: int
    per_second: float
    latencies_ms: tuple[float, float, float, float]
    """Median, 95th and 99th percentile, and the longest, in milliseconds; zeros without a signature."""
    problem: IkiError | None
    """What ended it early."""


def sign_once(key: SignerKey) -> float:
    """Sign one TEST digest; returns the seconds that it took.

    Raises:
        TokenError: what the token said; `signature-rubbish`.

    """
    key.prepare()
    now = datetime.now(UTC)
    nonce = os.urandom(_NONCE_OCTETS)
    grant = authorize_soak(key.public_key, nonce, now)
    started = time.perf_counter()
    key.sign(grant, now, soak_octets(nonce))
    return time.perf_counter() - started


def measure_level(key: SignerKey, sessions: int, seconds: float) -> Level:
    """Sign with this many threads for this long; the first error ends it."""
    took = array("d")  # an hour of a fast token is millions of them
    problems: list[IkiError] = []
    started = time.perf_counter()

    def work() -> None:
        while not problems and time.perf_counter() - started < seconds:
            try:
                took.append(sign_once(key))
            except IkiError as error:
                problems.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    latencies = compute_percentiles(took)
    return Level(sessions, len(took), len(took) / elapsed, latencies, problems[0] if problems else None)


def compute_percentiles(took: Sequence[float]) -> tuple[float, float, float, float]:
    """Compute median, 95th, 99th percentile (nearest rank) and maximum, in milliseconds."""
    if not took:
        return 0.0, 0.0, 0.0, 0.0
    ordered = sorted(took)
    ranks = (max(-(-len(ordered) * share // 100), 1) - 1 for share in (50, 95, 99, 100))
    p50, p95, p99, longest = (ordered[rank] * 1000 for rank in ranks)
    return p50, p95, p99, longest


def choose_sessions(levels: Sequence[Level]) -> int:
    """Choose the fewest sessions that come within a tenth of the best throughput, without an error."""
    good = [level for level in levels if level.problem is None]
    best = max((level.per_second for level in good), default=0.0)
    return next((level.sessions for level in good if level.per_second >= 0.9 * best), 1)

"""How long a target is fuzzed in the suite: the same few examples in every run, in seconds."""

from hypothesis import HealthCheck, settings

FAST = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""For targets that verify a whole document."""
FAST_PARSER = settings(FAST, max_examples=100)
"""For targets that parse a few hundred octets."""

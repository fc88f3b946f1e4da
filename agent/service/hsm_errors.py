"""The border to the HSM package: its errors become ours here."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import TokenError
from hsm import HSMError


@contextmanager
def translating_hsm_errors() -> Iterator[None]:
    """Turn the HSM package's errors into TokenError, with code and hint kept."""
    try:
        yield
    except HSMError as error:
        raise TokenError(error.code, error.message, hint=error.hint) from error

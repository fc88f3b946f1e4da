"""Instants: always aware, always UTC, always written the same way."""

from datetime import UTC, datetime

from agent.errors import UsageError


def format_instant(instant: datetime) -> str:
    """Write an aware instant as `2026-11-22T09:00:00Z` (XML Schema dateTime, whole seconds)."""
    utc = instant.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return f"{utc.isoformat()}Z"


def parse_instant(text: str) -> datetime:
    """Parse ISO 8601; a date alone is its first instant, a missing offset is UTC.

    Raises:
        UsageError: `instant-malformed` when the text is not an instant.

    """
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            "instant-malformed",
            f"not a date or time: {text!r}",
            hint="write it like 2026-11-22 or 2026-11-22T09:00:00Z",
        ) from error

"""`[timestamp]`: the authorities that prove when a signature was there (RFC 3161)."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from agent.config.crl import split_sources
from agent.config.fetching import FetchLimits, check_url
from agent.config.paths import resolve_paths
from agent.config.raw import RawTimestamp
from agent.config.tables import check_distinct, invalid, is_object_identifier
from agent.dataclass import dataclass

_NO_REDIRECTS = 0
"""What a TSA was asked is not for whoever it points at."""
_LIMITS = FetchLimits(timedelta(seconds=10), 64 * 1024, _NO_REDIRECTS)


@dataclass(frozen=True, slots=True)
class TimestampSettings:
    """Whom to ask for timestamps, and whom to believe; the default asks and believes nobody."""

    urls: tuple[str, ...] = ()
    """Asked in this order, until one answers with a timestamp that proves its time."""
    trust_anchors: tuple[Path, ...] = ()
    """Files or folders, absolute: certificates that the path of a TSA's certificate may end at."""
    crls: tuple[Path, ...] = ()
    """Files or folders, absolute, with lists of the TSAs' issuers."""
    crl_urls: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    """Dotted TSA policies of which a timestamp must carry one; empty accepts any."""
    limits: FetchLimits = _LIMITS
    """Of asking one TSA."""


def build_timestamp_settings(raw: RawTimestamp, *, folder: Path, where: str) -> TimestampSettings:
    """Build the settings; relative files are relative to `folder`.

    Raises:
        UsageError: `configuration-invalid`.

    """
    if not raw.trust_anchors:
        raise invalid(where, "timestamp.trust_anchors", "is empty; no timestamp could ever prove anything")
    _check_policies(raw.policies, where)
    check_distinct(raw.urls, where=where, key="timestamp.urls")
    crls, crl_urls = split_sources(raw.crls, folder=folder, where=where, key="timestamp.crls")
    return TimestampSettings(
        urls=tuple(
            check_url(url, where=where, key=f"timestamp.urls[{position}]")
            for position, url in enumerate(raw.urls)
        ),
        trust_anchors=resolve_paths(
            raw.trust_anchors, folder=folder, where=where, key="timestamp.trust_anchors"
        ),
        crls=crls,
        crl_urls=crl_urls,
        policies=tuple(raw.policies),
        limits=FetchLimits(timedelta(seconds=raw.timeout_seconds), raw.max_bytes, _NO_REDIRECTS),
    )


def _check_policies(policies: Sequence[str], where: str) -> None:
    for position, policy in enumerate(policies):
        if not is_object_identifier(policy):
            key = f"timestamp.policies[{position}]"
            raise invalid(where, key, "expected a dotted object identifier")
    check_distinct(policies, where=where, key="timestamp.policies")

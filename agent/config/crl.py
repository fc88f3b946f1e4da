"""`[crl]` and the CRL sources of `[trust]`: where lists come from, are kept, how far to go for one."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from agent.config.fetching import FetchLimits, check_url
from agent.config.paths import resolve_path
from agent.config.raw import RawCRL
from agent.config.tables import check_distinct
from agent.dataclass import dataclass

_LIMITS = FetchLimits(timedelta(seconds=30), 256 * 1024 * 1024, 5)


@dataclass(frozen=True, slots=True)
class CRLSettings:
    """`[crl]`: the store of CRLs, and the limits of fetching one."""

    store: Path | None = None
    """The store's file; None means the user's state folder, which only the service knows."""
    fetch_on_demand: bool = True
    """Whether signing fetches a configured URL's list when the one kept is missing or past nextUpdate."""
    distribution_points: bool = False
    """Whether the URLs that certificates name (cRLDistributionPoints) are fetched too."""
    limits: FetchLimits = _LIMITS
    """Of fetching one CRL."""


def build_crl_settings(raw: RawCRL, *, folder: Path, where: str) -> CRLSettings:
    """Build the settings; a relative store is relative to `folder`.

    Raises:
        UsageError: `configuration-invalid`.

    """
    store = raw.store
    return CRLSettings(
        store=None if store is None else resolve_path(store, folder=folder, where=where, key="crl.store"),
        fetch_on_demand=raw.fetch_on_demand,
        distribution_points=raw.distribution_points,
        limits=FetchLimits(timedelta(seconds=raw.timeout_seconds), raw.max_bytes, raw.max_redirects),
    )


def split_sources(
    texts: Sequence[str], *, folder: Path, where: str, key: str
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Tell files and folders from URLs, each in the order written.

    Raises:
        UsageError: `configuration-invalid` for a URL that is not http or https, a wrong path, or a source
            that is there twice.

    """
    paths: list[Path] = []
    urls: list[str] = []
    sources: list[object] = []
    for position, text in enumerate(texts):
        place = f"{key}[{position}]"
        if "://" in text:
            sources.append(check_url(text, where=where, key=place))
            urls.append(text)
        else:
            paths.append(resolve_path(text, folder=folder, where=where, key=place))
            sources.append(paths[-1])
    check_distinct(sources, where=where, key=key)
    return tuple(paths), tuple(urls)

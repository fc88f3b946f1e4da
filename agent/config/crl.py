"""`[crl]` and the CRL sources of `[trust]`: where lists come from, are kept, how far to go for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from agent.config.paths import resolve_path
from agent.config.raw import RawCRL
from agent.config.tables import check_distinct, invalid

_MEBIBYTE = 1024 * 1024
_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class CRLSettings:
    """`[crl]`: the store of CRLs, and the limits of fetching one."""

    store: Path | None = None
    """The store's file; None means the user's state folder, which only the service knows."""
    fetch_on_demand: bool = True
    """Whether signing fetches a configured URL's list when the one kept is missing or past nextUpdate."""
    distribution_points: bool = False
    """Whether the URLs that certificates name (cRLDistributionPoints) are fetched too."""
    timeout: timedelta = timedelta(seconds=30)
    """For one fetch as a whole, redirects included."""
    max_bytes: int = 256 * _MEBIBYTE
    """Octets of one CRL; itself still accepted."""
    max_redirects: int = 5
    """Redirects followed in one fetch."""


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
        timeout=timedelta(seconds=raw.timeout_seconds),
        max_bytes=raw.max_bytes,
        max_redirects=raw.max_redirects,
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


def check_url(text: str, *, where: str, key: str) -> str:
    """Return a URL that lists may be fetched from.

    Raises:
        UsageError: `configuration-invalid` for another scheme, no host, a password, or what is no URL.

    """
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError as error:
        raise invalid(where, key, f"is no URL: {error}") from error
    if parts.scheme not in _SCHEMES:
        raise invalid(where, key, f"has the scheme {parts.scheme!r}; only http and https are fetched")
    if not parts.hostname or not port_is_right or not text.isascii() or not text.isprintable() or " " in text:
        raise invalid(where, key, "is no URL of a host")
    if parts.username is not None:
        raise invalid(where, key, "holds a user name; CRLs are published to everyone")
    return text

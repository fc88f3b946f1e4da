"""Paths in a configuration file: relative ones are relative to that file, wherever `iki` is started."""

from collections.abc import Sequence
from pathlib import Path

from agent.config.tables import check_distinct, invalid


def resolve_path(text: str, *, folder: Path, where: str, key: str) -> Path:
    """Build the path that a setting names; `~` and variables are not expanded.

    Raises:
        UsageError: `configuration-invalid` for an empty path or one with a NUL.

    """
    if not text:
        raise invalid(where, key, "is empty; expected a path")
    if "\0" in text:
        raise invalid(where, key, "is no path: it contains a NUL")
    return folder / text


def resolve_paths(texts: Sequence[str], *, folder: Path, where: str, key: str) -> tuple[Path, ...]:
    """Build the paths of a list, in its order.

    Raises:
        UsageError: `configuration-invalid` for a wrong path, or one that is there twice.

    """
    paths = tuple(
        resolve_path(text, folder=folder, where=where, key=f"{key}[{position}]")
        for position, text in enumerate(texts)
    )
    check_distinct(paths, where=where, key=key)
    return paths

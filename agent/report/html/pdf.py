"""The page as PDF, by WeasyPrint: an optional extra, for its libraries are many."""

import importlib
import importlib.util
from typing import Any, NoReturn

from agent.errors import UsageError

_MODULE = "weasyprint"


def check_pdf() -> None:
    """Check that PDFs can be made here.

    Raises:
        UsageError: `report-pdf-unavailable`.

    """
    _load()


def to_pdf(page: str) -> bytes:
    """Lay the page out on A4.

    Raises:
        UsageError: `report-pdf-unavailable`.

    """
    made = _load().HTML(string=page, url_fetcher=_fetch_nothing).write_pdf()
    return bytes(made)


def _load() -> Any:
    try:
        return importlib.import_module(_MODULE)
    except (ImportError, OSError) as error:
        # OSError is what a missing Pango looks like.
        raise UsageError(
            "report-pdf-unavailable",
            f"PDF reports need WeasyPrint and the system library Pango: {error}".splitlines()[0],
            hint="install iki-agent[pdf] and Pango, or ask for OUT.html and print that",
        ) from error


def _fetch_nothing(url: str, *_: object, **__: object) -> NoReturn:
    """The page refers to nothing outside; were it made to, it would not be fetched."""
    raise ValueError(f"not fetched: {url[:100]}")

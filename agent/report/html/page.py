"""The page, rendered: one HTML file with its styles and pictures inside, without script."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import PurePath
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from agent import __version__
from agent.findings import Level
from agent.formats.package.places import PlaceState
from agent.report.html.entries import EntriesView, list_entries
from agent.report.html.material import ReportMaterial
from agent.report.html.pictures import draw_coverage
from agent.report.html.reproduce import list_steps
from agent.report.html.signatures import list_signatures
from agent.report.html.words import LEVELS, MEANINGS, VERDICTS, count_warnings, explain, spell_instant
from agent.report.inspection_report import STATES
from agent.report.verdict_report import ROLE_BASIS

_TEMPLATE: Final = "report.html.j2"
_STYLE: Final = "style.css"
_ROW_NUMBER: Final = 6
"""Characters in the column of row numbers."""
_BEYOND: Final = 40
_EDGES: Final = 1
"""Characters that the edges of a cell take on paper."""


def render_page(material: ReportMaterial, *, made_at: datetime) -> Iterator[str]:
    """Render the page in portions; `made_at` is the instant it says it was made at."""
    verdict, inspection = material.verdict, material.inspection
    signatures = list_signatures(verdict.signatures)
    entries = list_entries(inspection.view, verdict.findings) if inspection else None
    style = _load_style() + (_size_columns(entries) if entries else "")
    yield from _load_template().generate(
        style=style,
        style_hash=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        file=PurePath(verdict.file).name,
        material=material,
        verdict=verdict,
        word=VERDICTS[verdict.verdict.indication],
        with_warnings=count_warnings(verdict),
        meaning=MEANINGS[verdict.verdict.indication],
        reason=explain(verdict.verdict),
        signatures=signatures,
        findings=verdict.findings,
        levels=LEVELS,
        refuse=Level.REFUSE,
        role_basis=ROLE_BASIS[verdict.role_basis],
        entries=entries,
        coverage=draw_coverage(inspection) if inspection else None,
        states=STATES,
        state_order=tuple(PlaceState),
        steps=list_steps(material, signatures),
        judged_at=spell_instant(verdict.at),
        made_at=spell_instant(made_at),
        version=__version__,
    )


def _size_columns(entries: EntriesView) -> str:
    """Style the table so that nobody need look at all its cells to lay out those in sight, or of one page.

    On paper the columns share the width of the page.
    """
    widths = [_ROW_NUMBER, *entries.widths, *([_BEYOND] if entries.has_beyond else [])]
    chunk = f"width: max(100%, calc({sum(widths)}ch + {1.1 * len(widths):.1f}rem));"
    height = (1.25 * entries.lines + 0.5) * len(next(entries.chunks, ()))
    shares = [100 * (width + _EDGES) / (sum(widths) + _EDGES * len(widths)) for width in widths]
    rules = (
        "@media screen {",
        f".chunk {{ {chunk} contain-intrinsic-block-size: auto {height:.0f}rem; }}",
        *_style_columns(f"calc({width}ch + 1.1rem)" for width in widths),
        "}",
        "@media print {",
        *_style_columns(f"{share:.2f}%" for share in shares),
        "}",
        "",
    )
    return "\n".join(rules)


def _style_columns(widths: Iterable[str]) -> Iterator[str]:
    for number, width in enumerate(widths, 1):
        yield f".entries col:nth-child({number}) {{ width: {width}; }}"


@cache
def _environment() -> Environment:
    # Everything that a file or certificate says is escaped; a name that the template gets wrong is an error.
    return Environment(
        loader=PackageLoader("agent.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _load_template() -> Template:
    return _environment().get_template(_TEMPLATE)


@cache
def _load_style() -> str:
    loader = _environment().loader
    assert loader is not None  # noqa: S101 - given above
    return loader.get_source(_environment(), _STYLE)[0]

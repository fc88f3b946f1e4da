"""The pictures of the page: where everything is drawn; the template draws it as inline SVG.

Lengths are CSS pixels. State is told by shape and by word, never by colour alone.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.dataclass import dataclass
from agent.formats.inspection import Inspection
from agent.formats.package.places import Place, PlaceState
from agent.report.html.certificates import CertificateView
from agent.report.inspection_report import STATES

_WIDTH: Final = 680
_BOX: Final = 64
_GAP: Final = 26
_LINE: Final = 76
"""Characters that fit in a line of a box."""
_PLACES: Final = 30
_WORST: Final = tuple(PlaceState)
_HARMLESS: Final = (PlaceState.BY_RULE, PlaceState.COVERED)
_NAME: Final = 62
_ROW: Final = 22
_HEAD: Final = 34
_COLUMN: Final = 96


@dataclass(frozen=True, slots=True)
class ChainBox:
    """A certificate in the picture of a chain."""

    y: int
    title: str
    lines: tuple[str, ...]
    is_sound: bool


@dataclass(frozen=True, slots=True)
class ChainPicture:
    """A chain, the trust anchor on top; each box points to what it certifies."""

    width: int
    height: int
    box: int
    """Height of a box."""
    boxes: tuple[ChainBox, ...]
    description: str


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A part, or places that are all in the same states, and what each signature says of it."""

    y: int
    name: str
    states: tuple[PlaceState, ...]


@dataclass(frozen=True, slots=True)
class CoveragePicture:
    """Which signature covers what."""

    width: int
    height: int
    names: int
    """Where the names begin."""
    columns: tuple[tuple[int, str], ...]
    """Middle of each signature's column, and its heading."""
    rows: tuple[CoverageRow, ...]
    description: str


def draw_chain(certificates: Sequence[CertificateView]) -> ChainPicture:
    """Draw a chain; `certificates` has the signer first and at least one member."""
    boxes = tuple(
        ChainBox(
            y=number * (_BOX + _GAP),
            title=_shorten(f"{view.what}: {view.name}", _LINE),
            lines=(
                f"valid from {view.valid_from} until {view.valid_until}",
                _shorten(view.revocation, _LINE + 12),
            ),
            is_sound=view.is_sound,
        )
        for number, view in enumerate(reversed(certificates))
    )
    told = "; ".join(f"{view.what} {view.name}, {view.revocation}" for view in reversed(certificates))
    return ChainPicture(
        _WIDTH, len(boxes) * (_BOX + _GAP) - _GAP, _BOX, boxes, f"Chain of certificates: {told}"
    )


def draw_coverage(inspection: Inspection) -> CoveragePicture | None:
    """Draw what each signature covers, the worst first; None without signatures."""
    records = inspection.record.signatures
    if not records:
        return None
    listed = _rows(inspection.places)
    columns = tuple((_COLUMN * number + _COLUMN // 2, f"by {number + 1}") for number in range(len(records)))
    rows = tuple(
        CoverageRow(_HEAD + number * _ROW, name, states) for number, (name, states) in enumerate(listed)
    )
    names = _COLUMN * len(records) + 8
    height = _HEAD + len(rows) * _ROW
    return CoveragePicture(max(_WIDTH, names + 420), height, names, columns, rows, _tell(inspection))


def _rows(places: Sequence[Place]) -> list[tuple[str, tuple[PlaceState, ...]]]:
    """Give a line to each part and to what is wrong; relationships that are as they must be are counted."""
    single = [place for place in places if not (place.is_relationship and _is_harmless(place))]
    single.sort(key=lambda place: min(map(_WORST.index, place.states)))
    rows = [(_shorten(place.name, _NAME), place.states) for place in single[:_PLACES]]
    rest = Counter(
        (place.is_relationship, place.states)
        for place in places
        if place in single[_PLACES:] or (place.is_relationship and _is_harmless(place))
    )
    for (is_relationship, states), count in rest.items():
        what = "relationship" if is_relationship else "part"
        more = "more " if any(place.is_relationship == is_relationship for place in single[:_PLACES]) else ""
        rows.append((f"{count} {more}{what}{'' if count == 1 else 's'}", states))
    return rows


def _is_harmless(place: Place) -> bool:
    return all(state in _HARMLESS for state in place.states)


def _tell(inspection: Inspection) -> str:
    """Say in words what the picture shows."""
    told = []
    for number, record in enumerate(inspection.record.signatures):
        counts = Counter(place.states[number] for place in inspection.places)
        states = ", ".join(f"{counts[state]} {STATES[state]}" for state in PlaceState if counts[state])
        told.append(f"signature {number + 1} ({record.claimed_role or 'no role'}): {states}")
    return f"Parts and relationships by signature: {'; '.join(told)}"


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"

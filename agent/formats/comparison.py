"""What the comparison of two workbooks shows: packages, signatures, sheets and cells."""

from collections.abc import Iterable

from agent.dataclass import dataclass
from agent.formats.package.compare import Change, PackageChanges
from agent.formats.records import SignatureRecord
from agent.formats.spreadsheet import CellChange, Sheet


@dataclass(frozen=True, slots=True)
class SignatureChange:
    """A signature that differs: by the name of its part, for that is where it stands."""

    part: str
    a: SignatureRecord | None
    b: SignatureRecord | None

    @property
    def change(self) -> Change:
        """How it differs."""
        return Change.between(self.a, self.b)


@dataclass(frozen=True, slots=True)
class SheetChange:
    """A sheet that only one workbook has, or whose place, name's letter case, state or part differs."""

    a: Sheet | None
    b: Sheet | None
    position_a: int | None
    """From 1, in the order of the tabs."""
    position_b: int | None

    @property
    def change(self) -> Change:
        """How it differs."""
        return Change.between(self.a, self.b)


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """One of the two files."""

    file: str
    sha256: str
    """Hex."""
    signatures: tuple[SignatureRecord, ...]
    """All of them, those that do not differ too."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between A and B."""

    a: ComparedFile
    b: ComparedFile
    package: PackageChanges
    signatures: tuple[SignatureChange, ...]
    sheets: tuple[SheetChange, ...]
    invisible: frozenset[str]
    """Changed parts by which no cell's value differs: formats, formulas with the same result, settings."""
    restyled: int
    """Cells with the same value and another index into the styles."""
    cell_count: int
    """Cells whose value differs."""
    shown: int
    """How many of them `cells` has, from the first on."""
    cells: Iterable[CellChange]
    """Read as it is gone through, once."""

    @property
    def same_octets(self) -> bool:
        """Whether the files are the same, octet for octet."""
        return self.a.sha256 == self.b.sha256

    @property
    def same(self) -> bool:
        """Whether the packages are the same; their zips may be written in two ways."""
        return not self.package

    @property
    def same_content(self) -> bool:
        """Whether nothing differs but the signatures."""
        return self.package.same_content

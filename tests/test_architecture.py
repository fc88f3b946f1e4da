"""What import-linter cannot see of the architecture: submodules of foreign packages, calls, sizes, names."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE_ROOMS = ("agent/config", "agent/cpl", "agent/formats", "agent/pki", "agent/policy")

# Foreign module -> the rooms that may import it (architecture.md, "Rooms and doors").
DOORS = {
    "cryptography.x509": ("agent/lab", "agent/pki", "hsm"),
    "zipfile": ("agent/formats",),
    "urllib.request": ("agent/service",),
    "http": ("agent/daemon", "agent/lab", "agent/service"),
}

# Calls that read the wall clock; a pure room is told the time.
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic")

MAX_FILE_LINES = 300
MAX_BODY_LINES = 50  # the hard stop; 30 is the aim
VAGUE_ENDINGS = ("Manager", "Helper", "Util", "Utils", "Handler", "Info")


def list_sources(*folders: str) -> list[Path]:
    """List the Python files under the folders, in a stable order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def parse_source(path: Path) -> ast.Module:
    """Parse one file of the tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def list_imports(path: Path) -> Iterator[tuple[int, str]]:
    """List line and dotted name of every absolute import, `from a import b` as `a.b`."""
    for node in ast.walk(parse_source(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def place(path: Path, line: int, what: str) -> str:
    """Name a place as an editor understands it."""
    return f"{path.relative_to(ROOT)}:{line}: {what}"


def is_inside(path: Path, rooms: tuple[str, ...]) -> bool:
    """Tell whether the file belongs to one of the rooms."""
    return any(path.is_relative_to(ROOT / room) for room in rooms)


@pytest.mark.parametrize("module", DOORS)
def test_a_foreign_module_is_imported_only_where_its_door_is(module: str) -> None:
    """Certificates, containers and the network each have one room that may touch the library for them."""
    intruders = [
        place(path, line, name)
        for path in list_sources("agent", "hsm")
        if not is_inside(path, DOORS[module])
        for line, name in list_imports(path)
        if f"{name}.".startswith(f"{module}.")
    ]
    assert intruders == []


def test_a_pure_room_never_asks_what_time_it_is() -> None:
    """Rules, paths and formats get the time as a parameter, so that a verdict can be reproduced next year."""
    askers = [
        place(path, node.lineno, ast.unparse(node.func))
        for path in list_sources(*PURE_ROOMS)
        for node in ast.walk(parse_source(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(CLOCKS)
    ]
    assert askers == []


def test_no_relative_import_hides_a_direction() -> None:
    """Every import names its room, so that a reader and the linter see the same arrow."""
    relative = [
        place(path, node.lineno, "relative import")
        for path in list_sources("agent", "hsm", "tests")
        for node in ast.walk(parse_source(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_dataclasses_are_defined_at_little_cost() -> None:
    """A command imports hundreds of dataclasses: `agent.dataclass` compiles no unused one."""
    costly = [
        place(path, line, name)
        for path in list_sources("agent")
        if path != ROOT / "agent" / "dataclass.py"
        for line, name in list_imports(path)
        if name == "dataclasses.dataclass"
    ]
    assert costly == []


def test_files_stay_small() -> None:
    """A file holds one responsibility and fits in a head: at most 300 lines."""
    long_files = [
        place(path, len(lines), "too long")
        for path in list_sources("agent", "hsm", "tests")
        if len(lines := path.read_text(encoding="utf-8").splitlines()) > MAX_FILE_LINES
    ]
    assert long_files == []


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_stay_small() -> None:
    """No function body passes the hard stop of 50 lines."""
    long_functions = [
        place(path, node.lineno, f"{node.name} has {body_lines(node)} lines")
        for path in list_sources("agent", "hsm", "tests")
        for node in ast.walk(parse_source(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > MAX_BODY_LINES
    ]
    assert long_functions == []


def test_no_class_has_a_name_that_says_nothing() -> None:
    """Classes carry the standard's word for the thing, never a word for any thing."""
    vague = [
        place(path, node.lineno, node.name)
        for path in list_sources("agent", "hsm")
        for node in ast.walk(parse_source(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith(VAGUE_ENDINGS)
    ]
    assert vague == []

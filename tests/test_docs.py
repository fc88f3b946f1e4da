"""A page that no page leads to is not read."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _links(page: Path) -> set[Path]:
    """List what a page links to in this tree."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}


def test_every_page_is_reached_from_the_readme() -> None:
    """And what is linked to is there."""
    todo, seen = [ROOT / "README.md"], set[Path]()
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        assert page.exists()
        seen.add(page)
        if page.suffix == ".md":
            todo += _links(page)
    pages = set((ROOT / "docs").rglob("*.md")) - seen
    assert pages == set()

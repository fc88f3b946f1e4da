"""The page of results is the page of this tree."""

from tests.conformance.page import PAGE, judge_edge_values, judge_pkits, render


def test_the_page_is_current() -> None:
    """docs/conformance.md says what a run of now says; `make conformance` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == render(judge_pkits(), judge_edge_values())

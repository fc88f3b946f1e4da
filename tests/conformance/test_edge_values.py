"""Signature values at the edges: accepted or refused as the standards say, with one code."""

import pytest

from tests.conformance.edge_values import FAMILIES, list_edge_values, run
from tests.conformance.judging import Opinion

_WRONG = Opinion(valid=False, why="signature-value-wrong")


@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_judged_as_the_standards_say(family: str) -> None:
    """Only a right value in its one encoding is a signature; the rest is refused, never an error of ours."""
    values = list_edge_values(family)
    assert sum(edge.valid for edge in values) >= 2
    expected = {edge.name: Opinion(valid=True) if edge.valid else _WRONG for edge in values}
    assert {edge.name: run(edge) for edge in values} == expected

"""This program beside openssl and pyhanko-certvalidator, over PKIs with one or two faults each."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.conformance.differential import Tally, compare
from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.plans import CHANGES, Case, Fault, cases

_FEW = 100
_EXAMPLES = int(os.environ.get("IKI_CONFORMANCE_CASES", _FEW))
_KINDS = ("ec-p256",) * 4


@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    database=None,
    derandomize=_EXAMPLES <= _FEW,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_the_judges_agree(case: Case, tmp_path: Path) -> None:
    """Whatever is wrong with a chain, three programs say the same of it, or an exception says why."""
    compare(case, tmp_path, Tally())


_EXCUSED = sorted(
    (name, {"anchor": 0, "end entity": 3}.get(exception.where, 2))
    for exception in EXCEPTIONS
    for name in exception.faults
)


@pytest.mark.parametrize("fault", sorted(set(_EXCUSED)), ids=lambda fault: f"{fault[0]}-{fault[1]}")
def test_an_exception_excuses_one_fault(fault: Fault, tmp_path: Path) -> None:
    """Without the fault that an exception is about, the judges agree."""
    assert fault[0] in CHANGES
    compare(Case(_KINDS, faults=(fault,)), tmp_path, Tally())

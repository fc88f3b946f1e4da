"""NIST's PKITS: the same answer as NIST's for every test that is not skipped for a reason."""

import pytest

from tests.conformance.pkits import SKIPPED, load_suite, run
from tests.conformance.pkits_table import PKITSTest, list_tests

_TESTS = list_tests()
_TESTS_OF_THE_DOCUMENT = 224


@pytest.mark.parametrize("test", _TESTS, ids=lambda test: f"{test.number}-{test.name}")
def test_nist_agrees(test: PKITSTest) -> None:
    """The path validates exactly when NIST says so; what is skipped is refused, never accepted."""
    opinion = run(test)
    if test.number in SKIPPED:
        assert not opinion.valid
        pytest.skip(SKIPPED[test.number])
    assert opinion.valid == test.valid, opinion.why


def test_every_test_of_the_suite_is_in_the_table() -> None:
    """Each end-entity certificate has its test, each number of the document its line, each skip its test."""
    suite = load_suite()
    named = {name.removesuffix("EE") for name in (*suite.certificates, *suite.refused) if name.endswith("EE")}
    assert named == {test.name for test in _TESTS}
    assert len({(test.section, test.name) for test in _TESTS}) == _TESTS_OF_THE_DOCUMENT
    assert set(SKIPPED) <= {test.number for test in _TESTS}


def test_only_what_nist_broke_cannot_be_read() -> None:
    """Signatures with unused bits and keys without their parameters: nothing else is refused unread."""
    assert set(load_suite().refused) == {
        "BadCRLSignatureCACRL",
        "BadSignedCACert",
        "DSAParametersInheritedCACert",
        "InvalidDSASignatureTest6EE",
        "ValidDSAParameterInheritanceTest5EE",
    }

"""NIST's PKITS: the same answer as NIST's for every test that is not skipped for a reason."""

import pytest

from agent.pki.certificate import SigningCertificate
from agent.pki.path import find_path
from tests.conformance.pkits import AT, SKIPPED, load_suite, run
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


def test_the_library_agrees_on_every_signature() -> None:
    """Each step of each path that is found is issued by the one above it in the library's judgement too."""
    suite = load_suite()
    anchor = suite.certificates["TrustAnchorRootCertificate"]
    steps = set[tuple[SigningCertificate, SigningCertificate]]()
    for test in _TESTS:
        if test.valid and test.number not in SKIPPED:
            certificate = suite.certificates[f"{test.name}EE"]
            path = find_path(certificate, intermediates=suite.issuers, anchors=[anchor], at=AT)
            steps.update(path.issued)
    same = [pair for pair in steps if pair[0].issuer_name.der == pair[1].subject_name.der]
    for certificate, issuer in same:  # the others' names differ in octets, and it compares those
        certificate.library.verify_directly_issued_by(issuer.library)
    assert len(same) > len(steps) * 0.9


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

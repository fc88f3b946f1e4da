"""Certification paths: what a CA may do, and which CA it is."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from agent.pki.path import PathError
from tests.pki.paths import (
    INVALID,
    NOT_FOUND,
    UNKNOWN,
    find,
    make_below,
    make_chain,
    refused,
)
from tests.pki.support import (
    BEGIN,
    DAY,
    SIGNER_EXTENSIONS,
    Extensions,
    ca_extensions,
    make_hierarchy,
    make_key,
    make_name,
    make_party,
    usage,
)


@pytest.mark.parametrize(
    "extensions",
    [
        [],
        [(usage("key_cert_sign", "crl_sign"), True)],
        [(x509.BasicConstraints(ca=False, path_length=None), True), (usage("key_cert_sign"), True)],
        [(x509.BasicConstraints(ca=True, path_length=None), True), (usage("crl_sign"), True)],
        [*ca_extensions(), (UNKNOWN, True)],
        [*ca_extensions(), (x509.PolicyConstraints(0, None), True)],
    ],
    ids=["none", "no-bc", "not-ca", "no-certsign", "unknown", "policy-constraints"],
)
def test_an_issuer_must_be_allowed_to_issue(extensions: Extensions) -> None:
    """BasicConstraints, keyCertSign, and no critical extension that is not processed."""
    assert refused(*make_below(extensions)) == INVALID


@pytest.mark.parametrize("which", ["rsa-1024", "curve"])
def test_an_issuer_with_a_weak_key_is_refused(which: str) -> None:
    """A short modulus or an unlisted curve above the signer is as bad as the signer's own."""
    key = make_key("weak", which) if which != "curve" else ec.generate_private_key(ec.SECP256K1())
    assert refused(*make_below(ca_extensions(), key=key)) == INVALID


def test_key_usage_of_a_ca_may_be_absent() -> None:
    """RFC 5280 clause 6.1.4 (n) asks for keyCertSign only where the extension is."""
    signer, intermediates, anchors = make_below([(x509.BasicConstraints(ca=True, path_length=None), True)])
    assert find(signer, intermediates, anchors).end_entity == signer.certificate


@pytest.mark.parametrize(
    ("path_length", "between", "valid"),
    [(None, 3, True), (0, 0, True), (0, 1, False), (1, 1, True), (1, 2, False), (2, 2, True)],
)
def test_path_length_is_counted(path_length: int | None, between: int, valid: bool) -> None:
    """PathLenConstraint counts the CA certificates below, not the end entity (clause 4.2.1.9)."""
    made = make_chain(path_length, between)
    if valid:
        assert len(find(*made).certificates) == between + 2
    else:
        assert refused(*made) == INVALID


def test_self_issued_cas_are_not_counted() -> None:
    """A CA's certificate for its own new key does not use up the path length (clause 6.1.4 (l))."""
    assert len(find(*make_chain(0, 1, self_issued=True)).certificates) == 3


def test_a_rekeyed_ca_is_told_from_its_former_self() -> None:
    """Two CA certificates of one name: the one whose key signed is the one on the path."""
    made = make_hierarchy()
    renewed = make_party("TEST issuing", made.root, ca_extensions(), key=make_key("new issuing"))
    under_new = make_party("TEST signer", renewed, SIGNER_EXTENSIONS)
    for order in ([made.issuing, renewed], [renewed, made.issuing]):
        assert find(made.signer, order, [made.root]).certificates[1] == made.issuing.certificate
        assert find(under_new, order, [made.root]).certificates[1] == renewed.certificate


def test_of_two_certificates_for_one_ca_key_the_valid_one_is_used() -> None:
    """An expired certificate of the CA does not hide its renewed one."""
    made = make_hierarchy()
    expired = make_party("TEST issuing", made.root, ca_extensions(), key=made.issuing.key, end=BEGIN + DAY)
    path = find(made.signer, [expired, made.issuing], [made.root])
    assert path.certificates[1] == made.issuing.certificate


def test_a_cross_certificate_leads_to_another_anchor() -> None:
    """The same issuing CA is reached through whichever root is configured."""
    made = make_hierarchy()
    other = make_party("TEST other root", None, ca_extensions())
    crossed = make_party("TEST root", other, ca_extensions(), key=made.root.key)
    path = find(made.signer, [made.issuing, crossed, made.root], [other])
    assert path.anchor == other.certificate
    assert len(path.certificates) == 4


def test_cas_that_certify_each_other_end_the_search() -> None:
    """Factorially many chains to nowhere are given up in bounded time."""
    made = make_hierarchy()
    keys = {f"TEST loop {number}": make_key(f"loop {number}") for number in range(9)}
    first = [make_party(name, None, ca_extensions(), key=key) for name, key in keys.items()]
    loops = [
        make_party(name, issuer, ca_extensions(), key=key)
        for name, key in keys.items()
        for issuer in first
        if issuer.certificate.common_name != name
    ]
    signer = make_party("TEST signer", first[0], SIGNER_EXTENSIONS)
    assert refused(signer, loops, [made.root]) == NOT_FOUND


@pytest.mark.parametrize("bound", ["MAX_STEPS", "MAX_SIGNATURES"])
def test_the_bounds_of_the_search_are_kept(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for one candidate, a path of two is not found rather than found late."""
    made = make_hierarchy()
    monkeypatch.setattr(f"agent.pki.path_search.{bound}", 1)
    assert refused(made.signer, [made.issuing], [made.root]) == NOT_FOUND


def test_names_need_not_be_equal_octet_for_octet() -> None:
    """RFC 5280 clause 7.1: case and white space in the issuer's name do not matter."""
    made = make_hierarchy()
    signer = make_party(
        "TEST signer", made.issuing, SIGNER_EXTENSIONS, issuer_name=make_name("test  ISSUING")
    )
    assert find(signer, [made.issuing], [made.root]).certificates[1] == made.issuing.certificate


def test_a_ca_is_not_hidden_behind_look_alikes() -> None:
    """Certificates with a CA's name and key that lead in circles come after the one that leads to trust."""
    made = make_hierarchy()
    rings = [make_party("TEST ring", None, ca_extensions(), key=make_key(f"ring {n}")) for n in range(24)]
    decoys = [make_party("TEST issuing", ring, ca_extensions(), key=made.issuing.key) for ring in rings]
    circles = [make_party("TEST ring", decoys[0], ca_extensions(), key=ring.key) for ring in rings]
    path = find(made.signer, [*decoys, *circles, made.issuing], [made.root])
    assert path.certificates[1] == made.issuing.certificate


def test_a_search_that_was_cut_short_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no path learns that not everything was tried."""
    made = make_hierarchy()
    monkeypatch.setattr("agent.pki.path_search.MAX_SIGNATURES", 1)
    with pytest.raises(PathError) as error:
        find(made.signer, [made.issuing], [made.root])
    assert "cut short" in error.value.message

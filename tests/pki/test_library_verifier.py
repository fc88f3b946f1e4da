"""Where cryptography's own verifier has no word on a path (docs/adr/0004): each reason as it stands today.

When one of these fails after an update, the reason has gone and leaves the list of `agent.pki.path_library`.
"""

import pytest
from cryptography import x509

from agent.pki.certificate import load_certificate
from tests.pki.library import accepts
from tests.pki.paths import Case, find, make_below, make_chain, make_constrained, make_directory, refused
from tests.pki.support import (
    NOW,
    SIGNER_EXTENSIONS,
    bend_certificate,
    ca_extensions,
    make_hierarchy,
    make_name,
    make_party,
    null_parameters,
)

_MADE = make_hierarchy()


def _accepts(case: Case) -> bool:
    """Ask the library's verifier."""
    signer, *others = case
    intermediates, anchors = ([party.certificate for party in parties] for parties in others)
    return accepts(signer.certificate, intermediates, anchors, NOW)


def test_it_accepts_a_sound_path() -> None:
    """The verifier as it is asked here is not merely broken."""
    assert _accepts((_MADE.signer, [_MADE.issuing], [_MADE.root]))


def test_it_loads_no_null_parameters() -> None:
    """An ECDSA algorithm with NULL parameters, as the industry's certificates have it, does not load."""
    der = bend_certificate(_MADE.signer.certificate.der, _MADE.issuing.key, null_parameters)
    with pytest.raises(ValueError):  # noqa: PT011 - its words are the library's business
        _ = x509.load_der_x509_certificate(der).signature_algorithm_parameters
    assert load_certificate(der, where="test").subject == _MADE.signer.certificate.subject


def test_it_compares_names_octet_for_octet() -> None:
    """Case and white space matter to it (RFC 5280 clause 7.1 says they do not; PKITS 4.3.3 to 4.3.5)."""
    signer = make_party(
        "TEST signer", _MADE.issuing, SIGNER_EXTENSIONS, issuer_name=make_name("test  ISSUING")
    )
    case = (signer, [_MADE.issuing], [_MADE.root])
    assert find(*case)
    assert not _accepts(case)


def test_it_refuses_a_permitted_directory_name() -> None:
    """A directoryName constraint that the path keeps is refused (PKITS 4.13.1)."""
    case = make_constrained([make_directory("Example Meters Ltd")], None)
    assert find(*case)
    assert not _accepts(case)


def test_it_counts_self_issued_cas() -> None:
    """A CA's certificate for its own new key uses up its path length (PKITS 4.6.15)."""
    case = make_chain(0, 1, self_issued=True)
    assert find(*case)
    assert not _accepts(case)


def test_it_processes_no_policies() -> None:
    """A policy that a CA requires and nobody asserts is not missed (PKITS 4.8.4)."""
    case = make_below([*ca_extensions(), (x509.PolicyConstraints(0, None), False)])
    assert refused(*case)
    assert _accepts(case)

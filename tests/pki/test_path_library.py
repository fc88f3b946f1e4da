"""The library's path verifier as the second judge of every path it can judge."""

import pytest
from cryptography import x509

from agent.pki import path, path_search
from agent.pki.path import PathError
from agent.pki.path_library import find_objection
from tests.conformance.library import list_cases
from tests.pki.paths import UNKNOWN, Case, find, make_below, make_chain
from tests.pki.support import (
    NOW,
    SECOND,
    SIGNER_EXTENSIONS,
    ca_extensions,
    make_hierarchy,
    make_key,
    make_party,
    usage,
)

_CONFIRMED = {
    "no authorityKeyIdentifier, no extendedKeyUsage, no subjectAltName",
    "two issuing CAs of one name, the key renewed",
    "a CA without critical extensions",
}
_FAULTY: dict[str, Case] = {
    "not-ca": make_below([(x509.BasicConstraints(ca=False, path_length=None), True)]),
    "no-certsign": make_below([ca_extensions()[0], (usage("crl_sign"), True)]),
    "unknown-critical": make_below(ca_extensions(), [*SIGNER_EXTENSIONS, (UNKNOWN, True)]),
    "unknown-critical-ca": make_below([*ca_extensions(), (UNKNOWN, True)]),
    "expired-ca": make_below(ca_extensions(), end=NOW - SECOND),
    "future-ca": make_below(ca_extensions(), begin=NOW + SECOND),
    "too-long": make_chain(0, 1),
}


@pytest.mark.parametrize("name", list_cases())
def test_a_valid_path_says_whether_it_was_confirmed(name: str) -> None:
    """Paths of this industry are valid, and those of which the library has no word say why."""
    signer, intermediates, anchors = list_cases()[name]
    found = path.find_path(
        signer,
        intermediates=[party.certificate for party in intermediates],
        anchors=[party.certificate for party in anchors],
        at=NOW,
    )
    assert (found.unconfirmed == "") == (name in _CONFIRMED)


@pytest.mark.parametrize("name", _FAULTY)
def test_the_library_refuses_what_our_own_checks_overlook(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is refused by the library alone: were our checks blind, none of these would be accepted."""
    monkeypatch.setattr(path, "list_path_problems", lambda *_: ())
    with pytest.raises(PathError) as refused:
        find(*_FAULTY[name])
    assert refused.value.code == "path-invalid"


def test_the_library_verifies_signatures_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were our verification of a signature to say yes to all, a forged certificate would still be refused."""
    made = make_hierarchy()
    monkeypatch.setattr(path_search, "is_issued_by", lambda *_: True)
    impostor = make_party("TEST issuing", None, ca_extensions(), key=make_key("impostor"))
    signer = make_party("TEST signer", impostor, SIGNER_EXTENSIONS)
    with pytest.raises(PathError) as refused:
        find(signer, [made.issuing], [made.root])
    assert refused.value.code == "path-invalid"


def test_a_sound_chain_meets_no_objection() -> None:
    """The library has nothing against a sound chain."""
    made = make_hierarchy()
    chain = tuple(party.certificate for party in (made.signer, made.issuing, made.root))
    assert find_objection(chain, NOW) == ""

"""Certification paths beside openssl and the verifier of the cryptography library."""

from functools import cache
from pathlib import Path

import pytest
from cryptography import x509

from agent.pki.path import PathError
from tests.pki.library import accepts
from tests.pki.paths import (
    UNKNOWN,
    Case,
    ask_openssl,
    find,
    make_below,
    make_chain,
    make_constrained,
    make_directory,
)
from tests.pki.support import (
    NOW,
    SECOND,
    SIGNER_EXTENSIONS,
    ca_extensions,
    make_hierarchy,
    usage,
)


@cache
def _cases() -> dict[str, Case]:
    """Make hierarchies, sound and faulty, that all three judges can be asked about."""
    made, modular = make_hierarchy(), make_hierarchy("rsa-2048")
    example, another = make_directory("Example Meters Ltd"), make_directory("Another Ltd")
    return {
        "sound": (made.signer, [made.issuing], [made.root]),
        "sound-rsa": (modular.signer, [modular.issuing], [modular.root]),
        "no-issuer": (made.signer, [], [made.root]),
        "other-root": (made.signer, [made.issuing], [modular.root]),
        "length-0-1": make_chain(0, 1),
        "length-1-1": make_chain(1, 1),
        "length-1-2": make_chain(1, 2),
        "self-issued": make_chain(0, 1, self_issued=True),
        "not-ca": make_below([(x509.BasicConstraints(ca=False, path_length=None), True)]),
        "no-certsign": make_below([ca_extensions()[0], (usage("crl_sign"), True)]),
        "unknown-critical": make_below(ca_extensions(), [*SIGNER_EXTENSIONS, (UNKNOWN, True)]),
        "unknown-critical-ca": make_below([*ca_extensions(), (UNKNOWN, True)]),
        "unknown": make_below(ca_extensions(), [*SIGNER_EXTENSIONS, (UNKNOWN, False)]),
        "expired-ca": make_below(ca_extensions(), end=NOW - SECOND),
        "future-ca": make_below(ca_extensions(), begin=NOW + SECOND),
        "permitted": make_constrained([example], None),
        "forbidden": make_constrained([another], None),
        "excluded": make_constrained(None, [example]),
    }


_NAMES = (
    *(
        "sound",
        "sound-rsa",
        "no-issuer",
        "other-root",
        "length-0-1",
        "length-1-1",
        "length-1-2",
        "self-issued",
    ),
    *("not-ca", "no-certsign", "unknown-critical", "unknown-critical-ca", "unknown", "expired-ca"),
    *("future-ca", "permitted", "forbidden", "excluded"),
)
# What the library's verifier does otherwise, and why this program has its own: it processes no
# directoryName constraint, and counts self-issued CAs against the path length (RFC 5280 clause 6.1.4 (l)
# does not).
_LIBRARY_DIFFERS = {"permitted", "self-issued"}


def _ours(case: Case) -> bool:
    """Tell whether this program finds a valid path."""
    try:
        find(*case)
    except PathError:
        return False
    return True


@pytest.mark.parametrize("name", _NAMES)
def test_openssl_agrees(name: str, tmp_path: Path) -> None:
    """`openssl verify` is a judge of its own making, and comes to the same answer."""
    case = _cases()[name]
    assert _ours(case) == ask_openssl(case, tmp_path)


@pytest.mark.parametrize("name", [name for name in _NAMES if name not in _LIBRARY_DIFFERS])
def test_the_library_verifier_agrees(name: str) -> None:
    """The library's verifier comes to the same answer wherever it can be asked."""
    case = _cases()[name]
    intermediates, anchors = ([party.certificate for party in parties] for parties in case[1:])
    assert accepts(case[0].certificate, intermediates, anchors, NOW) == _ours(case)

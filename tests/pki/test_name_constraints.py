"""Name constraints, form by form (RFC 5280 clause 4.2.1.10); openssl judges the same paths."""

import ipaddress
from pathlib import Path

import pytest
from cryptography import x509

from tests.pki.paths import (
    INVALID,
    Case,
    ask_openssl,
    find,
    make_below,
    make_constrained,
    make_directory,
    refused,
)
from tests.pki.support import SIGNER_EXTENSIONS, ca_extensions, make_hierarchy, make_name, make_party

_NETWORK = x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))
_MAIL, _HOST, _URI = x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier
_OF_ANN = _URI("https://ann@EXAMPLE.org:8443/?q#f")
_PERMITTED: list[tuple[x509.GeneralName, x509.GeneralName, bool]] = [
    (_MAIL("Ann@example.org"), _MAIL("Ann@EXAMPLE.org"), True),
    (_MAIL("Ann@example.org"), _MAIL("ann@example.org"), False),
    (_MAIL("example.org"), _MAIL("ann@Example.org"), True),
    (_MAIL("example.org"), _MAIL("ann@mail.example.org"), False),
    (_MAIL(".example.org"), _MAIL("ann@mail.example.org"), True),
    (_MAIL(".example.org"), _MAIL("ann@example.org"), False),
    (_MAIL("example.org"), _MAIL("ann@notexample.org"), False),
    (_HOST("example.org"), _HOST("EXAMPLE.org"), True),
    (_HOST("example.org"), _HOST("a.b.example.org"), True),
    (_HOST("example.org"), _HOST("notexample.org"), False),
    (_HOST("a.example.org"), _HOST("example.org"), False),
    (_URI("example.org"), _URI("https://example.org/path"), True),
    (_URI("example.org"), _OF_ANN, True),
    (_URI("example.org"), _URI("https://www.example.org/"), False),
    (_URI(".example.org"), _URI("https://www.example.org/"), True),
    (_URI(".example.org"), _URI("https://example.org/"), False),
    (_URI("example.org"), _URI("https://other.org/@example.org"), False),
    (_URI("example.org"), _URI("urn:example.org"), False),
    (_URI("example.org"), _URI("https://192.0.2.1/"), False),
]


def _make(
    permitted: list[x509.GeneralName] | None, excluded: list[x509.GeneralName] | None, name: x509.GeneralName
) -> Case:
    """Make a signer with one alternative name below a CA with constraints."""
    constraints = x509.NameConstraints(permitted, excluded)
    alternative = x509.SubjectAlternativeName([name])
    return make_below([*ca_extensions(), (constraints, True)], [*SIGNER_EXTENSIONS, (alternative, False)])


@pytest.mark.parametrize(("base", "name", "valid"), _PERMITTED)
def test_permitted_names(base: x509.GeneralName, name: x509.GeneralName, valid: bool, tmp_path: Path) -> None:
    """A name of the form must lie in the subtree; openssl agrees."""
    case = _make([base], None, name)
    if valid:
        assert find(*case).end_entity == case[0].certificate
    else:
        assert refused(*case) == INVALID
    # openssl takes what stands before the @ for the host.
    assert ask_openssl(case, tmp_path) == (valid and name != _OF_ANN)


@pytest.mark.parametrize(("base", "name", "inside"), _PERMITTED[:-2])
def test_excluded_names(base: x509.GeneralName, name: x509.GeneralName, inside: bool) -> None:
    """What a permitted subtree allows, an excluded one forbids, and the other way round."""
    case = _make(None, [base], name)
    if inside:
        assert refused(*case) == INVALID
    else:
        assert find(*case).end_entity == case[0].certificate


@pytest.mark.parametrize(
    ("base", "name"),
    [
        (
            x509.IPAddress(ipaddress.ip_network("192.0.2.0/24")),
            x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        ),
        (
            x509.IPAddress(ipaddress.ip_network("192.0.2.0/24")),
            x509.IPAddress(ipaddress.ip_address("203.0.113.1")),
        ),
        (_HOST(".example.org"), _HOST("www.example.org")),
        (_URI("https://example.org"), _URI("https://example.org/")),
        (_MAIL("*.example.org"), _MAIL("ann@www.example.org")),
        (_URI("example.org"), _URI("https://example.org./")),
        (_MAIL("example.org"), _MAIL("example.org")),
    ],
)
def test_what_is_not_processed_is_refused(base: x509.GeneralName, name: x509.GeneralName) -> None:
    """Another form, or a name or subtree that the clause has no rule for, permitted or excluded."""
    assert refused(*_make([base], None, name)) == INVALID
    assert refused(*_make(None, [base], name)) == INVALID


def test_an_address_in_the_subject_counts() -> None:
    """The subject's emailAddress is held to the constraint on RFC 822 names."""
    for address, valid in (("ann@example.org", True), ("ann@other.org", False)):
        constraints = x509.NameConstraints([_MAIL("example.org")], None)
        _, intermediates, anchors = make_below([*ca_extensions(), (constraints, True)])
        name = x509.Name([*make_name("TEST mail"), x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, address)])
        signer = make_party(name, intermediates[0], SIGNER_EXTENSIONS)
        if valid:
            assert find(signer, intermediates, anchors).end_entity == signer.certificate
        else:
            assert refused(signer, intermediates, anchors) == INVALID


@pytest.mark.parametrize(
    ("permitted", "excluded", "valid"),
    [
        ([make_directory("example METERS ltd")], None, True),
        ([make_directory("Another Ltd")], None, False),
        ([make_directory("Another Ltd"), make_directory("Example Meters Ltd")], None, True),
        (None, [make_directory("Example Meters Ltd")], False),
        (None, [make_directory("Another Ltd")], True),
        ([_HOST("example.org")], None, True),
    ],
)
def test_directory_names(
    permitted: list[x509.GeneralName] | None, excluded: list[x509.GeneralName] | None, valid: bool
) -> None:
    """Permitted and excluded subtrees of the signer's subject; other forms' constraints leave it alone."""
    made = make_constrained(permitted, excluded)
    if valid:
        assert find(*made).end_entity == made[0].certificate
    else:
        assert refused(*made) == INVALID


def test_constraints_of_every_ca_hold() -> None:
    """Permitted subtrees intersect down the path."""
    root = make_hierarchy().root
    parties = [root]
    for number, organisation in enumerate(("Example Meters Ltd", "Another Ltd")):
        constraints = x509.NameConstraints([make_directory(organisation)], None)
        parties.append(
            make_party(make_name(f"TEST c{number}"), parties[-1], [*ca_extensions(), (constraints, True)])
        )
    signer = make_party("TEST signer", parties[-1], SIGNER_EXTENSIONS)
    assert refused(signer, parties[1:], [root]) == INVALID

"""Certificate policies along a path (RFC 5280 clause 6.1); NIST's PKITS and openssl judge them at length."""

import pytest
from cryptography import x509

from agent.pki.der import SEQUENCE, encode, encode_object_identifier
from agent.pki.path_policies import ANY_POLICY, PolicyInputs
from tests.pki.paths import INVALID, Case, find, make_mapping, make_mappings, refused
from tests.pki.support import SIGNER_EXTENSIONS, Extensions, ca_extensions, make_hierarchy, make_party

_ONE, _TWO = "2.999.1.1", "2.999.1.2"
_ROOT = make_hierarchy().root


def _policies(*dotted: str) -> tuple[x509.ExtensionType, bool]:
    """Make certificatePolicies."""
    listed = [x509.PolicyInformation(x509.ObjectIdentifier(policy), None) for policy in dotted]
    return x509.CertificatePolicies(listed), False


def _below(issuing: Extensions, signer: Extensions, root: Extensions = ()) -> Case:
    """Make a signer below an issuing CA below a root, with the extensions given beside the ordinary ones."""
    top = make_party("TEST root", None, [*ca_extensions(), *root], key=_ROOT.key) if root else _ROOT
    middle = make_party("TEST issuing", top, [*ca_extensions(), *issuing])
    return make_party("TEST signer", middle, [*SIGNER_EXTENSIONS, *signer]), [middle], [top]


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize("where", ["root", "issuing", "signer"])
def test_a_required_policy_must_be_there(where: str, critical: bool) -> None:
    """RequireExplicitPolicy is obeyed wherever it stands and whether or not it is critical (PKITS 4.8.4)."""
    required = (x509.PolicyConstraints(0, None), critical)
    beside: dict[str, list[tuple[x509.ExtensionType, bool]]] = {"root": [], "issuing": [], "signer": []}
    beside[where].append(required)
    issuing, signer = [_policies(_ONE), *beside["issuing"]], [_policies(_ONE), *beside["signer"]]
    assert find(*_below(issuing, signer, beside["root"])).end_entity.policies == {_ONE}
    without = [_policies(_TWO), *beside["signer"]]
    assert refused(*_below(issuing, without, beside["root"])) == INVALID


def test_without_a_requirement_policies_decide_nothing() -> None:
    """Certificates of different policies, or of none, make a valid path."""
    assert find(*_below([_policies(_ONE)], [_policies(_TWO)]))
    assert find(*_below([], []))


@pytest.mark.parametrize("critical", [True, False])
def test_policies_that_name_none_are_malformed(critical: bool) -> None:
    """Clause 4.2.1.4: SIZE (1..MAX), at an end entity as at a CA."""
    empty = (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.32"), b"\x30\0"), critical)
    assert refused(*_below([], [empty])) == INVALID
    assert refused(*_below([empty], [])) == INVALID


@pytest.mark.parametrize(
    ("acceptable", "valid"), [({_ONE}, True), ({_TWO}, False), ({_ONE, _TWO}, True), (set(), True)]
)
def test_an_acceptable_policy_is_required_when_asked_for(acceptable: set[str], valid: bool) -> None:
    """The relying party's own requirement works as a CA's does; an empty set is any policy."""
    inputs = PolicyInputs(frozenset(acceptable), explicit=True)
    made = _below([_policies(ANY_POLICY)], [_policies(_ONE)])
    if valid:
        assert find(*made, policies=inputs)
    else:
        assert refused(*made, policies=inputs) == INVALID


def test_any_policy_can_be_inhibited() -> None:
    """InhibitAnyPolicy makes anyPolicy below it stand for nothing (clause 4.2.1.14)."""
    explicit = PolicyInputs(explicit=True)
    inhibit = (x509.InhibitAnyPolicy(0), True)
    assert find(*_below([_policies(_ONE), inhibit], [_policies(_ONE)]), policies=explicit)
    assert find(*_below([_policies(_ONE)], [_policies(ANY_POLICY)]), policies=explicit)
    assert refused(*_below([_policies(_ONE), inhibit], [_policies(ANY_POLICY)]), policies=explicit) == INVALID


def test_a_policy_may_be_mapped() -> None:
    """The CA's mapping lets the other domain's policy stand for its own, unless inhibited."""
    made = _below([_policies(_ONE), make_mapping(_ONE, _TWO)], [_policies(_TWO)])
    wanted = PolicyInputs(frozenset({_ONE}), explicit=True)
    assert find(*made, policies=wanted)
    assert refused(*made, policies=PolicyInputs(frozenset({_TWO}), explicit=True)) == INVALID
    inhibited = PolicyInputs(frozenset({_ONE}), explicit=True, inhibit_mapping=True)
    assert refused(*made, policies=inhibited) == INVALID


@pytest.mark.parametrize(
    "mappings",
    [
        make_mapping(_ONE, ANY_POLICY),
        make_mapping(ANY_POLICY, _ONE),
        make_mappings(b"\x30\x00"),
        make_mappings(b"\x05\x00"),
    ],
    ids=["to-any", "from-any", "empty", "malformed"],
)
def test_a_mapping_that_must_not_be_is_refused(mappings: tuple[x509.ExtensionType, bool]) -> None:
    """Clause 4.2.1.5: anyPolicy is mapped neither way; what cannot be read maps nothing."""
    assert refused(*_below([_policies(_ONE), mappings], [_policies(_ONE)])) == INVALID


def test_hostile_mappings_take_linear_time() -> None:
    """A tree of policies that all map to each other would double with each CA (RFC 9618 clause 1)."""
    many = [f"2.999.2.{number}" for number in range(40)]
    pairs = b"".join(
        encode(SEQUENCE, encode_object_identifier(one) + encode_object_identifier(other))
        for one in many
        for other in many
    )
    parties = [_ROOT]
    for level in range(6):
        extensions = [*ca_extensions(), _policies(*many), make_mappings(encode(SEQUENCE, pairs))]
        parties.append(make_party(f"TEST mapping {level}", parties[-1], extensions))
    signer = make_party("TEST signer", parties[-1], [*SIGNER_EXTENSIONS, _policies(*many)])
    assert find(signer, parties[1:], [_ROOT], policies=PolicyInputs(explicit=True))

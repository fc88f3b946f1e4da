"""Who may sign as what: the signer's profile, role codes, the party register, and four eyes."""

from dataclasses import replace
from typing import Any

import pytest

from agent.config.parties import parse_parties
from agent.config.policy import default_policy
from agent.config.signers import SubjectSettings
from agent.errors import UsageError
from agent.pki.certificate import SigningCertificate
from agent.policy.engine import judge_certificate
from agent.policy.facts import CertificateFacts
from agent.policy.rules.four_eyes import shared_identity
from agent.policy.verdict import RoleBasis, find_role_basis
from agent.roles import Role
from agent.verdicts import SubIndication
from tests.policy.conftest import CertificateFactsOf
from tests.support.signer import SoftwareLab

_PROFILE = SubjectSettings("TEST manufacturer Ltd", "02", "TEST manufacturer", bytes((*range(7), 0)))
_EUI64 = "0001020304050600"


def _signer_party(facts: CertificateFacts) -> list[SubIndication | None]:
    found = judge_certificate(facts)
    return [item.sub_indication for item in found if item.finding.code == "signer-party"]


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"organisation": "test  MANUFACTURER ltd"}, 0),
        ({"entity_identifier": None}, 0),
        ({"common_name": "another system"}, 0),
        ({"organisation": "TEST supplier Ltd"}, 1),
        ({"role_code": "7F"}, 1),
        ({"entity_identifier": bytes(8)}, 1),
        ({"organisation": "X", "role_code": "7F", "entity_identifier": bytes(8)}, 3),
    ],
)
def test_the_certificate_is_the_one_that_the_profile_says(
    certificate_facts: CertificateFactsOf, changes: dict[str, Any], count: int
) -> None:
    """Organisation, role code and EUI-64 are those of the signer's configured subject; each is told."""
    facts = replace(certificate_facts(), profile=replace(_PROFILE, **changes))
    assert _signer_party(facts) == [SubIndication.SIG_CONSTRAINTS_FAILURE] * count


def _registered(facts: CertificateFacts, text: str, role: str = "manufacturer") -> CertificateFacts:
    register = parse_parties(f"version = 1\n{text}".encode(), where="parties.toml")
    settings = replace(facts.settings, parties=register)
    return replace(facts, settings=settings, claimed_role=role)


_PARTY = '[parties.acme]\norganisation = "TEST Manufacturer  Ltd"\nroles = ["manufacturer"]\n'
_OTHER = '[parties.other]\norganisation = "Other Ltd"\nroles = ["manufacturer", "supplier", "dcc"]\n'
_SAME = '[parties.acme-supply]\norganisation = "TEST manufacturer Ltd"\nroles = ["supplier"]\n'


@pytest.mark.parametrize(
    ("text", "role", "allowed"),
    [
        (_PARTY, "manufacturer", True),
        (_PARTY, "supplier", False),
        (_OTHER, "manufacturer", False),
        (_PARTY + _OTHER, "manufacturer", True),
        (_PARTY + 'role_codes = ["7F", "02"]\n', "manufacturer", True),
        (_PARTY + 'role_codes = ["7F"]\n', "manufacturer", False),
        (_PARTY + f'entity_identifiers = ["{_EUI64}"]\n', "manufacturer", True),
        (_PARTY + 'entity_identifiers = ["00-01-02-03-04-05-06-00"]\n', "manufacturer", True),
        (_PARTY + 'entity_identifiers = ["0001020304050601"]\n', "manufacturer", False),
        (_PARTY + f'certificates = ["{"00" * 32}"]\n', "manufacturer", False),
        (_PARTY + _SAME, "supplier", True),
        (_PARTY + _SAME + 'role_codes = ["7F"]\n', "supplier", False),
        (_PARTY + _SAME, "dcc", False),
    ],
)
def test_the_register_says_who_may_claim_a_role(
    certificate_facts: CertificateFactsOf, text: str, role: str, allowed: bool
) -> None:
    """Every attribute that the register gives must fit; an organisation not in it may nothing."""
    found = _signer_party(_registered(certificate_facts(), text, role))
    assert found == ([] if allowed else [SubIndication.SIG_CONSTRAINTS_FAILURE])


@pytest.mark.parametrize("upper", [False, True])
def test_a_pinned_certificate(certificate_facts: CertificateFactsOf, upper: bool) -> None:
    """A pin is the SHA-256 of the certificate, in either case of its digits."""
    facts = certificate_facts()
    pin = facts.certificate.sha256.hex()
    text = f'{_PARTY}certificates = ["{pin.upper() if upper else pin}"]\n'
    assert _signer_party(_registered(facts, text)) == []


def test_role_codes_hold_beside_the_register(certificate_facts: CertificateFactsOf) -> None:
    """The register does not switch the policy file's role codes off."""
    facts = _registered(certificate_facts(), _PARTY)
    settings = replace(facts.settings, roles={Role.MANUFACTURER: frozenset({"7F"})})
    assert len(_signer_party(replace(facts, settings=settings))) == 1


def test_what_roles_rest_on_is_known() -> None:
    """A report tells a register from role codes, and those from a mere claim."""
    settings = default_policy()
    coded = replace(settings, roles={Role.SUPPLIER: frozenset({"02"})})
    register = parse_parties(f"version = 1\n{_PARTY}".encode(), where="parties.toml")
    assert find_role_basis(settings) is RoleBasis.CLAIM
    assert find_role_basis(coded) is RoleBasis.ROLE_CODE
    assert find_role_basis(replace(coded, parties=register)) is RoleBasis.PARTY_REGISTER


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "version"),
        ("version = 2\n[parties.a]\n", "version"),
        ("version = 1\n", "parties"),
        ("version = 1\n[parties]\n", "parties"),
        ("version = 1\n[parties.a]\nroles = ['dcc']\n", "parties.a.organisation"),
        ("version = 1\n[parties.a]\norganisation = 'A'\n", "parties.a.roles"),
        ("version = 1\n[parties.a]\norganisation = ' '\nroles = ['dcc']\n", "parties.a.organisation"),
        ("version = 1\n[parties.a]\norganisation = 'A'\nroles = []\n", "parties.a.roles"),
        ("version = 1\n[parties.a]\norganisation = 'A'\nroles = ['boss']\n", "parties.a.roles[0]"),
        ("version = 1\n[parties.a]\norganisation = 'A'\nroles = ['dcc', 'dcc']\n", "parties.a.roles[1]"),
        ("version = 1\n[parties.a]\norganisation = 'A'\nroles = ['dcc']\nrole = 1\n", "parties.a.role"),
        (
            "version = 1\n[parties.a]\norganisation = 'A'\nroles = ['dcc']\ncertificates = ['00']\n",
            "parties.a.certificates[0]",
        ),
        (
            "version = 1\n[parties.a]\norganisation = 'A'\nroles = ['dcc']\nrole_codes = ['7f', '7F']\n",
            "parties.a.role_codes[1]",
        ),
        (
            "version = 1\n[parties.a]\norganisation = 'A'\nroles = ['dcc']\nentity_identifiers = []\n",
            "parties.a.entity_identifiers",
        ),
    ],
)
def test_a_wrong_register_is_refused_with_its_dotted_key(text: str, key: str) -> None:
    """Unknown keys, empty lists, duplicates and values of a wrong form are errors that name the place."""
    with pytest.raises(UsageError) as caught:
        parse_parties(text.encode(), where="parties.toml")
    assert caught.value.code == "configuration-invalid"
    assert caught.value.message.startswith(f"parties.toml: {key}: ")


def _named(certificate: SigningCertificate, like: SigningCertificate, what: str) -> SigningCertificate:
    return replace(certificate, **{what: getattr(like, what)})


def test_four_eyes_are_two_parties(lab: SoftwareLab, other_lab: SoftwareLab) -> None:
    """Key, certificate, organisation and EUI-64 may each not be shared."""
    first = lab.signers[Role.MANUFACTURER].certificate
    second = lab.signers[Role.SUPPLIER].certificate
    assert shared_identity(first, second) == ""
    assert shared_identity(first, _named(second, first, "spki_der")) == "key"
    assert shared_identity(first, replace(first, spki_der=second.spki_der)) == "certificate"
    assert shared_identity(first, other_lab.signers[Role.MANUFACTURER].certificate) == "organisation"


def test_two_organisations_do_not_share_an_eui64(lab: SoftwareLab, lookalike: SigningCertificate) -> None:
    """An entity identifier stands for one entity, under whatever name."""
    first = lab.signers[Role.MANUFACTURER].certificate
    assert lookalike.entity_identifier == first.entity_identifier
    assert shared_identity(first, lookalike) == "EUI-64"

"""The policy file: its defaults, and how a wrong one is refused."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from agent.config.policy import default_policy, parse_policy
from agent.errors import UsageError
from agent.findings import Level
from agent.roles import Role

EXAMPLE = Path(__file__).parents[2] / "config" / "policy.example.toml"


def test_the_built_in_policy_is_that_of_an_empty_file() -> None:
    """Strict by default: no grace for CRLs, RSA from 2048 bits, three curves, nothing lowered."""
    policy = default_policy()
    assert policy.sha256 == hashlib.sha256(b"").hexdigest()
    assert policy.where
    assert dict(policy.levels) == {}
    assert (dict(policy.lint_at_sign), dict(policy.lint_at_verify)) == ({}, {})
    assert dict(policy.roles) == {}
    assert policy.crl_grace == timedelta(0)
    assert policy.crl_maximum_age == timedelta(days=7)
    assert policy.expiry_warning == timedelta(days=30)
    assert policy.minimum_remaining == timedelta(0)
    assert policy.minimum_rsa_bits == 2048
    assert policy.curves == ("ec-p256", "ec-p384", "ec-p521")
    assert policy.required_policies == ()
    assert policy.required_extended_key_usages == ()
    assert policy.parties is None


def test_every_setting_is_read() -> None:
    """Numbers become durations, role codes upper case, levels levels."""
    text = (
        "crl_grace_hours = 6\ncrl_maximum_age_days = 1\nexpiry_warning_days = 60\n"
        "minimum_remaining_days = 2\n"
        "minimum_rsa_bits = 3072\ncurves = ['ec-p384']\nrequired_policies = ['1.2.826.0.1.8641679.1.2.1.2']\n"
        "[levels]\nimage-hash-missing = 'warn'\nalgorithm = 'refuse'\n"
        "[lint.sign]\nmacro = 'refuse'\n[lint.verify]\nrow-hidden = 'inform'\n"
        "[roles]\nsupplier = ['02', '7f']\n"
    )
    policy = parse_policy(text.encode(), where="p.toml")
    assert (policy.where, policy.sha256) == ("p.toml", hashlib.sha256(text.encode()).hexdigest())
    assert policy.crl_grace == timedelta(hours=6)
    assert policy.crl_maximum_age == timedelta(days=1)
    assert policy.expiry_warning == timedelta(days=60)
    assert policy.minimum_remaining == timedelta(days=2)
    assert policy.minimum_rsa_bits == 3072
    assert policy.curves == ("ec-p384",)
    assert policy.required_policies == ("1.2.826.0.1.8641679.1.2.1.2",)
    assert dict(policy.levels) == {"image-hash-missing": Level.WARN, "algorithm": Level.REFUSE}
    assert dict(policy.lint_at_sign) == {"macro": Level.REFUSE}
    assert dict(policy.lint_at_verify) == {"row-hidden": Level.INFORM}
    assert dict(policy.roles) == {Role.SUPPLIER: frozenset({"02", "7F"})}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("crl_grace = 1\n", "crl_grace"),
        ("crl_grace_hours = -1\n", "crl_grace_hours"),
        ("crl_grace_hours = 99999999999999999999\n", "crl_grace_hours"),
        ("crl_maximum_age_days = 1.5\n", "crl_maximum_age_days"),
        ("expiry_warning_days = '30'\n", "expiry_warning_days"),
        ("minimum_rsa_bits = 1024\n", "minimum_rsa_bits"),
        ("curves = []\n", "curves"),
        ("curves = ['ec-p256', 'ec-p256']\n", "curves[1]"),
        ("curves = ['secp256k1']\n", "curves[0]"),
        ("required_policies = ['1.2', '1.2']\n", "required_policies[1]"),
        ("required_policies = ['3.1']\n", "required_policies[0]"),
        ("required_policies = ['1.40']\n", "required_policies[0]"),
        ("required_policies = ['1.02']\n", "required_policies[0]"),
        ("required_extended_key_usages = ['any']\n", "required_extended_key_usages[0]"),
        ("[levels]\nalgorithm = 'ignore'\n", "levels.algorithm"),
        ("[levels]\nalgorithm = 1\n", "levels.algorithm"),
        ("[levels]\n'Not A Code' = 'warn'\n", 'levels."Not A Code"'),
        ("[lint]\nmacro = 'warn'\n", "lint.macro"),
        ("[lint.sign]\nmacro = 'ignore'\n", "lint.sign.macro"),
        ("[lint.verify]\n'Not A Code' = 'warn'\n", 'lint.verify."Not A Code"'),
        ("[roles]\nboss = ['02']\n", "roles.boss"),
        ("[roles]\nsupplier = []\n", "roles.supplier"),
        ("[roles]\nsupplier = '02'\n", "roles.supplier"),
        ("[roles]\nsupplier = ['2']\n", "roles.supplier[0]"),
        ("[roles]\nsupplier = ['7f', '7F']\n", "roles.supplier[1]"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_dotted_key(text: str, key: str) -> None:
    """The error names the file and the dotted key."""
    with pytest.raises(UsageError) as caught:
        parse_policy(text.encode(), where="p.toml")
    assert caught.value.code == "configuration-invalid"
    assert caught.value.message.startswith(f"p.toml: {key}: ")


def test_the_example_differs_from_the_built_in_policy_only_where_it_says_so() -> None:
    """What the example calls built-in is built-in."""
    example, built_in = parse_policy(EXAMPLE.read_bytes(), where=str(EXAMPLE)), default_policy()
    names = set(type(built_in).__dataclass_fields__) - {"where", "sha256"}
    differing = {name for name in names if getattr(example, name) != getattr(built_in, name)}
    assert differing == {"levels", "roles", "lint_at_sign", "lint_at_verify"}

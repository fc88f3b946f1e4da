"""Configurations that are wrong: exit 2, the file and the dotted key in the one line, nothing signed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, expect_warned, nothing_changes
from tests.support.lab import NOWHERE, Lab, Run, Story, run_iki

SIGNER = "[signers.manufacturer]\n"
TOKEN = 'token = "pkcs11:token=manufacturer;object=signing"'


def sign(story: Story) -> Run:
    """Sign the form into `out.xlsx`."""
    return story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("out.xlsx"))


def _change(old: str, new: str) -> Callable[[Lab], object]:
    return lambda lab: lab.configure(old, new)


def _policy(text: str) -> Callable[[Lab], object]:
    return lambda lab: (lab.folder / "policy.toml").write_text(text)


CONFIGURATION: dict[str, tuple[Callable[[Lab], object], str]] = {
    "not TOML": (_change("[audit]", "[audit"), "config.toml"),
    "not UTF-8": (lambda lab: lab.configuration.write_bytes(b'[audit]\npath = "\xff"\n'), "config.toml"),
    "anybody's": (lambda lab: lab.configuration.chmod(0o666), "config.toml"),
    "anybody's policy": (lambda lab: (lab.folder / "policy.toml").chmod(0o646), "policy.toml"),
    "unknown key": (_change("[audit]", "[audit]\nsurprise = 1"), "audit.surprise"),
    "unknown table": (_change("[audit]", "[surprise]\n[audit]"), "surprise"),
    "key twice": (_change(SIGNER, f'{SIGNER}role = "manufacturer"\n'), "config.toml"),
    "wrong type": (_change('\nanchors = ["pki/test-root.crt.pem"]', "\nanchors = 1"), "trust.anchors"),
    "unknown role": (_change('role = "manufacturer"', 'role = "king"'), "signers.manufacturer.role"),
    "no PKCS#11 URI": (_change(TOKEN, 'token = "manufacturer"'), "signers.manufacturer.token"),
    "an attribute that URIs lack": (
        _change(TOKEN, TOKEN.replace("object=", "objet=")),
        "signers.manufacturer.token",
    ),
    "no token": (_change(TOKEN, ""), "signers.manufacturer.token"),
    "a PIN for a source": (
        lambda lab: lab.set_pin_source("manufacturer", '"99887766"'),
        "signers.manufacturer.pin",
    ),
    "a PIN in the URI": (
        _change(TOKEN, TOKEN[:-1] + '?pin-value=99887766"'),
        "signers.manufacturer.token",
    ),
    "no policy file": (_change('"policy.toml"', '"nowhere.toml"'), "nowhere.toml"),
    "no certificate": (_change("certificates/manufacturer.pem", "certificates/nobody.pem"), "nobody.pem"),
    "policy: unknown rule": (_policy('[levels]\nsurprise = "warn"\n'), "levels.surprise"),
    "policy: rule that stays": (_policy('[levels]\nrevocation = "warn"\n'), "levels.revocation"),
    "policy: unknown level": (_policy('[levels]\nimage-hash-missing = "maybe"\n'), "image-hash-missing"),
    "policy: too weak": (_policy("minimum_rsa_bits = 1024\n"), "minimum_rsa_bits"),
}


@pytest.mark.parametrize(("change", "place"), CONFIGURATION.values(), ids=CONFIGURATION)
def test_a_wrong_setting_is_named(story: Story, change: Callable[[Lab], object], place: str) -> None:
    """The place is in the line; a PIN that was written there is not."""
    change(story.lab)
    with nothing_changes(story.form.parent), audited(story.lab):
        run = sign(story)
        expect_failed(run, ExitStatus.USAGE)
    assert place in run.lines("error")[0]
    assert "99887766" not in run.stderr


@pytest.mark.parametrize("folder", [False, True], ids=["nowhere", "a folder"])
def test_a_configuration_that_is_none(story: Story, folder: bool) -> None:
    """The hint says how one is named or made."""
    path = story.lab.folder if folder else Path(NOWHERE)
    with nothing_changes(story.form.parent):
        run = run_iki("--config", path, "sign", story.form, "--as", "manufacturer")
        expect_failed(run, ExitStatus.USAGE)
        expect_failed(
            run_iki("sign", story.form, "--as", "manufacturer", variables={"IKI_CONFIG": str(path)}),
            ExitStatus.USAGE,
        )
    assert "iki lab up" in run.lines("hint")[0]


def test_the_option_goes_before_the_environment(story: Story) -> None:
    """--config is asked first, IKI_CONFIG second."""
    arguments = ("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("out.xlsx"))
    run = run_iki("--config", story.lab.configuration, *arguments, variables={"IKI_CONFIG": NOWHERE})
    expect_warned(run)


MODULES: dict[str, tuple[str, str]] = {
    "nowhere": (NOWHERE, "module-not-found"),
    "no library": (__file__, "module-not-loadable"),
}


@pytest.mark.parametrize(("path", "code"), MODULES.values(), ids=MODULES)
def test_a_module_that_cannot_be_used(story: Story, path: str, code: str) -> None:
    """Exit 6, and on record, because a key was asked for."""
    text = story.lab.configuration.read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("path = ") and "softhsm" in line)
    story.lab.configure(line, f'path = "{path}"')
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", (code,))):
        expect_failed(sign(story), ExitStatus.TOKEN)


TOKENS: dict[str, tuple[Callable[[Lab], object], str]] = {
    "no such token": (_change("pkcs11:token=manufacturer;", "pkcs11:token=nobody;"), "token-not-found"),
    "several tokens": (_change("pkcs11:token=manufacturer;", "pkcs11:"), "token-ambiguous"),
    "no such key": (_change(TOKEN, TOKEN.replace("signing", "other")), "key-not-found"),
    "no token at all": (
        lambda lab: (lab.folder / "tokens").rename(lab.folder / "away").with_name("tokens").mkdir(),
        "token-not-found",
    ),
    "no token folder": (
        lambda lab: (lab.folder / "tokens").rename(lab.folder / "away"),
        "module-initialise-failed",
    ),
}


@pytest.mark.parametrize(("change", "code"), TOKENS.values(), ids=TOKENS)
def test_not_exactly_one_token_and_key(story: Story, change: Callable[[Lab], object], code: str) -> None:
    """Exit 6: none and several are the same mistake, and what there is is said."""
    change(story.lab)
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", (code,))):
        expect_failed(sign(story), ExitStatus.TOKEN)

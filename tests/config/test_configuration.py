"""The configuration file: what it may say, and how a wrong one is refused."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.configuration import Configuration, parse_configuration
from agent.config.limits import DocumentLimits
from agent.config.pin_sources import (
    PINCredential,
    PINDescriptor,
    PINEntry,
    PINEnvironment,
    PINFile,
    PINKeyring,
    PINProgram,
    PINPrompt,
    PINSource,
)
from agent.config.signers import SubjectSettings
from agent.errors import UsageError
from agent.roles import Role

FOLDER = Path("/etc/iki")
EXAMPLE = Path(__file__).parents[2] / "config" / "iki.example.toml"
TRUST = '[trust]\nanchors = ["root.pem"]\n'
SIGNER = '[signers.acme]\nrole = "manufacturer"\ntoken = "pkcs11:token=acme"\n'
SUBJECT = '[signers.acme.subject]\norganisation = "Acme"\nrole_code = "7f"\ncommon_name = "a"\n'


def parse(text: str) -> Configuration:
    """Parse a configuration that lies in FOLDER."""
    return parse_configuration(text.encode(), path=FOLDER / "iki.toml")


def refused(text: str) -> UsageError:
    """Parse a configuration that must be refused."""
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.code == "configuration-invalid"
    assert "\n" not in caught.value.message
    return caught.value


def test_the_least_configuration_has_the_documented_defaults() -> None:
    """Only trust anchors are needed; everything else has its default."""
    configuration = parse(TRUST)
    assert configuration.path == FOLDER / "iki.toml"
    assert configuration.sha256 == hashlib.sha256(TRUST.encode()).hexdigest()
    assert configuration.module.path is None
    assert dict(configuration.module.environment) == {}
    assert dict(configuration.signers) == {}
    assert configuration.trust.anchors == (FOLDER / "root.pem",)
    assert (configuration.trust.intermediates, configuration.trust.crls) == ((), ())
    assert (configuration.policy_file, configuration.audit.path, configuration.form_mapping) == (None,) * 3
    assert configuration.limits == DocumentLimits()


def test_paths_are_relative_to_the_file_and_absolute_ones_stay() -> None:
    """Every path but absolute ones is relative to the configuration's folder."""
    configuration = parse(
        '[trust]\nanchors = ["/srv/root.pem"]\nintermediates = ["ca"]\ncrls = ["../crl"]\n'
        '[module]\npath = "lib/p11.so"\nenvironment = { A = "x" }\n'
        'environment_paths = { CONF = "hsm.conf" }\n'
        '[policy]\nfile = "p.toml"\n[audit]\npath = "a.jsonl"\n[form]\nmapping = "f.toml"\n'
    )
    assert configuration.trust.anchors == (Path("/srv/root.pem"),)
    assert configuration.trust.intermediates == (FOLDER / "ca",)
    assert configuration.trust.crls == (FOLDER / "../crl",)
    assert configuration.module.path == FOLDER / "lib/p11.so"
    assert dict(configuration.module.environment) == {"A": "x", "CONF": "/etc/iki/hsm.conf"}
    assert configuration.policy_file == FOLDER / "p.toml"
    assert configuration.audit.path == FOLDER / "a.jsonl"
    assert configuration.form_mapping == FOLDER / "f.toml"


def test_a_relative_configuration_path_still_gives_absolute_paths() -> None:
    """A module finds its own configuration wherever it changes folder to."""
    text = TRUST + '[module]\nenvironment_paths = { CONF = "hsm.conf" }\n'
    configuration = parse_configuration(text.encode(), path=Path("sub/iki.toml"))
    assert configuration.module.environment["CONF"] == str(Path.cwd() / "sub" / "hsm.conf")


def test_a_signer_has_defaults_for_all_but_role_and_token() -> None:
    """Certificate on the token, PIN by prompt, no subject."""
    signer = parse(TRUST + SIGNER).find_signer("acme")
    assert (signer.name, signer.role, signer.token) == ("acme", Role.MANUFACTURER, "pkcs11:token=acme")
    assert (signer.certificate, signer.pin, signer.subject) == (None, PINPrompt(), None)
    assert signer.rsa_padding == "pkcs1-v1_5"


def test_a_signers_certificate_may_be_a_file() -> None:
    """Anything but `token` is a path."""
    assert parse(TRUST + SIGNER + 'certificate = "c.pem"\n').signers["acme"].certificate == FOLDER / "c.pem"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"prompt"', PINPrompt()),
        ('{ env = "ACME_PIN" }', PINEnvironment("ACME_PIN")),
        ('{ file = "a.pin" }', PINFile(FOLDER / "a.pin")),
        ('{ pinentry = "pinentry-tty" }', PINEntry("pinentry-tty")),
        ('{ pinentry = "bin/pinentry" }', PINEntry(str(FOLDER / "bin/pinentry"))),
        ("{ fd = 3 }", PINDescriptor(3)),
        ('{ credential = "acme-pin" }', PINCredential("acme-pin")),
        ('{ keyring = "iki", user = "acme" }', PINKeyring("iki", "acme")),
        ('{ program = ["pass", "iki"] }', PINProgram(("pass", "iki"))),
        ('{ program = ["./ask", "./x"] }', PINProgram(("/etc/iki/ask", "./x"))),
        ('{ program = ["/bin/ask"] }', PINProgram(("/bin/ask",))),
    ],
)
def test_each_source_of_a_pin_is_read(text: str, expected: PINSource) -> None:
    """Four sources; a program named by a path is relative to the file, a bare one is left to PATH."""
    assert parse(TRUST + SIGNER + f"pin = {text}\n").signers["acme"].pin == expected


def test_a_subject_is_read_and_normalised() -> None:
    """The role code becomes upper case, the EUI-64 eight octets."""
    text = TRUST + SIGNER + SUBJECT + 'entity_identifier = "90-b3-d5-1F-30-01-00-02"\n'
    expected = SubjectSettings("Acme", "7F", "a", bytes.fromhex("90b3d51f30010002"))
    assert parse(text).signers["acme"].subject == expected
    without = parse(TRUST + SIGNER + SUBJECT).signers["acme"].subject
    assert without is not None
    assert without.entity_identifier is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "trust"),
        ("[trust]\n", "trust.anchors"),
        ("[trust]\nanchors = []\n", "trust.anchors"),
        ('[trust]\nanchors = ["a", "a"]\n', "trust.anchors[1]"),
        ('[trust]\nanchors = ["a", ""]\n', "trust.anchors[1]"),
        ('[trust]\nanchors = ["a\\u0000"]\n', "trust.anchors[0]"),
        ('[trust]\nanchors = ["a", 1]\n', "trust.anchors[1]"),
        ('[trust]\nanchors = "a"\n', "trust.anchors"),
        (TRUST + 'crls = ["c", "./c"]\n', "trust.crls[1]"),
        (TRUST + 'intermediates = ["c", "c"]\n', "trust.intermediates[1]"),
        (TRUST + "crl = []\n", "trust.crl"),
        ("surprise = 1\n" + TRUST, "surprise"),
        (TRUST + "[surprise]\n", "surprise"),
        (TRUST + SIGNER + 'rsa_padding = "none"\n', "signers.acme.rsa_padding"),
        (TRUST + "[module]\npaht = 'x'\n", "module.paht"),
        (TRUST + "[module]\nenvironment = { A = 1 }\n", "module.environment.A"),
        (TRUST + "[module]\nenvironment = { 'A=B' = 'x' }\n", "module.environment"),
        (
            TRUST + "[module]\nenvironment = { A='x' }\nenvironment_paths = { A='y' }\n",
            "module.environment_paths.A",
        ),
        (TRUST + "[policy]\n", "policy.file"),
        (TRUST + "[audit]\npath = ''\n", "audit.path"),
        (TRUST + "[form]\nmapping = 3\n", "form.mapping"),
        (TRUST + "[limits]\nmax_ratio = 0\n", "limits.max_ratio"),
        (TRUST + "[limits]\nmax_ratio = true\n", "limits.max_ratio"),
        (TRUST + "[limits]\nmax_entries = 1e4\n", "limits.max_entries"),
        (TRUST + "[limits]\nmax_depth = 1\n", "limits.max_depth"),
        (TRUST + "[signers]\nacme = 1\n", "signers.acme"),
        (TRUST + "[signers.'a b']\nrole='dcc'\ntoken='pkcs11:'\n", 'signers."a b"'),
        (TRUST + "[signers.'../x']\nrole='dcc'\ntoken='pkcs11:'\n", 'signers."../x"'),
        (TRUST + "[signers.acme]\nrole = 'dcc'\n", "signers.acme.token"),
        (TRUST + "[signers.acme]\ntoken = 'pkcs11:'\nrole = 'boss'\n", "signers.acme.role"),
        (TRUST + "[signers.acme]\ntoken = 'acme'\nrole = 'dcc'\n", "signers.acme.token"),
        (TRUST + SIGNER + "label = 'x'\n", "signers.acme.label"),
        (TRUST + SIGNER + "certificate = ''\n", "signers.acme.certificate"),
        (TRUST + SIGNER + "pin = {}\n", "signers.acme.pin"),
        (TRUST + SIGNER + "pin = { env = 'A', file = 'b' }\n", "signers.acme.pin"),
        (TRUST + SIGNER + "pin = { env = '' }\n", "signers.acme.pin.env"),
        (TRUST + SIGNER + "pin = { env = 'A=B' }\n", "signers.acme.pin.env"),
        (TRUST + SIGNER + "pin = { file = '' }\n", "signers.acme.pin.file"),
        (TRUST + SIGNER + "pin = { program = [] }\n", "signers.acme.pin.program"),
        (TRUST + SIGNER + "pin = { program = [''] }\n", "signers.acme.pin.program[0]"),
        (TRUST + SIGNER + "pin = { program = 'pass iki' }\n", "signers.acme.pin.program"),
        (TRUST + SIGNER + "pin = { value = 'x' }\n", "signers.acme.pin.value"),
        (TRUST + SIGNER + "pin = { pinentry = '' }\n", "signers.acme.pin.pinentry[0]"),
        (TRUST + SIGNER + "pin = { fd = -1 }\n", "signers.acme.pin.fd"),
        (TRUST + SIGNER + "pin = { fd = '3' }\n", "signers.acme.pin.fd"),
        (TRUST + SIGNER + "pin = { credential = '../a' }\n", "signers.acme.pin.credential"),
        (TRUST + SIGNER + "pin = { credential = '..' }\n", "signers.acme.pin.credential"),
        (TRUST + SIGNER + "pin = { keyring = 'iki' }\n", "signers.acme.pin"),
        (TRUST + SIGNER + "pin = { user = 'acme' }\n", "signers.acme.pin"),
        (TRUST + SIGNER + "pin = { keyring = 'iki', user = '' }\n", "signers.acme.pin.user"),
        (TRUST + "[module]\npin_ledger = ''\n", "module.pin_ledger"),
        (TRUST + SIGNER + SUBJECT + "surname = 'x'\n", "signers.acme.subject.surname"),
        (TRUST + SIGNER + SUBJECT.replace('"7f"', '"7"'), "signers.acme.subject.role_code"),
        (TRUST + SIGNER + SUBJECT.replace('"7f"', '"7g"'), "signers.acme.subject.role_code"),
        (TRUST + SIGNER + SUBJECT.replace('"Acme"', '" "'), "signers.acme.subject.organisation"),
        (TRUST + SIGNER + SUBJECT.replace('"Acme"', f'"{"x" * 65}"'), "signers.acme.subject.organisation"),
        (TRUST + SIGNER + SUBJECT.replace('"a"', '"a\\n"'), "signers.acme.subject.common_name"),
        (TRUST + SIGNER + SUBJECT + "entity_identifier = '90B3'\n", "signers.acme.subject.entity_identifier"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_dotted_key(text: str, key: str) -> None:
    """The error names the file and the dotted key, whatever is wrong with it."""
    assert refused(text).message.startswith(f"{FOLDER / 'iki.toml'}: {key}: ")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"[trust",
        b"[trust]\nanchors = ['a']\nanchors = ['b']\n",
        b"[trust]\n[trust]\n",
        b"x = " + b"[" * 100_000,
        b"x = " + b"9" * 10_000,
    ],
)
def test_what_is_not_toml_is_refused_with_the_file(data: bytes) -> None:
    """Bytes that are no text, no TOML, or say a key twice, are one error naming the file."""
    with pytest.raises(UsageError) as caught:
        parse_configuration(data, path=FOLDER / "iki.toml")
    assert caught.value.code == "configuration-invalid"
    assert str(FOLDER / "iki.toml") in caught.value.message


@pytest.mark.parametrize(
    "setting",
    [
        'pin = "271828"',
        "pin = 271828",
        'pin = { pin = "271828" }',
        'pin = { env = "271828", x = 1 }',
        "pin = { file = 271828 }",
        'pin = ["271828"]',
    ],
)
def test_a_pin_in_the_configuration_is_refused_and_not_repeated(setting: str) -> None:
    """A PIN written into the file by mistake does not travel on into a message."""
    error = refused(TRUST + SIGNER + setting + "\n")
    assert "271828" not in error.message + error.hint


@pytest.mark.parametrize(
    "token",
    [
        *("pkcs11:?PIN-VALUE=271828", "pkcs11:?pin%2Dvalue=271828", "pkcs11:token=a?pin_value=271828"),
    ],
)
def test_a_pin_in_the_uri_is_refused_and_not_repeated(token: str) -> None:
    """RFC 7512 has `pin-value`; here it is refused, however it is spelt."""
    error = refused(TRUST + f"[signers.acme]\nrole = 'dcc'\ntoken = '{token}'\n")
    assert "271828" not in error.message + error.hint


def test_an_unknown_signer_is_an_error_that_lists_the_known() -> None:
    """`--as` with a name that is not configured."""
    with pytest.raises(UsageError) as caught:
        parse(TRUST + SIGNER).find_signer("acne")
    assert caught.value.code == "signer-unknown"
    assert "acme" in caught.value.hint


def test_the_configuration_cannot_be_changed() -> None:
    """What was validated stays as it was validated."""
    configuration = parse(TRUST + SIGNER)
    with pytest.raises(AttributeError):
        configuration.audit.path = None  # type: ignore[misc]
    with pytest.raises(TypeError):
        configuration.signers["x"] = configuration.signers["acme"]  # type: ignore[index]
    with pytest.raises(TypeError):
        configuration.module.environment["x"] = "y"  # type: ignore[index]


def test_the_example_parses_and_shows_the_default_limits() -> None:
    """The example says everything that can be said, and its limits are the defaults."""
    configuration = parse_configuration(EXAMPLE.read_bytes(), path=EXAMPLE)
    assert configuration.limits == DocumentLimits()
    assert configuration.policy_file == EXAMPLE.with_name("policy.example.toml")
    subject = configuration.find_signer("manufacturer").subject
    assert subject is not None
    assert (subject.role_code, subject.entity_identifier) == ("7F", bytes.fromhex("90B3D51F30010002"))
    assert configuration.find_signer("supplier").pin == PINEnvironment("SUPPLIER_IKI_PIN")


_KEYS = st.sampled_from(
    ["trust", "anchors", "signers", "acme", "pin", "module", "environment", "limits", "x y"]
)
_VALUES = st.recursive(
    st.sampled_from(["''", "'a'", "1", "-1", "1.5", "true", "[]", "{}", "1979-05-27", "'pkcs11:'", "'dcc'"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.tuples(_KEYS, inner).map(lambda pair: f"{{'{pair[0]}' = {pair[1]}}}")
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64) | st.tuples(_KEYS, _VALUES).map(lambda p: f"'{p[0]}' = {p[1]}\n".encode()))
def test_no_foreign_error_leaves_the_parser(data: bytes) -> None:
    """Whatever the bytes are: a configuration or a `configuration-invalid`."""
    try:
        parse_configuration(data, path=FOLDER / "iki.toml")
    except UsageError as error:
        assert error.code == "configuration-invalid"  # noqa: PT017 - both ways are right

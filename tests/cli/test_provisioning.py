"""From an empty slot to a key with its certificate, and to its end: on SoftHSM, through the commands."""

import re
import subprocess
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, expect_refused, nothing_changes
from tests.cli.terminal import at_terminal
from tests.cli.test_csr import read_request
from tests.cli.test_failing_tokens import put_faults_before
from tests.cli.test_schemas import check
from tests.support.lab import Lab, Run, Story
from tests.support.tools import require_tool

OFFICER = "officer-pin-1"
SO = ("--so-pin-source", "env:SO_PIN")


def init(lab: Lab, *arguments: str, officer: str = OFFICER) -> Run:
    """Initialise the token of the signer `new`."""
    return lab.iki("token", "init", "--as", "new", *SO, *arguments, variables={"SO_PIN": officer})


def iki(lab: Lab, first: str, second: str, *arguments: str | Path) -> Run:
    """Run a command for the signer `new`."""
    return lab.iki(first, second, "--as", "new", *arguments)


def add_signer(lab: Lab) -> Lab:
    """Add a signer whose token is not there yet."""
    pin = lab.folder / "pins" / "new.pin"
    pin.write_text("24681357\n", encoding="utf-8")
    pin.chmod(0o600)
    with lab.configuration.open("a", encoding="utf-8") as file:
        file.write(
            '\n[signers.new]\nrole = "manufacturer"\ntoken = "pkcs11:token=fresh;object=iki%20signing"\n'
            'pin = { file = "pins/new.pin" }\n'
            '[signers.new.subject]\norganisation = "TEST Meter Works Ltd"\nrole_code = "7F"\n'
            'common_name = "TEST new"\n'
        )
    return lab


@pytest.fixture
def new(lab: Lab) -> Lab:
    """Return an environment with that signer."""
    return add_signer(lab)


@pytest.fixture(scope="session")
def made_ready(shared_story: Story, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Make, once, an environment where that signer's token has a key."""
    made = add_signer(shared_story.lab.copy(tmp_path_factory.mktemp("ready") / "lab"))
    for run in (init(made), iki(made, "key", "generate")):
        assert run.status == ExitStatus.OK, run.stderr
    return made


@pytest.fixture
def ready(made_ready: Lab, tmp_path: Path) -> Lab:
    """Return a copy of it."""
    return made_ready.copy(tmp_path / "ready")


def issue(lab: Lab, folder: Path, *, days: int = 30) -> Path:
    """Let OpenSSL, as the rehearsal's issuing CA, answer the request of `new`."""
    request, answer = folder / "new.csr.pem", folder / f"new-{days}.pem"
    if not request.exists():
        lab.do("csr", "--as", "new", "-o", request)
    pki = lab.folder / "pki"
    key = next(pki.rglob("test-only-issuing.key.pem"))
    command = (require_tool("openssl"), "x509", "-req", "-in", request, "-CA", lab.issuing, "-CAkey", key)
    subprocess.run([*command, "-days", str(days), "-out", answer], check=True, capture_output=True)
    return answer


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p521", "rsa-2048"])
def test_from_an_empty_slot_to_a_signed_request(new: Lab, kind: str) -> None:
    """Each step prints a URI to paste, fits its schema, and is on record before and after."""
    with audited(new, ("token-init", "begun", ()), ("token-init", "done", ())):
        made = init(new, "--json")
    check("token-init", made.json)
    assert (made.status, made.stderr, made.json["label"]) == (ExitStatus.OK, "", "fresh")
    with audited(new, ("key-generate", "begun", ()), ("key-generate", "done", ())) as lines:
        key = iki(new, "key", "generate", "--kind", kind, "--json")
    check("key-generate", key.json)
    assert (key.json["kind"], key.json["label"]) == (kind, "iki signing")
    assert lines[1]["key_uri"] == key.json["uri"]
    assert "TEST new" in read_request(new.do("csr", "--as", "new").stdout)


def test_the_next_step_is_said(new: Lab) -> None:
    """For people: the URI, and the command to go on with, which then works."""
    run = init(new)
    assert re.search(r"^Token +pkcs11:token=fresh;", run.stdout, re.MULTILINE)
    for _ in range(2):
        following = re.search(r"^Next +iki (.+)$", run.stdout, re.MULTILINE)
        assert following
        run = new.iki(*following[1].split(), cwd=new.folder)
        assert run.status == ExitStatus.OK


def test_an_initialised_token_wants_its_serial_number(ready: Lab) -> None:
    """Neither without a confirmation nor with another's serial number is it touched; with its own it is."""
    serial = next(
        token["serial"] for token in ready.iki("token", "list", "--json").json if token["label"] == "fresh"
    )
    with nothing_changes(ready.folder / "tokens"):
        for arguments in ((), ("--confirm", "fresh"), ("--confirm", serial[:-1])):
            expect_failed(init(ready, "--serial", serial, *arguments), ExitStatus.USAGE)
    with audited(ready, ("token-init", "begun", ()), ("token-init", "done", ())):
        wiped = init(ready, "--serial", serial, "--confirm", serial)
    assert wiped.status == ExitStatus.OK, wiped.stderr
    assert iki(ready, "key", "list", "--json").json == []


def test_a_wrong_officers_pin_is_sent_once(ready: Lab) -> None:
    """Rejected, remembered, and not sent again; the token is as it was."""
    serial = next(
        token["serial"] for token in ready.iki("token", "list", "--json").json if token["label"] == "fresh"
    )
    for code in ("pin-rejected", "pin-rejected-before"):
        outcomes = ("token-init", "begun", ()), ("token-init", "failed", (code,))
        with audited(ready, *outcomes):
            run = init(ready, "--serial", serial, "--confirm", serial, officer="not-the-pin")
            expect_failed(run, ExitStatus.TOKEN)
    assert len(iki(ready, "key", "list", "--json").json) == 1


@pytest.mark.parametrize("arguments", [("--slot", "987654"), ("--serial", "nobody's")])
def test_a_slot_that_is_not_there(new: Lab, arguments: tuple[str, ...]) -> None:
    """The message lists those that are."""
    run = init(new, *arguments)
    expect_failed(run, ExitStatus.TOKEN)
    assert "uninitialised" in run.stderr
    assert "manufacturer" in run.stderr


def test_a_label_that_is_taken(ready: Lab) -> None:
    """Two tokens of one name could not be told apart."""
    with audited(ready, ("token-init", "begun", ()), ("token-init", "failed", ("token-exists",))):
        expect_failed(init(ready), ExitStatus.TOKEN)


@pytest.mark.parametrize("source", ["4711", "pin:4711", "fd:x", "env:", "program:", "keyring:4711"])
def test_a_source_that_is_none_is_not_repeated(new: Lab, source: str) -> None:
    """It may have been a PIN."""
    run = new.iki("token", "init", "--as", "new", "--so-pin-source", source)
    expect_failed(run, ExitStatus.USAGE)
    assert "4711" not in run.stderr


def test_new_pins_are_typed_twice(new: Lab) -> None:
    """At a terminal; when they differ nothing is made."""
    new.configure('pin = { file = "pins/new.pin" }', 'pin = "prompt"')
    for again, status in ((b"87654321", ExitStatus.TOKEN), (b"12345678", ExitStatus.OK)):
        with at_terminal(new.configuration, "token", "init", "--as", "new") as terminal:
            for name, typed in ((b"officer", b"officer-1"), (b"user", b"12345678")):
                terminal.wait_for(b"New PIN")
                terminal.type(typed + b"\n")
                terminal.wait_for(b"again: ")
                terminal.shown = b""
                terminal.type((again if name == b"user" else typed) + b"\n")
            assert terminal.wait() == status
            assert b"12345678" not in terminal.shown


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("--kind", "dsa"), ExitStatus.USAGE), ((), ExitStatus.TOKEN)],
    ids=["unknown-kind", "key-exists"],
)
def test_a_key_that_cannot_be_made(ready: Lab, arguments: tuple[str, ...], status: ExitStatus) -> None:
    """A kind that is none, and a name that is taken; the old key is there still."""
    expect_failed(iki(ready, "key", "generate", *arguments), status)
    assert len(iki(ready, "key", "list", "--json").json) == 1


def test_a_certificate_is_written_beside_its_key(ready: Lab, tmp_path: Path) -> None:
    """Once; again it is unchanged; another needs --replace and takes its place; on record."""
    first, second = issue(ready, tmp_path), issue(ready, tmp_path, days=60)
    with audited(ready, ("certificate-import", "begun", ()), ("certificate-import", "done", ())) as lines:
        run = iki(ready, "cert", "import", first, "--json")
    check("cert-import", run.json)
    assert (run.json["new"], run.json["used"], run.json["replaced"]) == (True, True, [])
    assert lines[1]["certificate"]["sha256"] == run.json["sha256"]
    assert iki(ready, "cert", "import", first, "--json").json["new"] is False
    expect_failed(iki(ready, "cert", "import", second), ExitStatus.USAGE)
    replaced = iki(ready, "cert", "import", second, "--replace")
    assert (replaced.status, len(replaced.lines("warning"))) == (ExitStatus.OK, 1)
    again = iki(ready, "cert", "import", first, "--replace", "--json").json
    check("cert-import", again)
    assert len(again["replaced"]) == 1


def test_a_certificate_of_another_key_is_refused(ready: Lab) -> None:
    """By the public key, whatever its names say; nothing is written."""
    outcome = ("certificate-import", "failed", ("certificate-other-key",))
    with audited(ready, outcome):
        expect_failed(iki(ready, "cert", "import", ready.certificate("manufacturer")), ExitStatus.USAGE)


def test_no_certificate_at_all(ready: Lab) -> None:
    """A file that is none asks for no PIN."""
    expect_failed(iki(ready, "cert", "import", ready.configuration), ExitStatus.DOCUMENT)


def test_a_key_is_destroyed_when_its_label_was_typed(ready: Lab, tmp_path: Path) -> None:
    """Not before; a certificate in force is warned of; both halves go, and the certificate when asked."""
    assert iki(ready, "cert", "import", issue(ready, tmp_path)).status == ExitStatus.OK
    for arguments in ((), ("--confirm", "iki")):
        run = iki(ready, "key", "destroy", *arguments)
        assert (run.status, run.stdout) == (ExitStatus.USAGE, "")
        assert [len(run.lines(kind)) for kind in ("warning", "error", "hint")] == [1, 1, 1]
    assert len(iki(ready, "key", "list", "--json").json) == 1
    with audited(ready, ("key-destroy", "begun", ()), ("key-destroy", "done", ())):
        run = iki(ready, "key", "destroy", "--confirm", "iki signing", "--with-certificate", "--json")
    check("key-destroy", run.json)
    kinds = [re.search(r"type=(\w+)", uri)[1] for uri in run.json["destroyed"]]  # type: ignore[index]
    assert kinds == ["private", "public", "cert"]
    assert iki(ready, "key", "list", "--json").json == []
    assert iki(ready, "key", "generate").status == ExitStatus.OK  # nothing of the old is in the way


def test_destroyed_at_a_terminal(ready: Lab) -> None:
    """The question names the key and what to type."""
    with at_terminal(ready.configuration, "key", "destroy", "--as", "new") as terminal:
        terminal.wait_for(b"Type iki signing")
        terminal.type(b"iki signing\n")
        assert terminal.wait() == ExitStatus.OK


@pytest.mark.parametrize(
    "words",
    [("token", "init"), ("key", "generate"), ("key", "destroy"), ("cert", "import")],
    ids=" ".join,
)
def test_only_who_may_use_the_key(ready: Lab, words: tuple[str, str]) -> None:
    """`requesters` of the signer holds for its provisioning too."""
    ready.configure('object=iki%20signing"\n', 'object=iki%20signing"\nrequesters = ["uid:4711"]\n')
    arguments = [ready.certificate("manufacturer")] if words[0] == "cert" else []
    with nothing_changes(ready.folder / "tokens"):
        expect_refused(iki(ready, *words, *arguments), "requester")


def test_without_a_record_nothing_is_changed(ready: Lab) -> None:
    """An audit log that cannot be written stops it before the token."""
    ready.audit.rename(ready.folder / "elsewhere")
    ready.audit.mkdir()
    with nothing_changes(ready.folder / "tokens"):
        expect_failed(iki(ready, "key", "destroy", "--confirm", "iki signing"), ExitStatus.USAGE)


@pytest.mark.parametrize(
    ("line", "words", "code"),
    [
        ("C_GenerateKeyPair * return 0x54", ("key", "generate"), "function-not-supported"),
        ("C_GenerateKeyPair * return 0x101", ("key", "generate"), "officer-login-required"),
        ("C_GenerateKeyPair * return 0xE2", ("key", "generate"), "token-read-only"),
        ("C_OpenSession * return 0xE2", ("key", "generate"), "token-read-only"),
        ("C_GenerateKeyPair * return 0x70", ("key", "generate"), "mechanism-missing"),
        ("C_GenerateKeyPair * return 0xD1", ("key", "generate"), "generation-failed"),
        ("C_GenerateKeyPair * return 0x5", ("key", "generate"), "token-error"),
        ("C_DestroyObject * return 0x54", ("key", "destroy"), "function-not-supported"),
        ("C_InitToken * return 0x54", ("token", "init"), "function-not-supported"),
        ("C_InitToken * return 0xB6", ("token", "init"), "token-in-use"),
    ],
)
def test_a_module_that_does_not_allow_it(
    made_ready: Lab, tmp_path: Path, line: str, words: tuple[str, str], code: str
) -> None:
    """A refusal that says which, with the next step, on record; and the key that was there is there."""
    lab = made_ready.copy(tmp_path / "lab")
    faults = put_faults_before(lab, tmp_path / "faults")
    arguments = {"destroy": ("--confirm", "iki signing"), "generate": (), "init": SO}[words[1]]
    old = "token=fresh;object=iki%20signing"
    if words[1] != "destroy":
        lab.configure(old, "token=fresher" if words[1] == "init" else "token=fresh;object=other")
    faults.script(line)
    run = lab.iki(*words, "--as", "new", *arguments, variables={"SO_PIN": OFFICER})
    expect_failed(run, ExitStatus.TOKEN)
    assert lab.read_audit()[-1]["findings"][0]["code"] == code
    assert faults.list_violations() == {}

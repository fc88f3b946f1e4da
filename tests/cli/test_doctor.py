"""`iki doctor`: what is well passes, what is ill is named with its way out, and no PIN is ever sent."""

import json
import socket
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from agent.service.doctor import examination
from agent.service.doctor.checks import CHECKS
from agent.service.doctor.line import Check, Health, Line
from agent.service.doctor.patient import Patient
from tests.cli.expect import expect_failed, nothing_changes
from tests.cli.test_failing_tokens import put_faults_before
from tests.cli.test_schemas import check, load_schema
from tests.support.lab import Lab, Run, Story, run_iki
from tests.support.softhsm import require_softhsm

DAY = timedelta(days=1)


def examine(lab: Lab, *arguments: str) -> Run:
    """Run the doctor for one signer."""
    return lab.iki("doctor", "--as", "manufacturer", "--json", *arguments)


def troubles(run: Run) -> dict[str, str]:
    """List the codes of what did not pass, each with the check's name and health; every one has a hint."""
    check("doctor", run.json)
    assert run.stderr == ""
    lines = [line for line in run.json["lines"] if line["health"] != "pass"]
    assert all(line["hint"] and line["message"] for line in lines)
    return {line["code"]: f"{line['check']} {line['health']}" for line in lines}


def test_all_is_well(lab: Lab, tmp_path: Path) -> None:
    """Every check has a line and passes; nothing is sent to the token, and its files stay as they are."""
    faults = put_faults_before(lab, tmp_path / "faults")
    with nothing_changes(lab.folder / "tokens", lab.folder / "pins", lab.folder / "certificates"):
        run = lab.iki("doctor", "--json")
    assert (run.status, run.json["health"], troubles(run)) == (ExitStatus.OK, "pass", {})
    assert {line["check"] for line in run.json["lines"]} == {each.name for each in CHECKS}
    assert {line["subject"] for line in run.json["lines"]} > {"manufacturer", "supplier", "dcc"}
    assert faults.calls("C_Login") == 0
    assert faults.list_violations() == {}
    assert faults.counter("most_open") >= 2


def test_the_socket_of_a_daemon(lab: Lab, tmp_path: Path) -> None:
    """A variable leads the module to its daemon; that everybody may connect, as to pcscd, is no finding."""
    path = tmp_path / "pcscd.comm"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0o666)
        lab.configure("[module]\n", f'[module]\nenvironment = {{ PCSCLITE_CSOCK_NAME = "{path}" }}\n')
        run = examine(lab)
    assert (run.status, troubles(run)) == (ExitStatus.OK, {})


def test_for_people(shared_story: Story) -> None:
    """A line each on standard output, with the hint below what is not well."""
    run = shared_story.lab.iki("doctor", "--as", "dcc")
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert all(line.startswith("pass  ") for line in run.stdout.splitlines())


def _spoil_pin_file(lab: Lab) -> None:
    lab.pin("manufacturer").chmod(0o644)


def _spoil_policy(lab: Lab) -> None:
    (lab.folder / "policy.toml").chmod(0o666)


def _spoil_audit(lab: Lab) -> None:
    lab.audit.write_bytes(lab.audit.read_bytes().replace(b'"sign"', b'"Sign"', 1))


def _spoil_crls(lab: Lab) -> None:
    lab.publish(this_update=-9 * DAY, next_update=-DAY)


def _remove_crls(lab: Lab) -> None:
    for path in lab.crls.iterdir():
        path.unlink()


def _advance_crls(lab: Lab) -> None:
    lab.publish(this_update=DAY, next_update=30 * DAY)


def _expire(lab: Lab) -> None:
    lab.issue("manufacturer", not_before=-10 * DAY, not_after=-DAY)


def _exchange_certificate(lab: Lab) -> None:
    lab.certificate("manufacturer").write_bytes(lab.certificate("supplier").read_bytes())


def _lose_anchor(lab: Lab) -> None:
    lab.root.write_bytes(lab.certificate("supplier").read_bytes())


def _lose_module(lab: Lab) -> None:
    lab.configure(str(require_softhsm()), "/usr/lib/no-such-module.so")


def _lose_token(lab: Lab) -> None:
    lab.configure("token=manufacturer;", "token=elsewhere;")


def _lose_key(lab: Lab) -> None:
    lab.configure("token=manufacturer;object=signing", "token=manufacturer;object=other")


def _lose_mechanism(lab: Lab) -> None:
    with lab.softhsm_configuration.open("a", encoding="utf-8") as file:
        file.write("slots.mechanisms = CKM_RSA_PKCS,CKM_RSA_PKCS_KEY_PAIR_GEN\n")


@pytest.mark.parametrize(
    ("spoil", "status", "expected"),
    [
        (_spoil_pin_file, ExitStatus.USAGE, {"pin-file-unsafe": "permissions fail"}),
        (
            _spoil_policy,
            ExitStatus.USAGE,
            {"settings-writable": "configuration fail", "writable-by-everybody": "permissions fail"},
        ),
        (_spoil_audit, ExitStatus.USAGE, {"audit-damaged": "audit fail"}),
        (_lose_anchor, ExitStatus.USAGE, {"anchor-no-ca": "anchors fail", "crl-absent": "crl fail"}),
        (_spoil_crls, ExitStatus.REFUSED, {"crl-stale": "crl fail"}),
        (_remove_crls, ExitStatus.REFUSED, {"crl-absent": "crl fail"}),
        (_advance_crls, ExitStatus.REFUSED, {"crl-not-yet-valid": "crl fail", "clock": "clock fail"}),
        (_expire, ExitStatus.REFUSED, {"certificate-expired": "certificate fail"}),
        (_exchange_certificate, ExitStatus.REFUSED, {"key-certificate-mismatch": "key fail"}),
        (_lose_module, ExitStatus.TOKEN, {"module-not-found": "module fail"}),
        (_lose_token, ExitStatus.TOKEN, {"token-not-found": "token fail"}),
        (_lose_key, ExitStatus.OK, {"login-needed": "key warn"}),
        (_lose_mechanism, ExitStatus.TOKEN, {"mechanism-missing": "mechanism fail"}),
    ],
)
def test_what_is_ill_is_named(
    lab: Lab, spoil: Callable[[Lab], None], status: ExitStatus, expected: dict[str, str]
) -> None:
    """And nothing else: an error that several checks meet is told once."""
    spoil(lab)
    run = examine(lab)
    assert (troubles(run), run.status) == (expected, status)


def test_a_certificate_that_expires_soon_is_a_warning(lab: Lab) -> None:
    """As signing would: exit 0, with the days that are left."""
    lab.issue("manufacturer", not_before=-10 * DAY, not_after=10 * DAY)
    run = examine(lab)
    assert (run.status, run.json["health"]) == (ExitStatus.OK, "warn")
    assert troubles(run) == {"certificate-expires": "certificate warn"}


def test_the_state_of_the_pin(lab: Lab, tmp_path: Path) -> None:
    """Wrong PINs, by whoever, are seen without a login: counted, one left, locked."""
    faults = put_faults_before(lab, tmp_path / "faults")
    faults.script("tries 3")
    for wrong, code in (("1", "pin-count-low"), ("2", "pin-final-try"), ("3", "pin-locked")):
        lab.pin("manufacturer").write_text(wrong * 8, encoding="utf-8")
        lab.iki("key", "list", "--as", "manufacturer", "--final-try")
        sent = faults.calls("C_Login")
        run = examine(lab)
        health = "warn" if code == "pin-count-low" else "fail"
        assert troubles(run) == {code: f"pin {health}"}
        assert run.status == (ExitStatus.OK if health == "warn" else ExitStatus.TOKEN)
        assert faults.calls("C_Login") == sent


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("C_OpenSession 20+ abort", {"module-crashed": "concurrency fail"}),
        ("C_OpenSession 20+ return 0x30", {"module-not-concurrent": "concurrency fail"}),
        ("C_Initialize * abort", {"module-crashed": "module fail"}),
        ("C_GetSlotList * return 0x30", {"token-error": "module fail"}),
    ],
)
def test_a_module_that_fails_is_a_finding(
    lab: Lab, tmp_path: Path, line: str, expected: dict[str, str]
) -> None:
    """It crashes in a process of its own: the doctor goes on, and tells."""
    put_faults_before(lab, tmp_path / "faults").script(line)
    run = examine(lab)
    assert (troubles(run), run.status) == (expected, ExitStatus.TOKEN)


def test_a_profile_that_serialises_is_believed(lab: Lab) -> None:
    """A module that cannot bear two threads is not tried with two."""
    lab.configure("\n[trust]", "\n[module.profile]\nserialise = true\n\n[trust]")
    assert troubles(examine(lab)) == {}


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    """One line, and its status."""
    (tmp_path / "config.toml").write_text("nonsense")
    for path, code in (("config.toml", "configuration-invalid"), ("absent.toml", "configuration-missing")):
        run = run_iki("--config", tmp_path / path, "doctor", "--json")
        assert (run.status, troubles(run)) == (ExitStatus.USAGE, {code: "configuration fail"})


def test_a_signer_that_is_not_there(shared_story: Story) -> None:
    """A mistyped name is a usage error, not an illness."""
    expect_failed(shared_story.lab.iki("doctor", "--as", "nobody"), ExitStatus.USAGE)


def test_a_check_that_crashes_is_a_line(
    shared_story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A defect in one check keeps no other from being made."""

    def crash(patient: Patient) -> Iterable[Line]:
        raise KeyError(json.dumps(str(patient)))

    checks = (Check("first", ExitStatus.TOKEN, crash), CHECKS[0])
    monkeypatch.setattr(examination, "CHECKS", checks)
    diagnosis = examination.run_doctor(shared_story.lab.configuration, None)
    assert [(each.name, line.health) for each, line in diagnosis.lines] == [
        ("first", Health.FAIL),
        ("configuration", Health.PASS),
        ("configuration", Health.PASS),
    ]
    assert (diagnosis.lines[0][1].code, diagnosis.status) == ("check-crashed", ExitStatus.TOKEN)


def test_the_schema_names_every_check() -> None:
    """A check that is added to the program is added to the schema."""
    lines = load_schema("doctor")["properties"]["lines"]["items"]["properties"]
    assert lines["check"]["enum"] == [each.name for each in CHECKS]


def _find_line(lab: Lab, check: str) -> Line:
    """Let the doctor look, in this process, and find the one line of a check."""
    diagnosis = examination.run_doctor(lab.configuration, "manufacturer")
    (line,) = [line for each, line in diagnosis.lines if each.name == check]
    return line


def test_the_way_of_the_pin(lab: Lab, tmp_path: Path) -> None:
    """A pad that the configuration does not know of, one that it does, one that the token has not."""
    faults = put_faults_before(lab, tmp_path / "faults")
    faults.script("pad 1234")
    assert _find_line(lab, "pin").code == "pin-pad-demanded"
    lab.set_pin_source("manufacturer", '"pad"')
    assert _find_line(lab, "pin").health is Health.PASS
    faults.script()
    assert _find_line(lab, "pin").code == "pin-pad-missing"
    assert (faults.counter("prompts"), faults.calls("C_Login")) == (0, 0)


def test_a_module_that_hangs_is_waited_for_as_the_profile_says(lab: Lab, tmp_path: Path) -> None:
    """`deadline_seconds` holds for the doctor too."""
    faults = put_faults_before(lab, tmp_path / "faults")
    lab.configure("\n[trust]", "\n[module.profile]\ndeadline_seconds = 1\n\n[trust]")
    faults.script("C_GetSlotList * hang")
    line = _find_line(lab, "module")
    assert (line.code, "within 1 s" in line.message) == ("module-hangs", True)

"""What `unlock`, `lock` and time do to the tokens that the daemon holds, and what reloading changes of it."""

import signal
from pathlib import Path
from typing import Any

import pytest

from agent.errors import IkiError
from agent.exits import ExitStatus
from tests.cli.expect import expect_failed
from tests.cli.terminal import at_terminal
from tests.cli.test_failing_tokens import put_faults_before
from tests.support.daemon import Daemon, daemon_of
from tests.support.lab import Lab, Story


def token_of(daemon: Daemon, signer: str) -> dict[str, Any]:
    """Return what the daemon says of a signer's token."""
    tokens: list[dict[str, Any]] = daemon.ask("GET", "/tokens")["tokens"]
    (found,) = (token for token in tokens if signer in token["signers"])
    return found


def list_children(process: int) -> set[int]:
    """List the token workers that a process started and that are still there (proc(5))."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    children = {int(child) for task in tasks for child in (task / "children").read_text().split()}
    return {child for child in children if b"hsm.worker" in Path(f"/proc/{child}/cmdline").read_bytes()}


def add(lab: Lab, text: str) -> None:
    """Add a table to the configuration."""
    lab.configuration.write_text(
        f"{lab.configuration.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8"
    )


def test_unlock_logs_in_and_lock_ends_the_worker(agent_lab: Lab) -> None:
    """Each token has a worker process while it is unlocked; locking one leaves the others alone."""
    with daemon_of(agent_lab) as daemon:
        assert list_children(daemon.process.pid) == set()
        assert daemon.iki("agent", "unlock", "--as", "manufacturer").status == ExitStatus.OK
        first = list_children(daemon.process.pid)
        assert len(first) == 1
        assert daemon.iki("agent", "unlock").status == ExitStatus.OK
        assert set(daemon.states().values()) == {"unlocked"}
        assert len(list_children(daemon.process.pid)) == 3
        locked = daemon.iki("agent", "lock", "--as", "manufacturer", "--json")
        assert [token["state"] for token in locked.json["tokens"]] == ["locked", "unlocked", "unlocked"]
        assert not list_children(daemon.process.pid) & first
        assert len(list_children(daemon.process.pid)) == 2


def test_ready_says_whether_every_token_would_sign(agent_lab: Lab) -> None:
    """A token whose PIN is in a file is ready before its first use, and not once it was locked on purpose."""
    with daemon_of(agent_lab) as daemon:
        assert daemon.ask("GET", "/health/ready")["ready"] is True
        daemon.ask("POST", "/agent/lock", {"signers": ["dcc"]})
        with pytest.raises(IkiError):  # 503, and no problem details: it is an answer
            daemon.ask("GET", "/health/ready")
        daemon.ask("POST", "/agent/unlock", {"signers": ["dcc"]})
        assert daemon.ask("GET", "/health/ready")["ready"] is True


def test_a_token_that_nobody_uses_is_locked_after_a_while(agent_lab: Lab) -> None:
    """After agent.idle_lock_seconds the PIN is forgotten and the worker ends; its next use may unlock it."""
    add(agent_lab, "[agent]\nidle_lock_seconds = 1")
    with daemon_of(agent_lab) as daemon:
        daemon.ask("POST", "/agent/unlock", {"signers": ["supplier"]})
        daemon.wait_for(lambda: daemon.states()["supplier"] == "locked")
        daemon.wait_for(lambda: list_children(daemon.process.pid) == set())
        assert token_of(daemon, "supplier")["unlocks_itself"] is True
        assert "locked after 1 seconds" in daemon.logged()


def test_a_wrong_pin_is_sent_once_and_a_person_has_to_unlock_again(agent_lab: Lab) -> None:
    """After a rejection the token does not unlock itself; the same PIN is not sent by another `unlock`."""
    agent_lab.pin("manufacturer").write_text("99999999")
    with daemon_of(agent_lab) as daemon:
        expect_failed(daemon.iki("agent", "unlock", "--as", "manufacturer"), ExitStatus.TOKEN)
        token = token_of(daemon, "manufacturer")
        assert (token["state"], token["problem"]) == ("locked", "pin-rejected")
        assert (token["ready"], token["unlocks_itself"]) == (False, False)
        expect_failed(daemon.iki("agent", "unlock", "--as", "manufacturer"), ExitStatus.TOKEN)
        assert token_of(daemon, "manufacturer")["problem"] == "pin-rejected-before"


def test_the_pin_is_asked_for_at_the_commands_terminal(agent_lab: Lab) -> None:
    """With pin = "prompt" the command asks, once, and the agent holds what was typed; no log has it."""
    pin = agent_lab.pin("manufacturer").read_text().strip()
    agent_lab.set_pin_source("manufacturer", '"prompt"')
    with daemon_of(agent_lab) as daemon:
        assert token_of(daemon, "manufacturer")["asks_person"] is True
        expect_failed(daemon.iki("agent", "unlock", "--as", "manufacturer"), ExitStatus.TOKEN)
        with at_terminal(
            agent_lab.configuration, "agent", "unlock", "--as", "manufacturer", variables=daemon.variables
        ) as terminal:
            terminal.wait_for(b"signer manufacturer): ")
            terminal.type(pin.encode() + b"\n")
            assert terminal.wait() == ExitStatus.OK
        assert daemon.states()["manufacturer"] == "unlocked"
        assert pin not in daemon.logged() + terminal.shown.decode()


def test_a_signer_that_there_is_not_is_told(daemon: Daemon) -> None:
    """The names that there are come with the error, as without an agent."""
    for command in ("lock", "unlock"):
        run = daemon.iki("agent", command, "--as", "nobody")
        expect_failed(run, ExitStatus.USAGE)
        assert "manufacturer, supplier, dcc" in run.lines("hint")[0]


def test_reload_takes_over_what_changed_and_keeps_other_tokens_unlocked(agent_lab: Lab) -> None:
    """A signer that went takes its token along; one that is configured as before stays unlocked."""
    with daemon_of(agent_lab) as daemon:
        daemon.ask("POST", "/agent/unlock", {})
        before = daemon.ask("GET", "/agent")["configuration_sha256"]
        text = agent_lab.configuration.read_text(encoding="utf-8").replace("[signers.dcc", "[signers.other")
        agent_lab.configuration.write_text(
            text.replace("pkcs11:token=dcc", "pkcs11:token=dcc;serial=0123"), encoding="utf-8"
        )
        assert daemon.iki("agent", "reload").status == ExitStatus.OK
        assert daemon.states() == {"manufacturer": "unlocked", "supplier": "unlocked", "other": "locked"}
        assert daemon.ask("GET", "/agent")["configuration_sha256"] != before
        assert len(list_children(daemon.process.pid)) == 2


def test_a_wrong_configuration_is_not_taken_over(agent_lab: Lab) -> None:
    """Neither by SIGHUP nor by `reload`: the old one stays in force, and the status says so."""
    with daemon_of(agent_lab) as daemon:
        daemon.ask("POST", "/agent/unlock", {"signers": ["dcc"]})
        good = agent_lab.configuration.read_text(encoding="utf-8")
        before = daemon.ask("GET", "/agent")["configuration_sha256"]
        agent_lab.configuration.write_text(good + "\nnonsense = 1\n", encoding="utf-8")
        daemon.signal(signal.SIGHUP)
        daemon.wait_for(lambda: "not reloaded" in daemon.logged())
        expect_failed(daemon.iki("agent", "reload"), ExitStatus.USAGE)
        status = daemon.ask("GET", "/agent")
        assert status["configuration_sha256"] == before
        assert "nonsense" in status["reload_problem"]
        assert daemon.states()["dcc"] == "unlocked"
        agent_lab.configuration.write_text(good, encoding="utf-8")
        daemon.signal(signal.SIGHUP)
        daemon.wait_for(lambda: daemon.ask("GET", "/agent")["reload_problem"] is None)


def test_two_uris_of_one_token_share_a_worker_and_a_login(agent_lab: Lab) -> None:
    """A signer may name the token by its label, another by its serial number."""
    tokens = agent_lab.iki("token", "list", "--json").json
    (serial,) = (token["serial"] for token in tokens if token["label"] == "manufacturer")
    text = agent_lab.configuration.read_text(encoding="utf-8")
    table = text[text.index("[signers.manufacturer]") :].partition("\n[")[0].rstrip()
    again = table.replace("signers.manufacturer", "signers.again").replace(
        "token=manufacturer", f"serial={serial}"
    )
    assert again.count(f"serial={serial}") == 1
    add(agent_lab, again)
    with daemon_of(agent_lab) as daemon:
        for name in ("manufacturer", "again"):
            daemon.ask("POST", "/agent/unlock", {"signers": [name]})
        assert token_of(daemon, "again")["signers"] == ["manufacturer", "again"]
        assert len(list_children(daemon.process.pid)) == 1
        daemon.ask("POST", "/agent/reload")
        daemon.ask("POST", "/agent/unlock", {"signers": ["again"]})
        assert daemon.states()["manufacturer"] == "unlocked"
        assert len(list_children(daemon.process.pid)) == 1


def test_a_key_that_asks_each_time_wants_a_cache_or_no_agent(shared_story: Story, tmp_path: Path) -> None:
    """The agent has nobody to ask: it says so, and with `pin_cache` what `unlock` was given stands."""
    story = shared_story.copy(tmp_path / "story")
    put_faults_before(story.lab, tmp_path / "faults").script("always")
    pin = story.lab.pin("manufacturer").read_text(encoding="utf-8").strip()
    story.lab.set_pin_source("manufacturer", '"prompt"')
    unlock = {"signers": ["manufacturer"], "pin": pin}
    output = tmp_path / "out.xlsx"
    with daemon_of(story.lab) as daemon:
        daemon.ask("POST", "/agent/unlock", unlock)
        run = daemon.iki("sign", story.form, "--as", "manufacturer", "-o", output)
        expect_failed(run, ExitStatus.TOKEN)
        assert "pin_cache" in run.lines("hint")[0]
        assert story.lab.read_audit()[-1]["findings"][-1]["code"] == "pin-each-time"
        role = 'role = "manufacturer"'
        story.lab.configure(role, f'{role}\npin_cache = "session"')
        daemon.ask("POST", "/agent/reload")
        daemon.ask("POST", "/agent/unlock", unlock)
        assert daemon.iki("sign", story.form, "--as", "manufacturer", "-o", output).status == ExitStatus.OK

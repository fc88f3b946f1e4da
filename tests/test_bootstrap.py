"""The machine part of `make`: what it finds, what it installs, and the one line it says otherwise."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hsm import discovery

ROOT = Path(__file__).resolve().parent.parent
BOOTSTRAP = ROOT / "config/dev/bootstrap.sh"
BASICS = ("basename", "cat", "env", "mktemp", "rm", "sh", "true")


class Machine:
    """A PATH of our own: the basic programs, and those that a test puts there."""

    def __init__(self, folder: Path) -> None:
        """Start with what every Unix has."""
        self.folder = folder
        for name in BASICS:
            (folder / name).symlink_to(shutil.which(name) or name)

    def add(self, name: str, body: str) -> None:
        """Put a shell script on the PATH."""
        script = self.folder / name
        script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        script.chmod(0o755)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the bootstrap script on this machine."""
        return subprocess.run(
            ["sh", str(BOOTSTRAP), "machine", *words],
            env={"PATH": str(self.folder), "LOG": str(self.folder / "log")},
            capture_output=True,
            text=True,
            check=False,
        )

    def installs(self) -> list[str]:
        """List what the package manager was asked, in order."""
        log = self.folder / "log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine of an ordinary user, without any package manager."""
    made = Machine(tmp_path)
    made.add("id", "echo 1000")
    return made


def add_apt(machine: Machine, *, working: bool = True) -> None:
    """Put an apt-get there that notes what it is asked; its `install` makes xmlsec1 appear when it works."""
    appears = (
        f": >{machine.folder}/xmlsec1; /bin/chmod +x {machine.folder}/xmlsec1" if working else "exit 100"
    )
    machine.add("apt-get", f'echo "$*" >>"$LOG"\ncase "$*" in *" install "*) {appears} ;; esac')


def test_nothing_is_said_when_everything_is_here(machine: Machine) -> None:
    """A machine that has what is needed is left alone, silently."""
    machine.add("xmlsec1", "exit 0")
    run = machine.run("need", "xmlsec1")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_on_an_unknown_system_one_line_names_the_package_for_four(machine: Machine) -> None:
    """Whoever cannot be helped is told what to install, on each system, in one line."""
    run = machine.run("need", "xmlsec1")
    (line,) = run.stderr.splitlines()
    assert run.returncode == 1
    assert all(word in line for word in ("apt-get", "dnf", "brew", "Windows"))


def test_a_user_without_rights_gets_one_line_and_nothing_is_installed(machine: Machine) -> None:
    """The package manager is not even asked when it could only refuse."""
    add_apt(machine)
    machine.add("sudo", "exit 1")
    run = machine.run("need", "xmlsec1", "want", "openssl")
    (line,) = run.stderr.splitlines()
    assert (run.returncode, machine.installs()) == (1, [])
    assert line.endswith("apt-get install xmlsec1 openssl")


def test_what_is_only_wanted_does_not_stop_the_run(machine: Machine) -> None:
    """A missing oracle is named, and its tests skip."""
    run = machine.run("want", "xmlsec1")
    assert (run.returncode, len(run.stderr.splitlines())) == (0, 1)


@pytest.mark.parametrize("rights", ["root", "sudo"])
def test_who_may_install_gets_it_installed_after_an_update(machine: Machine, rights: str) -> None:
    """A new machine has no package lists: `update` comes first, for root and for sudo that asks nothing."""
    add_apt(machine)
    if rights == "root":
        machine.add("id", "echo 0")
    else:
        machine.add("sudo", '[ "$1" = -n ] && shift && exec "$@"')
    run = machine.run("need", "xmlsec1")
    update, install = machine.installs()
    assert run.returncode == 0
    assert update.endswith(" update")
    assert install.endswith(" xmlsec1")


def test_a_package_manager_that_fails_is_shown_and_the_run_stops(machine: Machine) -> None:
    """A failed installation is not taken for a successful one."""
    add_apt(machine, working=False)
    machine.add("id", "echo 0")
    assert machine.run("need", "xmlsec1").returncode == 1


def test_the_shell_and_the_program_look_for_softhsm_in_the_same_places() -> None:
    """What `make` takes for an installed SoftHSM is what `iki` finds."""
    places = re.findall(r"^ +(/\S+libsofthsm2\.so)", BOOTSTRAP.read_text(encoding="utf-8"), re.MULTILINE)
    assert places == list(discovery._PATTERNS)


def test_every_name_that_make_asks_for_is_known() -> None:
    """A name that the script does not know would be missing on every machine."""
    asked = set(
        re.findall(
            r"machine need ([a-z0-9 ]+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    names = {name for line in asked for name in line.split()} - {"want"}
    text = BOOTSTRAP.read_text(encoding="utf-8")
    has = text[text.index("\nhas() {") :].partition("esac")[0]
    known = set(re.findall(r"[a-z0-9]+", " ".join(re.findall(r"^ +([a-z0-9 |]+)\)", has, re.MULTILINE))))
    assert names <= known


def test_a_backend_is_installed_by_its_packages(machine: Machine) -> None:
    """What a backend is called in `IKI_REQUIRE` is not what Debian calls its packages."""
    add_apt(machine)
    machine.add("sudo", "exit 1")
    run = machine.run("need", "p11kit", "container")
    assert run.returncode == 1
    assert run.stderr.splitlines()[0].endswith(
        "apt-get install p11-kit p11-kit-modules docker.io docker-compose debootstrap"
    )

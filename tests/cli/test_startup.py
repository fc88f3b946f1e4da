"""What commands import before they work: structure, which does not depend on the machine as time does.

`make bench` measures the time. PYTHONPROFILEIMPORTTIME makes Python name every module as it is imported.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.lab import Lab, Story, command_line, environment

_IMPORTED = re.compile(r"import time: +\d+ \| +\d+ \| +(\S+)")
_OF_OTHER_COMMANDS = {"asn1crypto", "filelock", "openpyxl", "pkcs11", "rich"}
_OF_IKI_FOR_OTHERS = {"agent.audit", "agent.cpl.new", "agent.lab", "hsm"}
_OF_THE_BINDING = {"asn1crypto", "pkcs11"}
_OF_DOCUMENTS = ("agent.cpl.form", "agent.cpl.mapping", "agent.formats.cms", "agent.formats.package", "lxml")
_OF_THE_NETWORK = {"http.client", "ssl", "urllib.request"}


def imported_modules(*arguments: str | Path, lab: Lab | None = None) -> set[str]:
    """Run `iki` in a new process and list the modules that it imported, and the packages they are in."""
    variables = {"IKI_CONFIG": str(lab.configuration)} if lab else {}
    own = environment(PYTHONPROFILEIMPORTTIME="1", **variables)
    return trace(command_line(arguments), own)


def trace(command: Sequence[str], variables: Mapping[str, str]) -> set[str]:
    """Run a command that tells what it imports, and list that."""
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(_IMPORTED.findall(run.stderr))


def packages(modules: set[str]) -> set[str]:
    """List the outermost packages."""
    return {module.partition(".")[0] for module in modules}


@pytest.fixture(scope="module")
def verifying(shared_story: Story) -> set[str]:
    """Return what `iki verify` imports for a small workbook with two signatures."""
    return imported_modules("verify", shared_story.countersigned, lab=shared_story.lab)


def test_help_imports_no_service_and_no_library_but_typer() -> None:
    """`iki --help` prints a table of commands: it imports none of them, nor anything that they need."""
    modules = imported_modules("--help")
    rooms = {module for module in modules if module.count(".") == 1 and module.startswith("agent.")}
    own = {"agent.__main__", "agent.cli", "agent.dataclass", "agent.errors", "agent.exits", "agent.findings"}
    assert rooms <= own
    foreign = _OF_OTHER_COMMANDS | {"cryptography", "lxml", "msgspec", "platformdirs", "pydantic"}
    assert not packages(modules) & (foreign | {"hsm"})


def test_verify_imports_nothing_that_only_signing_needs(verifying: set[str]) -> None:
    """`iki verify` touches no token, writes no audit line and makes no form, so it imports none of that."""
    assert {"cryptography", "lxml"} <= packages(verifying), "the modules are not seen any more"
    assert not packages(verifying) & _OF_OTHER_COMMANDS
    assert not verifying & _OF_IKI_FOR_OTHERS


def test_verify_imports_nothing_that_fetches(verifying: set[str]) -> None:
    """`iki verify` looks at CRLs in files and in the store alone, so it starts without HTTP and TLS."""
    assert "agent.service.crls.assembly" in verifying
    assert not verifying & _OF_THE_NETWORK


def test_verify_imports_nothing_of_timestamps(verifying: set[str]) -> None:
    """Whoever has no timestamps starts without their reader, and without asking for them."""
    assert "agent.policy.timestamps" in verifying
    assert not verifying & {
        "agent.formats.timestamp",
        "agent.service.timestamping",
        "agent.service.additions",
    }


def test_a_small_workbook_is_hashed_without_threads(verifying: set[str]) -> None:
    """Threads pay for large parts alone; for a form not even their module is imported."""
    assert "agent.formats.package.digests" in verifying
    assert "concurrent.futures.thread" not in verifying


def test_a_key_is_explained_without_the_readers_of_workbooks_and_without_tokens(shared_story: Story) -> None:
    """`iki policy explain` without a file is asked before every signature: it starts with the rules alone."""
    modules = imported_modules("policy", "explain", "--as", "manufacturer", lab=shared_story.lab)
    assert {"agent.policy.engine", "agent.policy.form_rules", "sqlite3"} <= modules
    assert not modules.intersection(_OF_DOCUMENTS)
    assert not [name for name in modules if name.startswith("agent.formats.spreadsheet")]
    assert not packages(modules) & (_OF_OTHER_COMMANDS - {"filelock"} | {"hsm"})
    assert not modules & _OF_THE_NETWORK


def test_a_workbook_is_explained_without_tokens(shared_story: Story) -> None:
    """With a file its readers come along, but neither the way to a token nor whatever signs."""
    modules = imported_modules(
        "policy", "explain", "--as", "supplier", shared_story.signed, lab=shared_story.lab
    )
    assert "agent.formats.package.verify" in modules
    assert not packages(modules) & (_OF_OTHER_COMMANDS - {"filelock"} | {"hsm"})


def test_signing_starts_without_the_binding() -> None:
    """The PKCS#11 binding is for the token's worker; `iki sign` itself imports the client of that alone."""
    modules = trace((sys.executable, "-c", "import agent.cli.sign"), environment(PYTHONPROFILEIMPORTTIME="1"))
    assert "hsm.token_key" in modules
    assert not packages(modules) & _OF_THE_BINDING

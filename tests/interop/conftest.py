"""One LibreOffice for the whole run, and at the end a list of what it said."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest

from tests.interop.libreoffice import LibreOffice, running_libreoffice
from tests.interop.signers import OFFICE_KINDS, OfficeSigner, make_office_signer
from tests.support.lab import KEY_KINDS, Lab

_SAID: Final = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def office_signers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, OfficeSigner]:
    """Make what LibreOffice signs with: for each kind of key a certificate and a PKCS #12 file."""
    return {kind: make_office_signer(tmp_path_factory.mktemp(kind), kind) for kind in OFFICE_KINDS}


@pytest.fixture(scope="session")
def libreoffice(
    request: pytest.FixtureRequest,
    labs: Callable[[str], Lab],
    office_signers: Mapping[str, OfficeSigner],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LibreOffice]:
    """Run a LibreOffice that trusts the rehearsal environments of every kind of key."""
    anchors = [labs(kind).root for kind in KEY_KINDS]
    keys = [signer.key_file for signer in office_signers.values()]
    with running_libreoffice(anchors, tmp_path_factory.mktemp("libreoffice"), keys=keys) as office:
        yield office
    request.config.stash[_SAID] = [office.version, *office.said]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Print LibreOffice's verdicts, so that a run is a record of them."""
    if _SAID not in config.stash:
        return
    version, *said = config.stash[_SAID]
    terminalreporter.section(version)
    for line in said:
        terminalreporter.write_line(line)

"""What holds for every file of a corpus of attacks: little time and memory, nothing else opened."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from agent.exits import ExitStatus
from agent.lab.ca import CA_NAMES
from tests.support.confined import CPU_SECONDS, Outcome
from tests.support.signer import NOW, SoftwareLab

BAD: Final = (ExitStatus.FAILED, ExitStatus.INDETERMINATE, ExitStatus.DOCUMENT)
"""What a refusal ends with."""
_MEMORY: Final = 200 * 1024 * 1024
_ANCHOR, _CRLS = "root.pem", "crls"


def write_trust(folder: Path, lab: SoftwareLab) -> None:
    """Write the trust anchor and CRLs of a test PKI."""
    root = load_der_x509_certificate(lab.authority.root_certificate.der)
    (folder / _ANCHOR).write_bytes(root.public_bytes(Encoding.PEM))
    (folder / _CRLS).mkdir()
    for name in CA_NAMES:
        crl = lab.authority.build_crl(name, this_update=NOW, next_update=NOW.replace(year=2027))
        (folder / _CRLS / f"{name}.crl").write_bytes(crl)


def list_arguments(folder: Path, *files: str | Path) -> list[str | Path]:
    """List the arguments of `iki` that verify files by that trust alone."""
    trust = ("--trust-anchor", folder / _ANCHOR, "--crl", folder / _CRLS)
    return ["verify", *files, "--json", "--at", NOW.isoformat(), *trust]


def check_outcome(outcome: Outcome, folder: Path, *given: str) -> None:
    """Check that nothing was opened but what was given, no socket, no process; and time and memory."""
    crls = {str(folder / _CRLS / f"{name}.crl") for name in CA_NAMES}
    assert outcome.opened <= crls | {str(folder / name) for name in (_ANCHOR, _CRLS, *given)}
    assert outcome.reached_out == ()
    assert outcome.cpu < CPU_SECONDS
    assert outcome.memory < _MEMORY

"""CRLs of configured files and folders, in memory alone."""

from collections.abc import Iterable
from pathlib import Path

from agent.pki.crl import CertificateList
from agent.service.crls.authorities import load_body
from agent.service.crls.places import write_place
from agent.service.files import list_files, read_file, reading_configured

_MAX_CRL = 256 * 1024 * 1024


def load_crl_files(paths: Iterable[Path]) -> tuple[CertificateList, ...]:
    """Load the CRLs of files and folders, past any store.

    A file or folder that is not there is no CRL: revocation is then undetermined, and says so.

    Raises:
        UsageError: a file cannot be read, or is no CRL.

    """
    with reading_configured():
        return tuple(
            crl
            for path in paths
            if path.exists()
            for file in list_files(path, what="CRL")
            for crl in load_body(read_file(file, what="CRL", limit=_MAX_CRL), where=write_place(file))
        )

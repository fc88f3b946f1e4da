"""Trust material that is loaded once and again after a while, for who judges many documents."""

import threading
import time
from typing import Final

from agent.config.configuration import Configuration
from agent.pki.certificate import SigningCertificate
from agent.pki.trust import TrustStore
from agent.service.trust import load_configured_trust

_SECONDS: Final = 60.0
"""How long a batch uses what was loaded: a list fetched meanwhile by another process is seen after that."""


class KeptTrust:
    """Loads what a configuration names, for each thread on its own: the store of CRLs is bound to one."""

    def __init__(self, configuration: Configuration, seconds: float = _SECONDS) -> None:
        """Load nothing yet; what was loaded is used for so many seconds."""
        self._configuration: Final = configuration
        self._seconds: Final = seconds
        self._kept: Final = threading.local()

    def load(self, certificate: SigningCertificate) -> TrustStore:
        """Load what is judged against when signing with a certificate, or give what this thread loaded.

        Raises:
            UsageError: as `load_configured_trust`.

        """
        kept: tuple[float, SigningCertificate, TrustStore] | None = getattr(self._kept, "trust", None)
        if kept is None or time.monotonic() >= kept[0] or kept[1] != certificate:
            if kept is not None:
                let_go(kept[2])
            trust = load_configured_trust(self._configuration, fetch_for=(certificate,))
            kept = self._kept.trust = (time.monotonic() + self._seconds, certificate, trust)
        return kept[2]


def let_go(trust: TrustStore) -> None:
    """Close the store that lists are read from, by the thread that loaded them: they are done with.

    A connection of sqlite3 and its cache of statements hold each other: left alone, it keeps its memory and
    its descriptors until the collector of cycles comes by, and a process that lives long has hundreds.
    """
    from agent.service.crls.stored import StoredList  # noqa: PLC0415 - sqlite3 is for those who have a store

    for crl in trust.crls:
        if isinstance(crl, StoredList):
            crl.connection.close()

"""Where a rehearsal environment keeps what; everything lies under one folder."""

from pathlib import Path

from agent.dataclass import dataclass
from agent.errors import UsageError


@dataclass(frozen=True, slots=True)
class LabLayout:
    """The paths of a rehearsal environment."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """The configuration that `iki --config` takes."""
        return self.folder / "config.toml"

    @property
    def policy(self) -> Path:
        """The policy file."""
        return self.folder / "policy.toml"

    @property
    def softhsm_configuration(self) -> Path:
        """What `SOFTHSM2_CONF` points at."""
        return self.folder / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        """SoftHSM's token folder."""
        return self.folder / "tokens"

    @property
    def authority(self) -> Path:
        """The test CAs' certificates and keys (the only private keys in files)."""
        return self.folder / "pki"

    @property
    def tsa_key(self) -> Path:
        """The private key of the time-stamping authority."""
        return self.authority / "test-only-tsa.key.pem"

    @property
    def crls(self) -> Path:
        """The CRLs in force."""
        return self.folder / "crl"

    @property
    def crl_store(self) -> Path:
        """The store of CRLs seen."""
        return self.folder / "crls.sqlite"

    @property
    def pin_ledger(self) -> Path:
        """The folder of rejected PINs."""
        return self.folder / "pin-ledger"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.folder / "audit.jsonl"

    def certificate(self, name: str) -> Path:
        """A party's certificate in force."""
        return self.folder / "certificates" / f"{name}.pem"

    def request(self, name: str) -> Path:
        """A party's certification request, made on its token."""
        return self.folder / "requests" / f"{name}.csr.pem"

    def pin(self, name: str) -> Path:
        """The user PIN of a party's token."""
        return self.folder / "pins" / f"{name}.pin"

    def security_officer_pin(self, name: str) -> Path:
        """The security officer's PIN of a party's token."""
        return self.folder / "pins" / f"{name}.so-pin"

    def require_present(self) -> None:
        """Check that there is a rehearsal environment here.

        Raises:
            UsageError: `lab-missing`.

        """
        if not (self.authority.is_dir() and self.configuration.is_file()):
            raise UsageError(
                "lab-missing",
                f"{self.folder}: there is no rehearsal environment here",
                hint="make one with `iki lab up --dir DIR`, or name it with --dir",
            )

"""A keyring for tests, which `keyring` loads by name (PYTHON_KEYRING_BACKEND)."""

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Keyring(KeyringBackend):
    """Holds one PIN; the service `locked` is locked."""

    priority = 1

    def __init__(self) -> None:
        """Be ready."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Refuse: tests only read."""
        raise NotImplementedError

    def get_password(self, service: str, username: str) -> str | None:
        """Return the one entry."""
        if service == "locked":
            raise KeyringLocked("27281828 is what it would say")
        return "27281828" if (service, username) == ("iki", "acme") else None

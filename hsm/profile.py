"""How a module wants to be used: measured or told by its vendor, never guessed at run time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModuleProfile:
    """What one module bears; the defaults suit SoftHSM and smart cards."""

    sessions: int = 1
    """Sessions that sign at the same time, 1 to 30; the login's own session is one of them."""
    serialise: bool = False
    """The module cannot bear two threads, each with its own session (tpm2-pkcs11): one call at a time."""
    deadline: float = 60.0
    """Seconds that one request may take, the time in the queue included; a call that takes longer hangs."""
    notice: float = 5.0
    """Seconds of waiting for the token after which the user is told to look at it."""

    reserved: str = ""
    """What C_Initialize gets as pReserved: a text of the vendor's own (NSS softokn); empty for nothing."""
    pin_entry: float = 120.0
    """Seconds that a person may take to enter a PIN at the token's own pad."""

    @property
    def width(self) -> int:
        """How many calls may be inside the module at one time."""
        return 1 if self.serialise else self.sessions

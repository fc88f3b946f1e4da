"""Who may appear under a submission, as the Smart Energy Code names them (MP168)."""

from enum import StrEnum


class Role(StrEnum):
    """The role a signer claims; its value is the XAdES ClaimedRole text."""

    MANUFACTURER = "manufacturer"
    SUPPLIER = "supplier"
    DCC = "dcc"

    @property
    def countersigns(self) -> bool:
        """Tell whether this role approves what a manufacturer signed."""
        return self is not Role.MANUFACTURER

"""The parties of a rehearsal; every subject says TEST.

The role codes are assumptions: 02 is the published code of a supplier, that of
a manufacturer and of the DCC's approver under an IKI certificate is not known.
"""

from typing import Final

from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.pki.requests import RequestSubject
from agent.roles import Role


@dataclass(frozen=True, slots=True)
class LabParty:
    """A party with a token of its own."""

    name: str
    role: Role
    subject: RequestSubject


PARTIES = (
    LabParty(
        "manufacturer",
        Role.MANUFACTURER,
        RequestSubject(
            "TEST Meter Works Ltd", "7F", "TEST CPL manufacturer", bytes.fromhex("90B3D51F30000001")
        ),
    ),
    LabParty(
        "supplier",
        Role.SUPPLIER,
        RequestSubject(
            "TEST Energy Supply Ltd", "02", "TEST CPL supplier", bytes.fromhex("90B3D51F30000002")
        ),
    ),
    LabParty(
        "dcc",
        Role.DCC,
        RequestSubject(
            "TEST Data Communications Co", "04", "TEST CPL approver", bytes.fromhex("90B3D51F30000003")
        ),
    ),
)


TSA_NAME: Final = "tsa"
"""What the time-stamping authority is called: no party, as it signs no documents."""


def find_party(name: str) -> LabParty:
    """Find a party by name.

    Raises:
        UsageError: `lab-party-unknown`.

    """
    for party in PARTIES:
        if party.name == name:
            return party
    names = ", ".join(party.name for party in PARTIES)
    raise UsageError(
        "lab-party-unknown", f"no party {name!r} in the rehearsal", hint=f"the parties are {names}"
    )

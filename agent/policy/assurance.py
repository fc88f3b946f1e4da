"""The assurance certificates of an entry: their columns, and the dates on which they end."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from agent.cpl.dates import FormDate, read_date
from agent.cpl.fields import FormField
from agent.dataclass import dataclass
from agent.policy.form_remarks import find_cells

if TYPE_CHECKING:
    from agent.cpl.entries import Entry, SubmissionForm


@dataclass(frozen=True, slots=True)
class Assurance:
    """One kind of assurance certificate."""

    name: str
    reference: FormField
    dates: tuple[FormField, ...]
    """One of these says when it ends."""


ASSURANCES: Final = (
    Assurance("ZigBee", FormField.ZIGBEE_CERTIFICATE, (FormField.ZIGBEE_CERTIFICATE_DATE,)),
    Assurance("DLMS", FormField.DLMS_CERTIFICATE, (FormField.DLMS_CERTIFICATE_DATE,)),
    # CPA certificates may have a renewal date instead of an expiry date since 2022.
    Assurance("CPA", FormField.CPA_CERTIFICATE, (FormField.CPA_CERTIFICATE_DATE, FormField.CPA_RENEWAL_DATE)),
)


def find_ends(
    form: "SubmissionForm", is_wanted: Callable[[FormDate | None], bool]
) -> "Iterator[tuple[Assurance, Entry, FormField, FormDate | None]]":
    """Yield the wanted dates on which assurance certificates end; None for a cell that holds no date."""
    for assurance in ASSURANCES:
        for entry, field, cell in find_cells(form, assurance.dates, lambda cell: is_wanted(read_date(cell))):
            yield assurance, entry, field, read_date(cell)

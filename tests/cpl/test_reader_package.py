"""The reader over the real package reader: what it reads is what a signature covers."""

from datetime import UTC, datetime

import pytest

from agent.config.limits import DocumentLimits
from agent.cpl.form import read_form
from agent.cpl.mapping import default_mapping
from agent.cpl.new import build_form
from agent.errors import DocumentError
from agent.formats.package.package import open_package
from agent.formats.spreadsheet import PartSource, open_workbook

_AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_new_form_reads_through_the_strict_package_reader() -> None:
    """The form we make is a package that our own strict reader accepts, and its entries come through."""
    source: PartSource = open_package(build_form(example=True, created=_AT), DocumentLimits())
    form = read_form(open_workbook(source), default_mapping())
    assert form is not None
    assert [entry.device_type for entry in form.entries] == ["ESME", "GSME"]
    assert len(form.image_hashes) == 2


def test_damage_to_the_deflated_octets_is_a_document_error() -> None:
    """A sheet whose compressed octets are broken does not read as a shorter sheet."""
    octets = bytearray(build_form(example=True, created=_AT))
    start = octets.index(b"xl/worksheets/sheet1.xml") + 400
    octets[start : start + 64] = bytes(64)
    with pytest.raises(DocumentError):
        list(open_workbook(open_package(bytes(octets), DocumentLimits())).sheets[0].rows())

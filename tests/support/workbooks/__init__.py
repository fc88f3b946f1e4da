"""The same submission as written by the programs that people use, each with its habits.

Made in memory and the same in every run, but for the two that another program makes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.workbooks.excel import build_excel_parts
from tests.support.workbooks.open_xml_sdk import build_open_xml_sdk_parts
from tests.support.workbooks.sheets import example_form
from tests.support.workbooks.with_openpyxl import build_rich_workbook, build_workbook_of_many_sheets
from tests.support.workbooks.with_programs import convert_with_libreoffice, zip_with_info_zip
from tests.support.workbooks.zips import ZipStyle, read_parts, write_excel_zip, write_zip

__all__ = ["PRODUCERS", "Producer", "read_parts"]

_REMARKS: Final = ("comment",)
_LISTS: Final = (*_REMARKS, "sheet-hidden", "sheet-very-hidden")
_PRETTY: Final = "\n  "


@dataclass(frozen=True, slots=True)
class Producer:
    """One way in which a submission workbook comes into being."""

    name: str
    build: Callable[[Path], bytes]
    """Builds the workbook's octets; may use the empty folder it is given."""
    suffix: str = ".xlsx"
    told: tuple[str, ...] = ()
    """Content lints that refuse or warn of what people put into it besides the form."""


def _zipped(style: ZipStyle, *, indent: str = "") -> Callable[[Path], bytes]:
    return lambda _: write_zip(build_excel_parts(indent=indent), style)


def _saved_by_libreoffice(suffix: str) -> Callable[[Path], bytes]:
    return lambda folder: convert_with_libreoffice(build_rich_workbook(), suffix, folder)


PRODUCERS: Final = (
    Producer("openpyxl", lambda _: example_form()),
    Producer("openpyxl-rich", lambda _: build_rich_workbook(), told=_REMARKS),
    Producer("openpyxl-many-sheets", lambda _: build_workbook_of_many_sheets()),
    Producer("excel", lambda _: write_excel_zip(build_excel_parts()), told=_LISTS),
    Producer("excel-macros", lambda _: write_excel_zip(build_excel_parts(macros=True)), ".xlsm", told=_LISTS),
    Producer("pretty-printed-rels", _zipped(ZipStyle(), indent=_PRETTY), told=_LISTS),
    Producer("streamed", _zipped(ZipStyle(streamed=True)), told=_LISTS),
    Producer("streamed-zip64", _zipped(ZipStyle(streamed=True, zip64=True)), told=_LISTS),
    Producer("zip64", _zipped(ZipStyle(zip64=True)), told=_LISTS),
    Producer("stored", _zipped(ZipStyle(stored=True)), told=_LISTS),
    Producer("open-xml-sdk", lambda _: write_zip(build_open_xml_sdk_parts(), ZipStyle())),
    Producer("info-zip", lambda folder: zip_with_info_zip(build_excel_parts(), folder), told=_LISTS),
    Producer("libreoffice", _saved_by_libreoffice(".xlsx"), told=_REMARKS),
    Producer("libreoffice-macros", _saved_by_libreoffice(".xlsm"), ".xlsm", told=_REMARKS),
)
"""Every producer the suite knows; the name says whose habits it has."""

"""What is in the form's own cells: what is not known to be shown as it is read is told."""

import pytest

from tests.lint.observing import observed
from tests.support.workbooks.crafted import Crafted

_SHEET = "xl/worksheets/sheet1.xml"
_STYLES = "xl/styles.xml"
_WORKBOOK = "xl/workbook.xml"
_MODEL = '<c r="B6" s="9" t="inlineStr"><is><t>10A1</t></is></c>'
_TEXT = 'numFmtId="49" fontId="7" fillId="0" borderId="1" applyAlignment="1" applyProtection="1"'
_FONT = '<font><name val="Courier New"/><sz val="10"/></font>'
_DATE = 'formatCode="dd mmm yyyy"'
_AT = "'CPL submission'!B6"


def _model(cell: str) -> dict[str, list[str]]:
    return observed(Crafted(changes=((_SHEET, _MODEL, cell),)).build())


def _changed(part: str, old: str, new: str) -> set[str]:
    return set(observed(Crafted(changes=((part, old, new),)).build()))


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *(
            (f'<c r="B6" s="0"><v>{number}</v></c>', "form-cell")
            for number in ("20E4", "1E03", "000001E4", "00000012", "5.1.2", "5.10", "123456789012", "-0.0")
        ),
        ('<c r="B6" s="0"><v>2014</v></c>', ""),
        ('<c r="B6" s="9"><v>5.1</v></c>', ""),
        ('<c r="B6" s="10"><v>2014</v></c>', "form-number"),
        ('<c r="B6" s="9" t="b"><v>1</v></c>', "form-cell"),
        ('<c r="B6" s="9" t="e"><v>#REF!</v></c>', "form-cell"),
        ('<c r="B6" s="9" t="d"><v>2026-01-05</v></c>', "form-cell"),
        ('<c r="B6" s="99" t="inlineStr"><is><t>10A1</t></is></c>', "form-format"),
        *(
            (f'<c r="B6" s="9" t="inlineStr"><is><t>10{unseen}A1</t></is></c>', "form-invisible")
            for unseen in (
                *(
                    "\u202e",
                    "\u200b",
                    "\u00ad",
                    "\u2060",
                    "\ufeff",
                    "\U000e0041",
                    "\u3164",
                    "\ufe0f",
                    "&#10;",
                ),
            )
        ),
        ('<c r="B6" s="9" t="inlineStr"><is><t>10Ä1</t></is></c>', ""),
    ],
)
def test_a_value_that_may_be_shown_otherwise_is_told(cell: str, code: str) -> None:
    """Numbers that are not in their shortest spelling, truth values, errors, and what nobody sees."""
    assert _model(cell) == ({code: [_AT]} if code else {})


def test_a_heading_that_a_formula_makes_is_told() -> None:
    """It decides what is read; a line break in a heading is ordinary."""
    heading = '<c r="B5" s="7" t="inlineStr"><is><t>Model</t></is></c>'
    formula = '<c r="B5" s="7" t="str"><f>"Mo"&amp;"del"</f><v>Model</v></c>'
    crafted = Crafted(changes=((_SHEET, heading, formula),))
    assert observed(crafted.build()) == {"form-formula": ["'CPL submission'!B5"]}
    assert _changed(_SHEET, "<t>Model</t>", "<t>&#10;Model</t>") == set()


@pytest.mark.parametrize(
    "code",
    [
        *("dd mmm", "mmm yyyy", "[$-107041E]dd mmm yyyy", "[$-411]ggge", "dd/2031", "0,,", "0%", "dd mmm e"),
        *("1@", "@@", "* @", "(@)", "0000", "[Red]0", "B2dd mmm yyyy", "dd dd yyyy", "dd.mm.yyyy;;"),
    ],
)
def test_a_number_format_that_is_not_known_is_told(code: str) -> None:
    """Only the plain ones are known to be harmless."""
    assert "form-format" in _changed(_STYLES, _DATE, f'formatCode="{code}"')


@pytest.mark.parametrize(
    "code",
    [
        *(
            "dd/mm/yyyy",
            "[$-809]d mmmm yyyy;@",
            "[$-en-GB]dddd, d mmmm yyyy;@",
            "yyyy-mm-dd",
            "yyyy\\-mm\\-dd",
        ),
        *("d/m/yy", "dd\\ mmm\\ yyyy", "DD/MM/YYYY", "dd/mm/yyyy hh:mm", "mmmm d, yyyy"),
        *("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "General", "0.00", "@"),
    ],
)
def test_the_dates_that_people_use_are_not_told(code: str) -> None:
    """As Excel and LibreOffice write them."""
    assert _changed(_STYLES, _DATE, f'formatCode="{code}"') == set()


@pytest.mark.parametrize(
    "font",
    [
        '<font><strike/><sz val="10"/></font>',
        '<font><vertAlign val="superscript"/><sz val="10"/></font>',
        '<font><sz val="5"/></font>',
    ],
)
def test_a_font_that_is_hard_to_read_is_told(font: str) -> None:
    """Struck, raised, or small."""
    assert _changed(_STYLES, _FONT, font) == {"form-format"}


def test_text_that_is_shrunk_or_indented_out_of_sight_is_told() -> None:
    """The alignment of a format can hide a text as well."""
    for alignment in ('shrinkToFit="1"', 'indent="250"'):
        changed = f'<xf {_TEXT} xfId="0"><alignment {alignment}/></xf><xf {_TEXT}'
        # The format of the Hash comes to stand after the new one.
        assert "form-format" in _changed(_STYLES, f"<xf {_TEXT}", changed)


def test_a_print_area_without_all_of_the_form_is_told() -> None:
    """On paper the rest is missing; one of another sheet, or of whole columns, leaves nothing out."""
    for area in ("$A$1:$P$6", "$A$1:$M$30"):
        assert _changed(_WORKBOOK, "$A$1:$P$30", area) == {"print-area"}
    for area in ("$A:$P", "$A$1:$Z$1048576"):
        assert _changed(_WORKBOOK, "$A$1:$P$30", area) == set()
    other = "'Other'!$A$1:$B$2</definedName></definedNames>"
    assert _changed(_WORKBOOK, "'CPL submission'!$A$1:$P$30</definedName></definedNames>", other) == set()


def test_an_entry_far_below_the_others_is_told() -> None:
    """Nobody scrolls to row 9000."""
    row = '<row r="9000"><c r="A9000" t="inlineStr"><is><t>Example</t></is></c></row></sheetData>'
    told = observed(Crafted(changes=((_SHEET, "</sheetData>", row),)).build())
    assert told["entry-far"] == ["'CPL submission'!9000:9000"]

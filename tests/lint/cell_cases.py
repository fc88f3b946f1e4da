"""One hit, and one near miss where there is one, for each lint about rows, cells and formulas."""

from typing import Final

from tests.lint.case import Case
from tests.support.workbooks.crafted import Crafted, with_formula, with_style

_WORKBOOK: Final = "xl/workbook.xml"
_STYLED: Final = '<row r="3"><c r="C3" s="15"><v>7</v></c></row>'
_STYLED_EMPTY: Final = '<row r="3"><c r="C3" s="15"/></row>'
_XF: Final = '<xf numFmtId="{}" fontId="{}" fillId="{}" borderId="0"/>'


def _string(text: str) -> Crafted:
    return Crafted(rows=f'<row r="2"><c r="B2" t="inlineStr"><is>{text}</is></c></row>')


_HIDDEN_COLUMN: Final = '<cols><col min="2" max="3" hidden="{}" width="{}"/></cols>'
_ROWS: Final = (
    Case("row-hidden", Crafted(rows='<row r="4" hidden="1"><c r="C4"><v>1</v></c></row>'), "'Other'!C4"),
    Case("row-hidden", Crafted(rows='<row r="4" hidden="1"><c r="C4" s="1"/></row>'), what="nothing in it"),
    Case("row-hidden", Crafted(rows='<row r="4" hidden="false"><c r="C4"><v>1</v></c></row>'), what="false"),
    Case(
        "row-hidden", Crafted(rows='<row r="4"><c r="C4" t="str"><v>hidden="1"</v></c></row>'), what="a text"
    ),
    Case("row-tiny", Crafted(rows='<row r="4" ht="0.5"><c r="C4"><v>1</v></c></row>'), "'Other'!C4"),
    Case("row-tiny", Crafted(rows='<row r="4" ht="12.8"><c r="C4"><v>1</v></c></row>'), what="ordinary"),
    Case(
        "column-hidden",
        Crafted(before=_HIDDEN_COLUMN.format(1, 9), rows='<row r="4"><c r="C4"><v>1</v></c></row>'),
        "'Other'!C4",
    ),
    Case(
        "column-hidden",
        Crafted(before=_HIDDEN_COLUMN.format(1, 9), rows='<row r="4"><c r="D4"><v>1</v></c></row>'),
        what="beside it",
    ),
    Case(
        "column-tiny",
        Crafted(before=_HIDDEN_COLUMN.format(0, "0.1"), rows='<row r="4"><c r="C4"><v>1</v></c></row>'),
        "'Other'!C4",
    ),
    Case(
        "merged-data",
        Crafted(
            rows='<row r="2"><c r="B2"><v>1</v></c><c r="C2"><v>2</v></c></row>',
            after='<mergeCells count="1"><mergeCell ref="B2:D2"/></mergeCells>',
        ),
        "'Other'!C2",
    ),
    Case(
        "merged-data",
        Crafted(
            rows='<row r="2"><c r="B2"><v>1</v></c><c r="C2" s="1"/><c r="E2"><v>2</v></c></row>',
            after='<mergeCells count="1"><mergeCell ref="B2:D2"/></mergeCells>',
        ),
        what="empty cells",
    ),
    *(
        Case("number-format", with_style(_XF.format(200, 0, 0), _STYLED, code=code), "'Other'!C3", code)
        for code in (
            *(";;;", "0;-0;;@", "&quot;1A43&quot;;&quot;1A43&quot;", "&quot;1&quot;0", "\\90", "[White]0"),
            *("@&quot;00&quot;", "&quot;x&quot;@"),
        )
    ),
    *(
        Case("number-format", with_style(_XF.format(200, 0, 0), _STYLED, code=code), what=code)
        for code in (
            *(
                "0.00",
                "dd mmm yyyy",
                "[$£-809]#,##0.00",
                "[h]:mm",
                "0 &quot;kWh&quot;",
                "@",
                "General",
                "[Red]-0",
            ),
            *("_-* #,##0.00_-;\\-* #,##0.00_-;_-* &quot;-&quot;??_-;_-@_-", "# ?/?", "0.00E+00"),
        )
    ),
    Case("number-format", with_style(_XF.format(200, 0, 0), _STYLED_EMPTY, code=";;;"), what="an empty cell"),
    *(
        Case(
            "font-invisible",
            with_style(_XF.format(0, 8, 4), _STYLED, font=font, fill=fill),
            "'Other'!C3",
            what,
        )
        for what, font, fill in (
            ("white", '<color rgb="FFFFFFFF"/>', ""),
            ("nearly white", '<color rgb="FFF8F8F8"/>', ""),
            ("theme", '<color theme="0"/>', ""),
            ("tinted", '<color theme="1" tint="0.98"/>', ""),
            ("indexed", '<color indexed="9"/>', ""),
            (
                "black on black",
                "",
                '<patternFill patternType="solid"><fgColor rgb="FF000000"/></patternFill>',
            ),
            ("tiny", '<sz val="1"/>', ""),
        )
    ),
    *(
        Case("font-invisible", with_style(_XF.format(0, 8, 4), _STYLED, font=font, fill=fill), what=what)
        for what, font, fill in (
            ("grey", '<color rgb="FF808080"/>', ""),
            ("theme black", '<color theme="1"/>', ""),
            (
                "white on navy",
                '<color rgb="FFFFFFFF"/>',
                '<patternFill patternType="solid"><fgColor rgb="FF1F3864"/></patternFill>',
            ),
        )
    ),
    Case(
        "fill-alignment",
        with_style('<xf numFmtId="0"><alignment horizontal="fill"/></xf>', _STYLED),
        "'Other'!C3",
    ),
    Case("fill-alignment", with_style('<xf numFmtId="0"><alignment horizontal="center"/></xf>', _STYLED)),
    Case(
        "text-run-invisible",
        _string('<r><t>10</t></r><r><rPr><color rgb="FFFFFFFF"/></rPr><t>00</t></r>'),
        "'Other'!B2",
    ),
    Case("text-run-invisible", _string("<r><rPr><b/><sz val='9'/></rPr><t>10</t></r>"), what="bold"),
)
_FORMULAS: Final = (
    *(
        Case("formula-volatile", with_formula(formula), "'Other'!B2", formula)
        for formula in (
            *("NOW()", "today ( )", "1+RAND()", "RANDBETWEEN(1,2)", "_xlfn.RANDARRAY(2)", "OFFSET(A1,1,1)"),
            *('INDIRECT("A"&amp;1)', "IF(A1=&quot;x&quot;,NOW(),1)", "N&#79;W()"),
        )
    ),
    *(
        Case("formula-environment", with_formula(formula), "'Other'!B2", formula)
        for formula in (
            'CELL("filename")',
            'INFO("osversion")',
            'TEXT(A1,"yyyy")',
            "DATEVALUE(A1)",
            "CHAR(128)",
        )
    ),
    *(
        Case("formula-external", with_formula(formula), "'Other'!B2", formula)
        for formula in (
            *('_xlfn.WEBSERVICE("https://example.com")', '_xlfn.FILTERXML(A1,"//x")', "_xlfn.ENCODEURL(A1)"),
            *(
                'HYPERLINK("https://example.com","1A43")',
                '_xlfn.IMAGE("https://example.com/a.png")',
                "RTD(A1,A2,A3)",
            ),
            *(
                'DDE("soffice","x","y")',
                "CUBEVALUE(A1,A2)",
                "[1]Sheet1!A1",
                "'[1]My sheet'!A1",
                "cmd|'/c calc'!A0",
            ),
            "'C:\\x\\[prices.xlsx]Sheet1'!A1",
        )
    ),
    *(
        Case(code, with_formula(formula), what=formula)
        for code in ("formula-volatile", "formula-environment", "formula-external")
        for formula in (
            "SUM(A1:A9)",
            '"NOW() and [1]Sheet1!A1"',
            "'NOW() CELL()'!A1",
            "Table1[[1],[2]]",
            "KNOW(A1)",
        )
    ),
    Case(
        "formula-volatile",
        Crafted(
            changes=(
                (_WORKBOOK, "</definedNames>", '<definedName name="n">NOW()</definedName></definedNames>'),
            )
        ),
        "name 'n'",
    ),
)
CELL_CASES: Final = (*_ROWS, *_FORMULAS)

"""One hit, and one near miss where there is one, for each lint about rows, cells and formulas."""

from dataclasses import replace
from typing import Final

from tests.lint.case import Case
from tests.support.workbooks.crafted import Crafted, with_formula, with_style

_WORKBOOK: Final = "xl/workbook.xml"
_STYLED: Final = '<row r="3"><c r="C3" s="16"><v>7</v></c></row>'
_STYLED_EMPTY: Final = '<row r="3"><c r="C3" s="16"/></row>'
_XF: Final = '<xf numFmtId="{}" fontId="{}" fillId="{}" borderId="0"/>'

_THEME: Final = "xl/theme/theme1.xml"
_WINDOW_TEXT: Final = '<a:sysClr val="windowText" lastClr="000000"/>'
_THEMED: Final = with_style(_XF.format(0, 9, 4), _STYLED, font='<color theme="1"/>')


def _string(text: str) -> Crafted:
    return Crafted(rows=f'<row r="2"><c r="B2" t="inlineStr"><is>{text}</is></c></row>')


_HIDDEN_COLUMN: Final = '<cols><col min="2" max="3" hidden="{}" width="{}"/></cols>'
_GROUP: Final = (
    '<cols><col min="{0}" max="{0}" width="9" outlineLevel="1"/>'
    '<col min="{1}" max="{1}" width="9" collapsed="{2}"/></cols>'
)
_ROWS: Final = (
    Case("row-hidden", Crafted(rows='<row r="4" hidden="1"><c r="C4"><v>1</v></c></row>'), "'Other'!C4"),
    Case("row-hidden", Crafted(rows='<row r="4" hidden="1"><c r="C4" s="1"/></row>'), what="nothing in it"),
    Case("row-hidden", Crafted(rows='<row r="4" hidden="false"><c r="C4"><v>1</v></c></row>'), what="false"),
    Case(
        "row-hidden", Crafted(rows='<row r="4"><c r="C4" t="str"><v>hidden="1"</v></c></row>'), what="a text"
    ),
    *(
        Case(
            "row-hidden",
            Crafted(before=before, rows=f'<row {attributes}><c r="C4"><v>1</v></c></row>'),
            where,
            what,
        )
        for before, attributes, where, what in (
            ("", 'r="4" collapsed="1"', "'Other'!4:4", "a collapsed group"),
            ("", 'r="4" outlineLevel="1" collapsed="false"', "", "an open group"),
            ('<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>', 'r="4"', "'Other'!C4", "zero height"),
            ('<sheetFormatPr defaultRowHeight="0.5"/>', 'r="4"', "'Other'!C4", "low"),
            ('<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>', 'r="4" ht="15"', "", "its own height"),
        )
    ),
    *(
        Case(code, Crafted(before=before, rows='<row r="4"><c r="C4"><v>1</v></c></row>'), where, what)
        for code, before, where, what in (
            ("column-hidden", _GROUP.format(3, 4, 1), "'Other'!C4", "a collapsed group before"),
            ("column-hidden", _GROUP.format(3, 2, 1), "'Other'!C4", "a collapsed group after"),
            ("column-hidden", _GROUP.format(3, 4, 0), "", "an open group"),
            ("column-hidden", _GROUP.format(3, 5, 1), "", "another group"),
            ("column-tiny", '<sheetFormatPr defaultColWidth="0.1"/>', "'Other'!C4", "by default"),
            ("column-tiny", '<sheetFormatPr baseColWidth="0"/>', "'Other'!C4", "by default, in characters"),
            ("column-tiny", _HIDDEN_COLUMN.format(0, "NaN"), "'Other'!C4", "no number"),
            (
                "column-tiny",
                '<sheetFormatPr defaultColWidth="0"/>' + _HIDDEN_COLUMN.format(0, 9),
                "",
                "its own",
            ),
            ("unusual-markup", '<cols><col min="4" max="3" hidden="1"/></cols>', "'Other'", "backwards"),
        )
    ),
    Case("row-tiny", Crafted(rows='<row r="4" ht="nan"><c r="C4"><v>1</v></c></row>'), "'Other'!C4", "NaN"),
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
            with_style(_XF.format(0, 9, 4), _STYLED, font=font, fill=fill),
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
            ("no size", '<sz val="NaN"/>', ""),
            ("background of windows", '<color indexed="65"/>', ""),
            *(
                (f"unknown: {attributes}", f"<color {attributes}/>", "")
                for attributes in (
                    *('indexed="66"', 'indexed="0x9"', 'theme="12"', 'rgb=" FFFFFFFF"', 'rgb="0FFFFFFFF"'),
                    *('rgb="FFFFFF"', 'rgb="#FFFFFF"', 'rgb="FF000000" theme="0"', 'theme="1" tint="NaN"'),
                )
            ),
            ("two colours", '<color rgb="FFFFFFFF"/><color rgb="FF000000"/>', ""),
        )
    ),
    *(
        Case("font-invisible", with_style(_XF.format(0, 9, 4), _STYLED, font=font, fill=fill), what=what)
        for what, font, fill in (
            ("grey", '<color rgb="FF808080"/>', ""),
            ("theme black", '<color theme="1"/>', ""),
            ("link", '<color theme="10"/>', ""),
            ("automatic", '<color auto="1"/>', ""),
            ("foreground of windows", '<color indexed="64"/>', ""),
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
    *(
        Case(
            "text-run-invisible",
            _string(f"<r><rPr><color {attributes}/></rPr><t>00</t></r>"),
            "'Other'!B2",
            attributes,
        )
        for attributes in ('indexed="65"', 'rgb=" FFFFFFFF"')
    ),
    *(
        Case(
            "unusual-markup",
            Crafted(after=f'<mergeCells count="1"><mergeCell ref="{corners}"/></mergeCells>'),
            "'Other'",
            corners,
        )
        for corners in ("D2:B2", "B3:B2", "B3:D2")
    ),
    *(
        Case(
            "font-invisible",
            replace(_THEMED, changes=(*_THEMED.changes, (_THEME, _WINDOW_TEXT, colour))),
            where,
            colour,
        )
        for colour, where in (
            ('<a:srgbClr val="123456"/>', ""),
            ('<a:sysClr val="window" lastClr="000000"/>', "'Other'!C3"),
            ('<a:sysClr val="3dLight" lastClr="000000"/>', "'Other'!C3"),
            ('<a:prstClr val="white"/>', "'Other'!C3"),
            ('<a:scrgbClr r="100000" g="100000" b="100000"/>', "'Other'!C3"),
            ('<a:srgbClr val="000000"><a:lumOff val="100000"/></a:srgbClr>', "'Other'!C3"),
        )
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

"""Relationships of a type that this program does not know: what they show cannot be told."""

from typing import Final

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import Check, Link

_KNOWN: Final = frozenset(
    (
        *("officedocument", "worksheet", "chartsheet", "styles", "theme", "themeoverride", "sharedstrings"),
        *("calcchain", "sheetmetadata", "printersettings", "image", "hyperlink", "drawing", "vmldrawing"),
        *("comments", "threadedcomment", "person", "chart", "chartex", "chartstyle", "chartcolorstyle"),
        *("chartusershapes", "core-properties", "extended-properties", "extendedproperties"),
        *("custom-properties", "customproperties", "custom-property", "customproperty", "thumbnail"),
        *("customxmlprops", "classificationlabels", "origin", "signature", "slicer", "slicercache"),
        *("diagramdata", "diagramlayout", "diagramquickstyle", "diagramcolors", "diagramdrawing"),
        *("timeline", "timelinecache", "pivotcacherecords", "namedsheetview", "rdrichvaluestructure"),
        *(
            "rdrichvaluetypes",
            "richstyles",
            "revisionheaders",
            "revisionlog",
            "usernames",
            "volatiledependencies",
        ),
        # those that other lints speak of
        *("externallink", "externallinkpath", "externallinklongpath", "xlpathmissing", "connections"),
        *("powerpivotdata", "model", "querytable", "oleobject", "package", "vbaproject", "wordvbadata"),
        *("xlmacrosheet", "xlintlmacrosheet", "dialogsheet", "control", "ctrlprop", "activexcontrolbinary"),
        *("activexcontrol", "extensibility", "usertoolbar", "attachedtoolbars", "webextension"),
        *("webextensiontaskpanes", "taskpanes", "customxml", "xmlmaps", "pivottable", "pivotcachedefinition"),
        *("richvaluerel", "rdrichvalue", "rdrichvaluewebimage", "rdarray", "rdsupportingpropertybag"),
        *("table", "tablesinglecells"),
    )
)


def _check(link: Link) -> str | None:
    if link.kind in _KNOWN:
        return None
    return f"what a part of the kind {link.kind[:60]!r} shows is not known to this program"


CHECK = Check(
    Lint(
        "unknown-relationship",
        "ECMA-376-2 6.5",
        "parts of a kind that this program does not know",
        Effect.BESIDE,
    ),
    link=_check,
)

"""Rich values."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "rich-value",
        "MS-XLSX 2.3.6",
        "data types and pictures in cells, shown instead of their values",
    ),
    ("richvaluerel", "rdrichvalue", "rdrichvaluewebimage", "rdarray", "rdsupportingpropertybag"),
    "cells show pictures or data types from the web instead of their values",
)

"""Form controls and ActiveX controls."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "control",
        "MS-OFFMACRO2 2.2.1.5",
        "form controls and ActiveX controls",
    ),
    ("control", "ctrlprop", "activexcontrolbinary", "activexcontrol"),
    "a control lies over the cells and can show and set values of its own",
)

"""docs/attacks.md, built from the corpus: `make docs` writes it, a test says that it is current."""

import sys
from pathlib import Path

from tests.cms.attacks import EDITS
from tests.package.attacks import ATTACKS, SECTIONS

_INTRODUCTION = """\
# The corpus of attacks

<!-- Generated from tests/package/attacks and tests/cms/attacks.py by `make docs`; a test says that it is
current. -->

{count} ways to change a countersigned workbook and {cms} to change a countersigned detached CMS, made by a
generator. For each of them the test suite holds that `iki verify` does not accept it, names the
[finding](findings.md) given here, does not crash, takes less than two seconds of processor time and 200 MB,
and opens no socket and no file but those it was given, its trust anchor and its CRLs; the folder of a `.p7s`
is listed. ESB is "Every Signature is Broken: On the Insecurity of Microsoft Office's OOXML Signatures"
(USENIX Security 2023); its five classes are each here by name.
"""


_PLACES = {None: "the `.p7s`, which is not opened", "": "SignedData"}
"""Where a finding is that is not in a signature."""


def build_attacks_page() -> str:
    """Build the page, Markdown."""
    parts = [_INTRODUCTION.format(count=len(ATTACKS), cms=len(EDITS))]
    for title, attacks in SECTIONS:
        rows = (f"| `{item.name}` | {item.provenance} | `{item.code}` |" for item in attacks)
        parts.append(f"\n## {title}\n\n| attack | from | finding |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    found = (f"| {item.name} | {_PLACES.get(item.where, item.where)} | `{item.code}` |" for item in EDITS)
    parts.append(
        "\n## Detached CMS\n\n| attack | found in | finding |\n|---|---|---|\n" + "\n".join(found) + "\n"
    )
    return "".join(parts)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(build_attacks_page(), encoding="utf-8", newline="\n")

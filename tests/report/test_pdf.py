"""`iki verify --report OUT.pdf`: the same page, laid out by WeasyPrint."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.exits import ExitStatus
from agent.report.html.pdf import check_pdf
from tests.report.page import write_report
from tests.support.lab import Story
from tests.support.tools import absent, require_tool


def test_the_pdf_says_the_same(shared_story: Story, tmp_path: Path) -> None:
    """The text of the PDF, read by poppler, has the verdict, the signers and the Hash."""
    try:
        check_pdf()
    except UsageError as error:
        absent("weasyprint", error.message)
    output = tmp_path / "out.pdf"
    run = write_report(shared_story, shared_story.countersigned, output)
    assert run.status == ExitStatus.OK, run.stderr
    reader = require_tool("pdftotext")
    text = subprocess.run([reader, "-layout", output, "-"], check=True, capture_output=True, text=True).stdout
    for words in ("Passed", "TOTAL-PASSED", "Signed as manufacturer", "Countersigned as supplier"):
        assert words in text


def test_without_weasyprint_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The optional extra is asked for in one line."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(UsageError) as refused:
        check_pdf()
    assert refused.value.code == "report-pdf-unavailable"
    assert "\n" not in refused.value.message
    assert refused.value.hint

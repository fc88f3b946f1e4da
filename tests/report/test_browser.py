"""The report in a real browser: headless Chromium, driven by Playwright."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from agent.exits import ExitStatus
from tests.report.page import write_report
from tests.support.lab import Story
from tests.support.tools import require_tool

_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    program = require_tool("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        yield started
        started.close()


def test_the_page_as_it_is_seen(browser: Browser, shared_story: Story, tmp_path: Path) -> None:
    """Without script and network the verdict is in sight, nothing is complained of or loaded besides."""
    output = tmp_path / "out.html"
    assert write_report(shared_story, shared_story.countersigned, output).status == ExitStatus.OK
    context = browser.new_context(
        java_script_enabled=False, offline=True, viewport={"width": 1000, "height": 900}
    )
    page = context.new_page()
    loaded: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(output.as_uri())
    assert (loaded, said) == ([output.as_uri()], [])
    assert page.title() == f"Passed: {shared_story.countersigned.name}"
    verdict = page.locator(".verdict strong")
    assert verdict.is_visible()
    box = verdict.bounding_box()
    assert box is not None
    assert box["y"] < 200
    picture = page.screenshot(path=tmp_path / "page.png")
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
    page.emulate_media(media="print")
    assert page.pdf(format="A4").startswith(b"%PDF")
    context.close()


def test_the_page_fits_a_narrow_window(browser: Browser, shared_story: Story, tmp_path: Path) -> None:
    """At the width of a telephone nothing but the table of entries is wider than the window."""
    output = tmp_path / "out.html"
    write_report(shared_story, shared_story.countersigned, output)
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(output.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()

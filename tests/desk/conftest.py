"""Desks and a browser that several tests share."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.desk import DeskProcess, desk_of
from tests.support.lab import Story
from tests.support.tools import require_tool

_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_PATIENCE = 30_000
"""Milliseconds: the machine may be busy."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    program = require_tool("chromium")
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        yield started
        started.close()


@pytest.fixture(scope="package")
def asking_story(shared_story: Story, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Return a story whose manufacturer is asked for the PIN; its certificate ends soon, which warns."""
    story = shared_story.copy(tmp_path_factory.mktemp("desk") / "story")
    story.lab.set_pin_source("manufacturer", '"prompt"')
    story.lab.issue("manufacturer", not_before=timedelta(days=-1), not_after=timedelta(days=10))
    return story


@pytest.fixture(scope="package")
def desk(asking_story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """Run a desk; each test opens a page or session of its own, in the place of the one before."""
    with desk_of(asking_story.lab, tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, desk: DeskProcess) -> Iterator[Page]:
    """Open the desk's page as a person does; nothing may come from elsewhere, or go wrong in the script."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, accept_downloads=True)
    context.set_default_timeout(_PATIENCE)
    opened = context.new_page()
    loaded: list[str] = []
    wrong: list[str] = []
    context.on("request", lambda request: loaded.append(request.url))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(desk.shown[-1])
    expect(opened.locator("#desk")).to_be_visible()
    yield opened
    context.close()
    assert wrong == []
    assert [url for url in loaded if not url.startswith((f"http://{desk.host}/", "blob:"))] == []

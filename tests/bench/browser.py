"""`python -m tests.bench.browser PAGE RUNS`: what opening a page takes in headless Chromium, as JSON.

Each run is a browser of its own. Times are the page's own (Navigation Timing, Paint Timing), from the start
of navigation; processor time is that of all the browser's processes, until the page has been drawn.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_TIMES = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done({
    load: performance.getEntriesByType("navigation")[0].loadEventEnd / 1000,
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000,
}))))"""


def main(arguments: Sequence[str]) -> int:
    """Print a list with `load`, `paint` and `processor` of each run, in seconds; 3 where no browser is."""
    page, runs = Path(arguments[0]), int(arguments[1])
    program = shutil.which("chromium")
    if program is None:
        sys.stderr.write("there is no chromium\n")
        return 3
    with sync_playwright() as playwright:
        found = [_open(playwright, program, page.resolve().as_uri()) for _ in range(runs)]
    sys.stdout.write(json.dumps(found))
    return 0


def _open(playwright: Playwright, program: str, address: str) -> dict[str, float]:
    browser = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
    try:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        processes = browser.new_browser_cdp_session()

        def processor() -> float:
            info: Any = processes.send("SystemInfo.getProcessInfo")
            return float(sum(process["cpuTime"] for process in info["processInfo"]))

        before = processor()
        page.goto(address)
        times: dict[str, float] = page.evaluate(_TIMES)
        return times | {"processor": processor() - before}
    finally:
        browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

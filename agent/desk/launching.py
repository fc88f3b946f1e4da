"""The person's browser, led to the page.

The address is not on the browser's command line, where every user of the machine could read it and be there
first, but in a file that is the user's alone.
"""

import os
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Final

from agent.service.pins.terminal import tell_on_terminal

_SCREENS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
_PAGE: Final = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>iki desk</title>
<meta http-equiv="refresh" content="0; url={url}"></head>
<body><p><a href="{url}">To the desk</a></p></body></html>
"""


@contextmanager
def opening_browser(url: str, *, wanted: bool) -> Iterator[None]:
    """Open the address in the person's browser, if there is one; its file is there while the block lasts."""
    if not wanted or not _has_screen():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="iki-desk-") as folder:
        page = Path(folder) / "open.html"
        page.touch(mode=0o600)
        page.write_text(_PAGE.format(url=escape(url)), encoding="utf-8")
        # A browser of the terminal would hold us; one that is started beside us does not.
        threading.Thread(target=_open, args=(page.as_uri(),), daemon=True).start()
        yield


def _has_screen() -> bool:
    return sys.platform in {"win32", "darwin"} or any(os.environ.get(name) for name in _SCREENS)


def _open(address: str) -> None:
    if not webbrowser.open(address):
        tell_on_terminal("no browser could be started: open the address yourself")

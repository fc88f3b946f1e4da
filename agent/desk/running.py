"""The desk's life: it opens, shows its address, answers, and ends by Ctrl-C or when nobody uses it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from agent.desk.admission import Admission
from agent.desk.application import build_application
from agent.desk.launching import opening_browser
from agent.desk.options import DeskOptions
from agent.desk.spool import Spool
from agent.desk.state import Desk
from agent.errors import UsageError
from agent.service.pins.given import expect_pins
from agent.service.pins.terminal import tell_on_terminal
from agent.service.workspace import load_workspace

_LOOPBACK: Final = "127.0.0.1"
_SPOOL_OCTETS: Final = 2 * 1024**3
_MOST_THREADS: Final = 4
_DRAIN_SECONDS: Final = 30.0
"""How long a request under way may take when the desk ends."""


def run_desk(named: Path | None, options: DeskOptions, show: Callable[[str], None]) -> None:
    """Run the desk until it is told to stop by SIGINT or SIGTERM, or nobody uses it.

    Args:
        named: the configuration named on the command line.
        options: what else was said there.
        show: shows a line to whoever started it.

    Raises:
        UsageError: `desk-root`, `desk-port`, `spool-unusable`, or the configuration.

    """
    _refuse_root(allow_root=options.allow_root)
    expect_pins()
    workspace = load_workspace(named)
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(options.port))
        admission = Admission(listener.getsockname()[1])
        spool = stack.enter_context(Spool(octets=_SPOOL_OCTETS))
        desk = Desk(workspace, admission, spool, threads=min(_MOST_THREADS, os.cpu_count() or 1))
        asyncio.run(_run(desk, listener, options, show))


def _refuse_root(*, allow_root: bool) -> None:
    if sys.platform != "win32" and os.geteuid() == 0 and not allow_root:
        raise UsageError(
            "desk-root",
            "the desk needs no rights of root, and does not run with them",
            hint="run it as yourself, or add --allow-root",
        )


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((_LOOPBACK, port), backlog=64)
    except OSError as error:
        raise UsageError(
            "desk-port",
            f"port {port} of {_LOOPBACK} cannot be had: {error.strerror or error}",
            hint="leave --port out, and any free port is taken",
        ) from error


async def _run(
    desk: Desk, listener: socket.socket, options: DeskOptions, show: Callable[[str], None]
) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform != "win32":
            loop.add_signal_handler(number, desk.stopping.set)
    runner = web.AppRunner(
        build_application(desk), access_log=None, handle_signals=False, shutdown_timeout=_DRAIN_SECONDS
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await _serve(desk, options, show)
    finally:
        await runner.cleanup()
        await asyncio.to_thread(desk.close)


async def _serve(desk: Desk, options: DeskOptions, show: Callable[[str], None]) -> None:
    """Answer until the end: the address that opens the page is shown, and the next one when it was used."""
    show(f"The desk is open at {desk.admission.url}")
    show("The address works once. Ctrl-C closes the desk.")
    with opening_browser(desk.admission.url, wanted=options.open_browser):
        tasks = [
            asyncio.create_task(desk.stopping.wait()),
            asyncio.create_task(_close_idle(desk, options.idle_seconds)),
            asyncio.create_task(_show_next(desk, show)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
    tell_on_terminal("the desk closes; what was on it goes")


async def _close_idle(desk: Desk, seconds: float) -> None:
    while (left := seconds - desk.idle_seconds) > 0:
        with suppress(TimeoutError):
            await asyncio.wait_for(desk.stopping.wait(), left)
            return
    tell_on_terminal(f"nobody used the desk for {seconds / 60:g} minutes")


async def _show_next(desk: Desk, show: Callable[[str], None]) -> None:
    while True:
        await desk.opened.wait()
        desk.opened.clear()
        show(f"The page is open. Another one, in its place: {desk.admission.url}")

"""The daemon's life: it starts, says that it is ready, answers, reloads, and ends in good order."""

import asyncio
import os
import signal
import socket
import ssl
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from agent.config.agent import TLSSettings
from agent.daemon.application import build_application
from agent.daemon.sockets import listening
from agent.daemon.state import Agent
from agent.daemon.systemd import notify_ready, notify_reloading, notify_stopping, take_sockets
from agent.daemon.tls import build_context
from agent.errors import IkiError, UsageError
from agent.service.pins.terminal import tell_on_terminal
from hsm import forbid_core_dumps

_KEEP_ALIVE: Final = 30.0
"""Seconds that a connection stays open on which no request comes, or none to the end of its headers."""
_LINGERING: Final = 2.0
"""Seconds for which the rest of a body that was refused is read, so that its sender reads the answer."""


def run_agent(named: Path | None, *, allow_root: bool) -> None:
    """Run the daemon until it is told to stop: by SIGTERM, SIGINT, or a request.

    Args:
        named: the configuration named on the command line.
        allow_root: whether it may run as root.

    Raises:
        UsageError: `agent-root`, a socket that cannot be had, or the configuration.
        TokenError: a signer's URI is none.

    """
    if sys.platform == "win32":
        raise UsageError("agent-platform", "the agent needs Unix sockets", hint="commands work without it")
    _refuse_root(allow_root=allow_root)
    forbid_core_dumps()
    asyncio.run(_run(named))


def _refuse_root(*, allow_root: bool) -> None:
    if os.geteuid() == 0 and not allow_root:
        raise UsageError(
            "agent-root",
            "the agent needs no rights of root, and does not run with them",
            hint="run it as a user of its own (config/systemd), or add --allow-root",
        )


async def _run(named: Path | None) -> None:
    agent = Agent(named)
    settings = agent.workspace.configuration.agent
    tls = settings.listen.tls
    context = build_context(tls) if tls else None
    with ExitStack() as stack:
        sockets = take_sockets()
        agent.activated = bool(sockets)
        sockets = sockets or [stack.enter_context(listening(settings.listen.socket))]
        runner = web.AppRunner(
            build_application(agent),
            access_log=None,
            handle_signals=False,
            keepalive_timeout=_KEEP_ALIVE,
            lingering_time=_LINGERING,
            shutdown_timeout=settings.drain_seconds,
        )
        await runner.setup()
        try:
            agent.start()
            for each in sockets:
                await web.SockSite(runner, each, ssl_context=_choose(each, context), backlog=512).start()
            if tls is not None and all(each.family == socket.AF_UNIX for each in sockets):
                await _listen_tls(runner, tls, context)
            await _serve(agent, _list_places(runner))
        finally:
            notify_stopping()
            await runner.cleanup()
            await agent.close()


def _choose(each: socket.socket, context: ssl.SSLContext | None) -> ssl.SSLContext | None:
    """Choose TLS for a socket of systemd's that others can reach; raises UsageError without."""
    if each.family == socket.AF_UNIX:
        return None
    if context is None:
        raise UsageError(
            "activation-unusable",
            "systemd hands over a TCP socket, and nobody is heard there without TLS",
            hint="add [listen.tls], or leave the ListenStream of that port out of the .socket unit",
        )
    return context


async def _listen_tls(runner: web.AppRunner, tls: TLSSettings, context: ssl.SSLContext | None) -> None:
    """Listen on the configured port; raises UsageError `socket-unusable`."""
    site = web.TCPSite(runner, tls.address, tls.port, ssl_context=context, backlog=512)
    try:
        await site.start()
    except OSError as error:
        raise UsageError(
            "socket-unusable",
            f"{tls.address} port {tls.port}: cannot be listened on: {error.strerror or error}",
            hint="correct listen.tls address and port",
        ) from error


def _list_places(runner: web.AppRunner) -> list[str]:
    """Name what is listened on: paths, and addresses with the port that they have."""
    return [
        str(place) if isinstance(place, str) else f"https://{place[0]}:{place[1]}"
        for place in runner.addresses
    ]


async def _serve(agent: Agent, listening_on: list[str]) -> None:
    """Answer until the end is asked for."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, agent.stopping.set)
    reloads = set[asyncio.Task[None]]()
    loop.add_signal_handler(signal.SIGHUP, lambda: _begin_reload(agent, reloads))
    idle = asyncio.create_task(agent.lock_idle())
    places = ", ".join(listening_on)
    tell_on_terminal(f"the agent listens on {places}")
    notify_ready(f"listening on {places}")
    try:
        await agent.stopping.wait()
    finally:
        idle.cancel()
        tell_on_terminal("the agent stops")


def _begin_reload(agent: Agent, reloads: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(_reload(agent))
    reloads.add(task)
    task.add_done_callback(reloads.discard)


async def _reload(agent: Agent) -> None:
    """Reload on SIGHUP; what is wrong was told by then."""
    notify_reloading()
    with suppress(IkiError):
        await agent.reload()
    problem = agent.reload_problem
    notify_ready(f"the configuration was not reloaded: {problem.message}" if problem else "reloaded")

"""The `iki` command: arguments in, exit status out, never a traceback."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from agent import __version__
from agent.cli.console import print_error, print_findings_of
from agent.cli.lazy import LazyGroup
from agent.cli.streams import ReaderGoneError, abandon_output, prepare_streams
from agent.cli.table import COMMANDS
from agent.errors import IkiError, UsageError
from agent.exits import ExitStatus


class _RootGroup(LazyGroup):
    table = COMMANDS


_app = typer.Typer(
    cls=_RootGroup,
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"iki {__version__}")
        raise typer.Exit


@_app.callback()
def _root(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", envvar="IKI_CONFIG", help="The configuration file."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Sign, countersign and verify CPL submissions with keys that stay on a token."""
    del version
    context.obj = config


def main() -> int:
    """Run one command and return its exit status (`agent.exits`)."""
    prepare_streams()
    for name in ("SIGTERM", "SIGHUP"):  # a prompt gives the terminal its echo back; nohup stays as it is
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)
    try:
        status = _run(sys.argv[1:])
        sys.stdout.flush()
    except IkiError as error:
        abandon_output()
        return _tell(error)
    return status


def _terminate(number: int, frame: object) -> None:
    """End as for Ctrl-C, so that no half file is left."""
    del number, frame
    raise KeyboardInterrupt


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(_app)
    try:
        _check_arguments(arguments)
        status = command.main(args=arguments, prog_name="iki", standalone_mode=False)
    except ReaderGoneError:
        raise
    except IkiError as error:
        return _tell(error)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except typer.TyperException as error:
        return _usage(error)
    except Exception as error:  # noqa: BLE001 - the process boundary: a defect is told in one line
        return _internal(error)
    # typer turns Ctrl-C into this status and says nothing
    return _interrupted() if status == ExitStatus.INTERRUPTED else int(status or 0)


def _check_arguments(arguments: list[str]) -> None:
    """Refuse an empty argument: it is a script's unset variable, and would mean this folder, or now."""
    if "" in arguments:
        raise UsageError(
            "argument-empty", "an argument is empty", hint="is a variable of your script not set?"
        )


def _interrupted() -> int:
    print_error("interrupted", hint="nothing was released")
    return ExitStatus.INTERRUPTED


def _tell(error: IkiError) -> int:
    if not isinstance(error, ReaderGoneError):
        print_findings_of(error)
    return error.exit_status


def _usage(error: typer.TyperException) -> int:
    format_message = getattr(error, "format_message", lambda: str(error))
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(str(error), err=True)
        return ExitStatus.USAGE
    message = format_message().rstrip(".")
    print_error(
        message[:1].lower() + message[1:], hint=f"see `{context.command_path if context else 'iki'} --help`"
    )
    return ExitStatus.USAGE


def _internal(error: Exception) -> int:
    if os.environ.get("IKI_DEBUG"):
        raise error
    print_error(
        f"internal: {type(error).__name__}: {error}",
        hint="this is a defect of iki: run it again with IKI_DEBUG=1 and report what it prints",
    )
    return ExitStatus.INTERNAL

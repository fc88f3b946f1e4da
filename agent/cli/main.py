"""The `iki` command: arguments in, exit status out, never a traceback."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from agent import __version__
from agent.cli.console import print_error, print_findings_of
from agent.cli.lazy import LazyGroup
from agent.cli.table import COMMANDS
from agent.errors import IkiError
from agent.exits import ExitStatus

_INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (`agent.exits`)."""
    command = typer.main.get_command(_app)
    try:
        status = command.main(args=_arguments(arguments), prog_name="iki", standalone_mode=False)
        sys.stdout.flush()
    except IkiError as error:
        print_findings_of(error)
        return error.exit_status
    except typer.Abort:
        return _INTERRUPTED
    except typer.TyperException as error:
        return _usage(error)
    except KeyboardInterrupt:
        print_error("interrupted", hint="nothing was released")
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.USAGE
    except Exception as error:  # noqa: BLE001 - the process boundary: a defect is told in one line
        return _internal(error)
    return int(status or 0)


def _arguments(arguments: Sequence[str] | None) -> list[str]:
    return list(sys.argv[1:] if arguments is None else arguments)


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


if __name__ == "__main__":
    sys.exit(main())

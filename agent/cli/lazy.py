"""Command groups that import a command only when it is called: `iki --help` must start fast."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from agent.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command not imported yet: its module has a function `command`; `summary` is its help's first line."""

    module: str
    summary: str


@dataclass(frozen=True, slots=True)
class LazyCommands:
    """A group of commands not imported yet."""

    commands: Mapping[str, LazyCommand]
    summary: str
    default: LazyCommand | None = None
    """What the group does when its first argument names none of its commands."""


class LazyGroup(TyperGroup):
    """A group whose members are described in `table` and imported by name."""

    table: ClassVar[Mapping[str, LazyCommand | LazyCommands]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """List the names, in the order of the table."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command by its name; None when there is none."""
        del ctx
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        if isinstance(entry, LazyCommands):
            return build_group(cmd_name, entry)
        return _build_command(cmd_name, entry)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands from the table, importing none."""
        del ctx
        rows = [(name, entry.summary) for name, entry in self.table.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class LazyDefaultGroup(LazyGroup):
    """A group that is a command itself: `iki evidence OUT.zip FILE` beside `iki evidence verify OUT.zip`."""

    default: ClassVar[LazyCommand]

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Hand arguments that begin with no command's name to the default command, as if it stood here."""
        if args and (args[0] in self.table or args[0] == "--help"):
            return super().make_context(info_name, args, parent=parent, **extra)
        return self._default_command().make_context(info_name, args, parent=parent, **extra)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the default command, then the list of the others."""
        command = self._default_command()
        own = type(ctx)(command, info_name=ctx.info_name, parent=ctx.parent)
        command.format_help(own, formatter)
        self.format_commands(ctx, formatter)

    def _default_command(self) -> TyperCommand:
        return _build_command(self.name or "", self.default)


def _build_command(name: str, entry: LazyCommand) -> TyperCommand:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(import_module(entry.module).command)
    return typer.main.get_command(app)  # type: ignore[return-value]  # one command makes a command, not a group


def build_group(name: str, entry: LazyCommands) -> TyperGroup:
    """Build a group from its table."""
    members: dict[str, Any] = {"table": entry.commands}
    base = LazyGroup
    if entry.default is not None:
        base, members["default"] = LazyDefaultGroup, entry.default
    group = type("_Group", (base,), members)
    built: TyperGroup = group(name=name, help=entry.summary, no_args_is_help=True, rich_markup_mode=None)
    return built

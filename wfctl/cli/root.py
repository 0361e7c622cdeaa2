"""The root command: finds a verb by name and imports it only when it is called.

Knows nothing of what verbs do. `wfctl --help` is written from `wfctl.cli.verbs` alone.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, MutableMapping, Sequence
from typing import get_type_hints

import click
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from wfctl.cli import verbs


class Command(TyperCommand):
    """A verb: has the common options, and accepts the spellings of the Go tools."""

    def __init__(self, name: str | None, *, params: list[click.Parameter] | None = None, **attributes: object) -> None:
        from wfctl.cli.options import common_options

        super().__init__(name, params=[*(params or []), *common_options()], **attributes)  # type: ignore[arg-type]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Respell, then parse."""
        from wfctl.cli.spelling import respelled

        return super().parse_args(ctx, respelled(self.params, args))

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: `format_options` writes them, as clicks before 8.5 expect."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verb's own options first, those that every verb has apart."""
        from wfctl.cli.options import COMMON_NAMES

        own = [one for one in self.get_params(ctx) if one.name not in COMMON_NAMES and one.name != "help"]
        rest = [one for one in self.get_params(ctx) if one not in own]
        arguments = [one for one in own if isinstance(one, click.Argument)]
        options = [one for one in own if one not in arguments]
        for title, members in (("Arguments", arguments), ("Options", options), ("Options of every verb", rest)):
            rows = [row for row in (one.get_help_record(ctx) for one in members) if row is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> object:
        """Hand the common options over in the invocation, so that a verb's function names only its own."""
        from wfctl.cli.options import Invocation, taken

        given = ctx.find_object(Invocation)
        if given is not None:
            ctx.obj = Invocation(settings=given.settings, common=taken(ctx.params))
        return super().invoke(ctx)


class Lazy(TyperGroup):
    """A group whose members are imported when they are called."""

    def __init__(self, name: str, prefix: str = "", **attributes: object) -> None:
        super().__init__(name=name, rich_markup_mode=None, **attributes)  # type: ignore[arg-type]
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The members' names, in the order of the table."""
        depth = len(self.prefix.split())
        return list(dict.fromkeys(name.split()[depth] for name in verbs.VERBS if name.startswith(self.prefix)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one member."""
        name = self.prefix + cmd_name
        if name in verbs.VERBS:
            return load(name)
        return group(name) if name in verbs.GROUPS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the member; a name that is none is a usage error that suggests what was meant."""
        try:
            return super(TyperGroup, self).resolve_command(ctx, args)
        except click.UsageError as error:
            hint = _suggestion(args[:1], self.list_commands(ctx))
            raise click.UsageError(error.message + hint, ctx) from error

    def _main_shell_completion(
        self, ctx_args: MutableMapping[str, object], prog_name: str, complete_var: str | None = None
    ) -> None:
        # click's own way, whose scripts `wfctl completion` prints; typer's differs in the words it exchanges
        click.Command._main_shell_completion(self, ctx_args, prog_name, complete_var)  # noqa: SLF001

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The members with one line each, without importing any."""
        for title, section in verbs.SECTIONS.items():
            rows = [(name, verb.summary) for name, verb in section.items() if name.startswith(self.prefix)]
            if rows:
                with formatter.section("Commands" if self.prefix else title):
                    formatter.write_dl(rows)


def root() -> Lazy:
    """The root command."""
    return Lazy(
        "wfctl",
        help="Apply infrastructure changes through provider plugins, and know afterwards what happened to every resource.",
        epilog="wfctl VERB --help explains a verb, wfctl help exit-codes the exit codes.",
        options_metavar="",
        subcommand_metavar="VERB [OPTIONS]",
    )


def group(name: str) -> Lazy:
    """A group of verbs."""
    return Lazy(
        name, prefix=name + " ", help=verbs.GROUPS[name], options_metavar="", subcommand_metavar="VERB [OPTIONS]"
    )


def load(name: str) -> click.Command:
    """The command of one verb, made from its function: `runs list` is the function runs_list."""
    verb = verbs.VERBS[name]
    module = importlib.import_module(f"wfctl.cli.{verb.module}")
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    function = getattr(module, name.replace(" ", "_"))
    app.command(name.rsplit(maxsplit=1)[-1], cls=Command, help=_help(function, verb.summary))(function)
    command = typer.main.get_command(app)
    _explain_arguments(command, function)
    return command


def _explain_arguments(command: click.Command, function: Callable[..., object]) -> None:
    """Put the help of arguments where it is shown: click 8.5 has a `help` of its own, and typer's is lost under it."""
    hints = get_type_hints(function, include_extras=True)
    for parameter in command.params:
        if isinstance(parameter, TyperArgument) and not parameter.help:
            found = [one.help for one in getattr(hints.get(parameter.name or ""), "__metadata__", ()) if one.help]
            parameter.help = found[0] if found else None


def _help(function: object, summary: str) -> str:
    paragraphs = (getattr(function, "__doc__", "") or "").split("\n\n", 1)
    return summary + "." + ("\n\n" + paragraphs[1] if len(paragraphs) > 1 else "")


def _suggestion(typed: Sequence[str], known: Sequence[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(typed[0], known) if typed else []
    return f" Did you mean {' or '.join(found)}?" if found else ""

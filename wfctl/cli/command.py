"""One verb as a command: made from its function, with the options every verb has.

Knows nothing of what verbs do.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import get_type_hints

import click
import typer
from typer.core import TyperArgument, TyperCommand

from wfctl.cli import verbs
from wfctl.cli.options import COMMON_NAMES, Invocation, common_options, taken
from wfctl.cli.spelling import respelled


class Command(TyperCommand):
    """A verb: has the common options, and accepts the spellings of the Go tools."""

    def __init__(self, name: str | None, *, params: list[click.Parameter] | None = None, **attributes: object) -> None:
        super().__init__(name, params=[*(params or []), *common_options()], **attributes)  # type: ignore[arg-type]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Respell, then parse."""
        return super().parse_args(ctx, respelled(self.params, args))

    def invoke(self, ctx: click.Context) -> object:
        """Hand the common options over in the invocation, so that a verb's function names only its own."""
        given = ctx.find_object(Invocation)
        if given is not None:
            ctx.obj = Invocation(settings=given.settings, common=taken(ctx.params))
        return super().invoke(ctx)

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: `format_options` writes them, as clicks before 8.5 expect."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verb's own options first, those that every verb has apart."""
        common = [one for one in self.get_params(ctx) if one.name in COMMON_NAMES]
        own = [one for one in self.get_params(ctx) if one not in common]
        arguments = [one for one in own if isinstance(one, click.Argument)]
        options = [one for one in own if one not in arguments]
        for title, members in (("Arguments", arguments), ("Options", options), ("Options of every verb", common)):
            rows = [row for row in (one.get_help_record(ctx) for one in members) if row is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def load(name: str) -> click.Command:
    """The command of one verb, made from its function: `runs list` is runs_list, `force-unlock` is force_unlock."""
    verb = verbs.VERBS[name]
    module = importlib.import_module(f"wfctl.cli.{verb.module}")
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    function = getattr(module, re.sub("[ -]", "_", name))
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

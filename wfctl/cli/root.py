"""The root command: finds a verb by name and imports it only when it is called.

Knows nothing of what verbs do. `wfctl --help` is written from `wfctl.cli.verbs` alone, by click: typer, which the verbs are
written with, comes with the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from wfctl.cli import verbs

_METAVAR: Final = "VERB [OPTIONS]"


class Lazy(click.Group):
    """A group whose members are imported when they are called. `prefix` is what their full names begin with."""

    def __init__(self, name: str, *, prefix: str, help: str, epilog: str = "") -> None:
        super().__init__(name, help=help, epilog=epilog, options_metavar="", subcommand_metavar=_METAVAR)
        self._prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's)
        """The members' names, in the order of the table."""
        depth = len(self._prefix.split())
        return list(dict.fromkeys(name.split()[depth] for name in verbs.VERBS if name.startswith(self._prefix)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's)
        """Import one member."""
        name = self._prefix + cmd_name
        if name in verbs.VERBS:
            from wfctl.cli.command import load

            return load(name)
        return group(name) if name in verbs.GROUPS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the member; a name that is none is a usage error that suggests what was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            message = error.message.partition(" Did you mean")[0]
            raise click.UsageError(message + _suggestion(args[:1], self.list_commands(ctx)), ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's)
        """The members with one line each, without importing any."""
        for title, section in verbs.SECTIONS.items():
            rows = [(name, verb.summary) for name, verb in section.items() if name.startswith(self._prefix)]
            if rows:
                with formatter.section("Commands" if self._prefix else title):
                    formatter.write_dl(rows)


def root() -> Lazy:
    """The root command."""
    return Lazy(
        "wfctl",
        prefix="",
        help="Apply infrastructure changes through provider plugins, and know afterwards what happened to every resource.",
        epilog="wfctl VERB --help explains a verb, wfctl help exit-codes the exit codes.",
    )


def group(name: str) -> Lazy:
    """A group of verbs."""
    return Lazy(name, prefix=name + " ", help=verbs.GROUPS[name] + ".")


def _suggestion(typed: Sequence[str], known: Sequence[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(typed[0], known) if typed else []
    return f" Did you mean {' or '.join(found)}?" if found else ""

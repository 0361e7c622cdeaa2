"""`wfctl help`: explain a verb, or the exit codes.

Knows nothing but the table of verbs and the table of codes.
"""

from __future__ import annotations

from typing import Annotated

import click
import typer

from wfctl.cli import exit_codes


def help(  # noqa: A001  (the verb's name)
    ctx: typer.Context,
    topic: Annotated[list[str] | None, typer.Argument(help="A verb, or exit-codes.", metavar="[TOPIC]...")] = None,
) -> int:
    """Explain."""
    if topic == ["exit-codes"]:
        typer.echo(exit_code_page())
        return exit_codes.OK
    from wfctl.cli.root import root

    command: click.Command = root()
    inner = click.Context(command, info_name="wfctl")
    for word in topic or []:
        found = command.get_command(inner, word) if isinstance(command, click.Group) else None
        if found is None:
            raise click.UsageError(f"there is no help on {' '.join(topic or [])}", ctx=ctx)
        command, inner = found, click.Context(found, info_name=word, parent=inner)
    typer.echo(command.get_help(inner))
    return exit_codes.OK


def exit_code_page() -> str:
    """The table of exit codes as text."""
    from wfctl.views.exit_codes import TABLE

    rows = [f"{row.code:>5}  {row.name:<14}  {row.when}" for row in TABLE]
    return "\n".join(["The first line that is true decides:", "", *rows])

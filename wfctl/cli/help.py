"""`wfctl help`: explain a verb, the exit codes, or where plugins are looked for.

Knows nothing but the table of verbs and the table of codes.
"""

from __future__ import annotations

from typing import Annotated, Final

import click
import typer

from wfctl.cli import exit_codes


def help(  # noqa: A001  (the verb's name)
    ctx: typer.Context,
    topic: Annotated[
        list[str] | None, typer.Argument(help="A verb, exit-codes or plugins.", metavar="[TOPIC]...")
    ] = None,
) -> int:
    """Explain."""
    page = PAGES.get(" ".join(topic or []))
    if page is not None:
        typer.echo(page())
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


def plugin_page() -> str:
    """Where plugins are looked for."""
    return PLUGINS


PLUGINS: Final = """A provider module names its plugin; the plugin is looked for, in this order, in

  --plugin-dir DIR, WFCTL_PLUGIN_DIR, ./data/plugins
                       DIR/NAME/plugin.json beside the program DIR/NAME/NAME
  Python packages      that have an entry point wfctl.plugins called like the provider

Two that make the same provider real are an error, unless one of them is pinned in .wfctl.yaml:

  plugins:
    NAME: {sha256: SUM}

wfctl plugin list shows what was found, with sums, and what was passed over and why."""

PAGES: Final = {"exit-codes": exit_code_page, "plugins": plugin_page}
"""Topics that are no verbs."""

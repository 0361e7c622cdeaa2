"""`wfctl output`: print the outputs of resources."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from wfctl.cli import flags
from wfctl.cli.documents import document
from wfctl.cli.options import invocation
from wfctl.cli.watch import Page, looked
from wfctl.views.view import View


def output(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="[NAME]", help="A resource, or resource.output for a single value; without it, all."),
    ] = "",
    show_sensitive: Annotated[bool, typer.Option("--show-sensitive", "-S", help="Secrets too, in clear.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="A single text as it is, without quotes.")] = False,
) -> int:
    """Print."""
    from wfctl.app.output import read_outputs
    from wfctl.views.line import line
    from wfctl.views.tables import output_list

    call = invocation(ctx)

    def look(view: View) -> Page:
        found = read_outputs(call.settings, flags.where(call.common), name, view, show_sensitive=show_sensitive)
        if raw and len(found) == 1 and isinstance(found[0].value, str):
            text = found[0].value
            return Page(lambda: [line(part) for part in text.splitlines()], lambda: msgspec.json.encode(text))
        return Page(lambda: output_list([one.row for one in found]), lambda: document(outputs=found))

    return looked(call, look)

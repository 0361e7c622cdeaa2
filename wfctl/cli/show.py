"""`wfctl show`: show a plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wfctl.cli.options import invocation
from wfctl.cli.watch import Page, looked
from wfctl.views.view import View


def show(
    ctx: typer.Context,
    plan_file: Annotated[Path, typer.Argument(metavar="PLANFILE", help="A plan saved by wfctl plan --out.")],
) -> int:
    """Show.

    Starts no plugin, so nothing is said of how actions could be undone. With --json the file's own JSON is printed.
    """
    from wfctl.app.show import show_plan
    from wfctl.views.plan_page import plan_lines

    call = invocation(ctx)

    def look(view: View) -> Page:
        del view
        found = show_plan(call.settings, plan_file)
        return Page(lambda: plan_lines(found.page, hints=not call.settings.in_automation), lambda: found.document)

    return looked(call, look)

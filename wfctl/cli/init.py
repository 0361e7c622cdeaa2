"""`wfctl init`: write a first infra.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wfctl.cli import exit_codes
from wfctl.cli.options import invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View


def init(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write it; made if missing.")] = Path(),
) -> int:
    """Write the file, and keep the record of runs out of git.

    Nothing that is there is overwritten.
    """
    from wfctl.app.init import init as write

    call = invocation(ctx)

    async def work(view: View) -> int:
        write(call.settings, directory, view)
        view.ended(exit_codes.OK)
        return exit_codes.OK

    return watched(call, work)

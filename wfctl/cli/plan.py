"""`wfctl plan`: show what would change, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wfctl.cli import exit_codes, flags
from wfctl.cli.options import invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View


def plan(
    ctx: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", "--output", "-o", metavar="FILE", help="Save the plan, to be applied later.")
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes, 0 when there are none.")
    ] = False,
    destroy: flags.Destroy = False,
    refresh: flags.Refresh = True,
    include: flags.Include = None,
    allow_replace: flags.AllowReplace = None,
    require_compensable: flags.RequireCompensable = False,
    json_into: flags.JsonInto = None,
    quiet: flags.Quiet = False,
) -> int:
    """Plan.

    Reads the configuration and the resources it is about, and compares. Nothing is locked and nothing is changed.
    """
    from wfctl.app.plan import plan as make

    call = invocation(ctx)
    order = flags.plan_order(
        call.common,
        destroy=destroy,
        refresh=refresh,
        include=include,
        allow_replace=allow_replace,
        require_compensable=require_compensable,
        out=out,
    )

    async def work(view: View) -> int:
        found = await make(call.settings, order, view)
        code = exit_codes.CHANGES if detailed_exitcode and found.steps else exit_codes.OK
        view.ended(code)
        return code

    return watched(call, work, json_into=json_into, quiet=quiet)

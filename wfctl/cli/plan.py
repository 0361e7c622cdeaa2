"""`wfctl plan`: show what would change, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click
import typer

from wfctl.app.orders import RunOrder, WhatIfOrder
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
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Play every single failure, and show what each would leave behind.")
    ] = False,
    max_residue: Annotated[
        int | None,
        typer.Option(
            "--max-residue",
            min=0,
            metavar="N",
            help="Refuse a plan of which one failure would leave more than N behind.",
        ),
    ] = None,
    on_failure: flags.OnFailureOption = None,
    on_cancel: flags.OnCancelOption = None,
    parallelism: flags.Parallelism = None,
    json_into: flags.JsonInto = None,
    quiet: flags.Quiet = False,
) -> int:
    """Plan.

    Reads the configuration and the resources it is about, and compares. Nothing is locked and nothing is changed.

    With --what-if every single failure of an apply is played in a simulated world: a refused or lost call, a failed hook or
    undo, an interruption. --on-failure, --on-cancel and --parallelism say how that apply would run.
    """
    from wfctl.app.plan import plan as make

    call = invocation(ctx)
    run = flags.run_order(on_failure=on_failure, on_cancel=on_cancel, parallelism=parallelism)
    imagined = what_if or max_residue is not None
    if run != RunOrder() and not imagined:
        raise click.UsageError("--on-failure, --on-cancel and --parallelism belong to a run: give --what-if", ctx=ctx)
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
        found = await make(
            call.settings, order, view, WhatIfOrder(run=run, max_residue=max_residue) if imagined else None
        )
        code = exit_codes.CHANGES if detailed_exitcode and found.steps else exit_codes.OK
        view.ended(code)
        return code

    return watched(call, work, json_into=json_into, quiet=quiet)

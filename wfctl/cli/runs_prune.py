"""`wfctl runs prune`: take away the record of old runs."""

from __future__ import annotations

from typing import Annotated

import typer

from wfctl.cli import flags
from wfctl.cli.options import invocation, seconds
from wfctl.cli.state_edit import done, somebody
from wfctl.cli.watch import watched
from wfctl.views.view import View

KEEP = 50
"""How many runs are kept when nothing is said."""


def runs_prune(
    ctx: typer.Context,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=0, metavar="N", help="Keep the N newest (default 50, or 0 with --older-than)."),
    ] = None,
    older_than: Annotated[
        float | None,
        typer.Option("--older-than", parser=seconds, metavar="DURATION", help="Only runs that ended this long ago."),
    ] = None,
    auto_approve: flags.AutoApprove = False,
    input: flags.Input = True,
) -> int:
    """Prune.

    What is left of a pruned run are its line in the list and the outcomes of its actions. Runs that are not over, or that
    something open points to, stay.
    """
    from wfctl.app.orders import PruneOrder
    from wfctl.app.runs_prune import prune_runs

    call = invocation(ctx)
    kept = (KEEP if older_than is None else 0) if keep is None else keep
    order = PruneOrder(where=flags.where(call.common), keep=kept, older_than=older_than, approved=auto_approve)

    async def work(view: View) -> int:
        prune_runs(call.settings, order, view, somebody(call, allowed=input))
        return done(view)

    return watched(call, work)

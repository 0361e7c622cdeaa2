"""`wfctl lock`: look at who holds which workspace, and take one away."""

from __future__ import annotations

from typing import Annotated

import typer

from wfctl.cli import exit_codes, flags
from wfctl.cli.documents import document
from wfctl.cli.options import invocation
from wfctl.cli.watch import Page, looked, watched
from wfctl.views.view import View


def lock_list(ctx: typer.Context) -> int:
    """List.

    A holder that died, or was not heard of in time, keeps nobody out.
    """
    from wfctl.app.locks import list_locks
    from wfctl.views.tables import lock_list as lines

    call = invocation(ctx)

    def look(view: View) -> Page:
        found = list_locks(call.settings, flags.where(call.common), view)
        return Page(lambda: lines(found), lambda: document(locks=found))

    return looked(call, look)


def lock_break(
    ctx: typer.Context,
    workspace: Annotated[
        str,
        typer.Argument(metavar="[WORKSPACE|RUN]", help="The workspace; or a run, and only if it is held for that run."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Although the holder may live.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the run.")] = "",
) -> int:
    """Break.

    The old holder can record nothing any more, but what it has sent may still take effect: whoever resumes its run looks that
    up. A holder that may live is left alone without --force.
    """
    from wfctl.app.locks import break_lock
    from wfctl.app.orders import BreakOrder

    call = invocation(ctx)
    order = BreakOrder(where=flags.where(call.common), target=workspace, force=force, reason=reason)

    async def work(view: View) -> int:
        break_lock(call.settings, order, view)
        view.ended(exit_codes.OK)
        return exit_codes.OK

    return watched(call, work)


force_unlock = lock_break
"""The name of the same verb in Terraform."""

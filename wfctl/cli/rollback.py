"""`wfctl rollback`: take back what a run did that is over."""

from __future__ import annotations

from typing import Annotated

import typer

from wfctl.cli import exit_codes, flags
from wfctl.cli.ask import asked
from wfctl.cli.options import invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View

Names = list[str] | None


def rollback(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be undone or why not, and change nothing.")
    ] = False,
    address: Annotated[
        Names,
        typer.Option("--address", metavar="ADDRESS", help="Only this, and what stands on it. May be given again."),
    ] = None,
    to_action: Annotated[
        int, typer.Option("--to-action", metavar="N", min=0, help="Only what took effect after action N did.")
    ] = 0,
    skip: Annotated[
        Names, typer.Option("--skip", metavar="ADDRESS", help="Leave this as it is. May be given again.")
    ] = None,
    orphan: Annotated[
        Names,
        typer.Option(
            "--orphan", metavar="ADDRESS", help="Leave this as it is, and let the state forget it. May be given again."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Try again what could not be undone before.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the run.")] = "",
    auto_approve: flags.AutoApprove = False,
    input: flags.Input = True,
    parallelism: flags.Parallelism = None,
    timeout: flags.Timeout = None,
    grace: flags.Grace = None,
    lock_timeout: flags.LockTimeout = None,
    json_into: flags.JsonInto = None,
    quiet: flags.Quiet = False,
) -> int:
    """Rollback.

    What was done last is undone first, each by the id it was made with and only where its driver has declared how. Nothing is
    undone that has changed since, that was there before, or that something else stands on. It can be stopped, and wfctl resume
    goes on with it.
    """
    from wfctl.app.orders import RollbackOrder
    from wfctl.app.rollback import rollback as take_back
    from wfctl.core.rollback import Wish

    flags.one_of(ctx, **{"--address": address, "--to-action": to_action})
    call = invocation(ctx)
    order = RollbackOrder(
        where=flags.where(call.common),
        run_id=run,
        wish=Wish(
            only=flags.listed(address),
            after=to_action,
            skip=flags.listed(skip),
            orphan=flags.listed(orphan),
            again=resume,
        ),
        reason=reason,
        rehearse=dry_run,
        approved=auto_approve,
        run=flags.run_order(parallelism=parallelism, timeout=timeout, grace=grace, lock_timeout=lock_timeout),
    )
    may_ask = input and call.settings.may_ask and not call.common.json

    async def work(view: View) -> int:
        outcome = await take_back(call.settings, order, view, asked if may_ask else None)
        if outcome is None:
            view.ended(exit_codes.OK)
            return exit_codes.OK
        return outcome.exit_code

    return watched(call, work, json_into=json_into, quiet=quiet)

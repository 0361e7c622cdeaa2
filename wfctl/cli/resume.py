"""`wfctl resume`: go on with a run that was interrupted or killed."""

from __future__ import annotations

from typing import Annotated

import typer

from wfctl.cli import flags
from wfctl.cli.options import invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View


def resume(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="The run; without it, the only unfinished one.")] = "",
    stuck: Annotated[
        bool,
        typer.Option("--stuck", help="Every run of the project whose process died, in any workspace: for a timer."),
    ] = False,
    accept_changed: Annotated[
        bool,
        typer.Option(
            "--accept-changed", help="Go on although variables, configuration or plugins are not what they were."
        ),
    ] = False,
    parallelism: flags.Parallelism = None,
    timeout: flags.Timeout = None,
    grace: flags.Grace = None,
    lock_timeout: flags.LockTimeout = None,
    json_into: flags.JsonInto = None,
    quiet: flags.Quiet = False,
) -> int:
    """Resume.

    Whatever was in flight is looked up before anything is sent again, so nothing is done twice.
    """
    from wfctl.app.orders import ResumeOrder

    flags.one_of(ctx, **{"RUN": run, "--stuck": stuck})
    flags.one_of(ctx, **{"--stuck": stuck, "--json-into": json_into})
    call = invocation(ctx)
    order = ResumeOrder(
        where=flags.where(call.common),
        run_id=run,
        accept_changed=accept_changed,
        run=flags.run_order(parallelism=parallelism, timeout=timeout, grace=grace, lock_timeout=lock_timeout),
    )

    if stuck:
        from wfctl.cli.resume_stuck import resumed

        return resumed(call, order, quiet=quiet)
    from wfctl.app.resume import resume as go_on

    async def work(view: View) -> int:
        outcome = await go_on(call.settings, order, view)
        return outcome.exit_code

    return watched(call, work, json_into=json_into, quiet=quiet)

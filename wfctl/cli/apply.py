"""`wfctl apply`: make the world as the configuration, or a plan file, says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wfctl.cli import flags
from wfctl.cli.options import invocation
from wfctl.cli.run import applied


def apply(
    ctx: typer.Context,
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="[PLANFILE]", help="A plan saved by wfctl plan --out; it is not asked about."),
    ] = None,
    plan: Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="The same as PLANFILE.")] = None,
    auto_approve: flags.AutoApprove = False,
    input: flags.Input = True,
    destroy: flags.Destroy = False,
    refresh: flags.Refresh = True,
    include: flags.Include = None,
    allow_replace: flags.AllowReplace = None,
    require_compensable: flags.RequireCompensable = False,
    on_failure: flags.OnFailureOption = None,
    on_cancel: flags.OnCancelOption = None,
    parallelism: flags.Parallelism = None,
    timeout: flags.Timeout = None,
    grace: flags.Grace = None,
    action_timeout: flags.ActionTimeout = None,
    lock_timeout: flags.LockTimeout = None,
    json_into: flags.JsonInto = None,
    quiet: flags.Quiet = False,
) -> int:
    """Apply.

    Plans, shows the plan and asks; only the word yes is a yes. With a saved plan nothing is asked: it was looked at before.
    Whatever happens then is on record, and wfctl resume goes on after any interruption.
    """
    flags.one_of(ctx, **{"PLANFILE": plan_file, "--plan": plan})
    saved = plan_file or plan
    flags.one_of(ctx, **{"a saved plan": saved, "--destroy": destroy})
    flags.one_of(ctx, **{"a saved plan": saved, "--include": include})
    call = invocation(ctx)
    return applied(
        call,
        flags.plan_order(
            call.common,
            destroy=destroy,
            refresh=refresh,
            include=include,
            allow_replace=allow_replace,
            require_compensable=require_compensable,
        ),
        flags.run_order(
            on_failure=on_failure,
            on_cancel=on_cancel,
            parallelism=parallelism,
            timeout=timeout,
            grace=grace,
            action_timeout=action_timeout,
            lock_timeout=lock_timeout,
        ),
        plan_file=saved,
        auto_approve=auto_approve,
        ask=input,
        json_into=json_into,
        quiet=quiet,
    )

"""`wfctl destroy`: delete everything the workspace holds."""

from __future__ import annotations

import typer

from wfctl.cli import flags
from wfctl.cli.options import invocation
from wfctl.cli.run import applied


def destroy(
    ctx: typer.Context,
    auto_approve: flags.AutoApprove = False,
    input: flags.Input = True,
    refresh: flags.Refresh = True,
    include: flags.Include = None,
    allow_replace: flags.AllowReplace = None,
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
    """Destroy.

    The same as wfctl apply --destroy. Dependants go first, and each resource leaves the state as soon as it is gone.
    """
    call = invocation(ctx)
    return applied(
        call,
        flags.plan_order(call.common, destroy=True, refresh=refresh, include=include, allow_replace=allow_replace),
        flags.run_order(
            on_failure=on_failure,
            on_cancel=on_cancel,
            parallelism=parallelism,
            timeout=timeout,
            grace=grace,
            action_timeout=action_timeout,
            lock_timeout=lock_timeout,
        ),
        auto_approve=auto_approve,
        ask=input,
        json_into=json_into,
        quiet=quiet,
    )

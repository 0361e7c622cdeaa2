"""`wfctl state mv`, `rm`, `push`, `repair`, `export`: change what the state says, never the world."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import click
import typer

from wfctl.cli import exit_codes, flags
from wfctl.cli.ask import asked
from wfctl.cli.options import Invocation, invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept on record.")]


def state_mv(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The resource, by name or as type.name.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name it is to have.")],
    reason: Reason = "",
    lock_timeout: flags.LockTimeout = None,
) -> int:
    """Mv.

    The dependencies of others and the names of its secrets follow. Rename it in the configuration too.
    """
    from wfctl.app.orders import MoveOrder
    from wfctl.app.state_mv import move

    call = invocation(ctx)
    where = flags.where(call.common)
    order = MoveOrder(where=where, old=old, new=new, reason=reason, lock_timeout=lock_timeout or 0.0)

    async def work(view: View) -> int:
        await move(call.settings, order, view)
        return done(view)

    return watched(call, work)


def state_rm(
    ctx: typer.Context,
    addresses: Annotated[
        list[str], typer.Argument(metavar="ADDRESS...", help="The resources, by name or as type.name.")
    ],
    reason: Reason = "",
    auto_approve: flags.AutoApprove = False,
    input: flags.Input = True,
    lock_timeout: flags.LockTimeout = None,
) -> int:
    """Rm.

    The state forgets them; nothing is deleted. To delete, take them out of the configuration and apply.
    """
    from wfctl.app.orders import ForgetOrder
    from wfctl.app.state_rm import forget

    call = invocation(ctx)
    order = ForgetOrder(
        where=flags.where(call.common),
        addresses=tuple(addresses),
        reason=reason,
        approved=auto_approve,
        lock_timeout=lock_timeout or 0.0,
    )

    async def work(view: View) -> int:
        await forget(call.settings, order, view, somebody(call, allowed=input))
        return done(view)

    return watched(call, work)


def state_push(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What wfctl state pull printed, or a backup; - for stdin.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Although it is of another lineage or serial.")] = False,
    reason: Reason = "",
    lock_timeout: flags.LockTimeout = None,
) -> int:
    """Push.

    The file must have the lineage and the serial of the state it is to replace, and no secret in clear.
    """
    from wfctl.app.orders import PushOrder
    from wfctl.app.state_push import push

    if force and not reason:
        raise click.UsageError("--force needs a --reason", ctx=ctx)
    call = invocation(ctx)
    given = sys.stdin.buffer.read() if file == "-" else None
    where = flags.where(call.common)
    order = PushOrder(where=where, file=file, given=given, force=force, reason=reason, lock_timeout=lock_timeout or 0.0)

    async def work(view: View) -> int:
        await push(call.settings, order, view)
        return done(view)

    return watched(call, work)


def state_repair(
    ctx: typer.Context,
    reason: Reason = "",
    auto_approve: flags.AutoApprove = False,
    input: flags.Input = True,
) -> int:
    """Repair.

    Shows what would change and asks. Where the events themselves are damaged nothing is repaired.
    """
    from wfctl.app.orders import RepairOrder
    from wfctl.app.state_repair import mend

    call = invocation(ctx)
    order = RepairOrder(where=flags.where(call.common), reason=reason, approved=auto_approve)

    async def work(view: View) -> int:
        mend(call.settings, order, view, somebody(call, allowed=input))
        return done(view)

    return watched(call, work)


def state_export(
    ctx: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="BACKEND", help="The format: filesystem.")],
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The directory; without it, that of the iac.state module."),
    ] = None,
    auto_approve: flags.AutoApprove = False,
    input: flags.Input = True,
    lock_timeout: flags.LockTimeout = None,
) -> int:
    """Export.

    One file a resource, as the Go tool writes them; files of resources that are gone go too. Secrets and variables stay
    references: the values are not written.
    """
    from wfctl.app.orders import ExportOrder
    from wfctl.app.state_export import export

    if to != "filesystem":
        raise click.UsageError(f"--to {to!r}: only filesystem is written yet", ctx=ctx)
    call = invocation(ctx)
    order = ExportOrder(
        where=flags.where(call.common),
        directory=directory,
        approved=auto_approve,
        lock_timeout=lock_timeout or 0.0,
    )

    async def work(view: View) -> int:
        await export(call.settings, order, view, somebody(call, allowed=input))
        return done(view)

    return watched(call, work)


def somebody(call: Invocation, *, allowed: bool) -> Callable[[str], bool] | None:
    """Who can be asked; None when there is nobody."""
    return asked if allowed and call.settings.may_ask and not call.common.json else None


def done(view: View) -> int:
    """The end of a verb that started no run."""
    view.ended(exit_codes.OK)
    return exit_codes.OK

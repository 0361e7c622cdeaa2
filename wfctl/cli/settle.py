"""`wfctl settle`: say what no probe could find out about an action."""

from __future__ import annotations

from typing import Annotated

import click
import typer

from wfctl.cli import exit_codes, flags
from wfctl.cli.options import invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View


def settle(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The resource, by name or as type.name.")],
    as_: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="WORD",
            help="present:ID (it is there), absent (it is not), restored (it is as it was before).",
        ),
    ],
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Do not ask the driver whether it is so.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; required with --no-verify.")] = "",
    lock_timeout: flags.LockTimeout = None,
) -> int:
    """Settle.

    The driver is asked whether it is so, and who said it is kept with the run.
    """
    from wfctl.app.orders import SettleOrder
    from wfctl.app.settle import settle as put_on_record

    word, _, provider_id = as_.partition(":")
    _check(ctx, word, provider_id, no_verify=no_verify, reason=reason)
    call = invocation(ctx)
    order = SettleOrder(
        where=flags.where(call.common),
        run_id=run,
        address=address,
        as_=word,
        provider_id=provider_id,
        verify=not no_verify,
        reason=reason,
        lock_timeout=lock_timeout or 0.0,
    )

    async def work(view: View) -> int:
        await put_on_record(call.settings, order, view)
        view.ended(exit_codes.OK)
        return exit_codes.OK

    return watched(call, work)


def _check(ctx: click.Context, word: str, provider_id: str, *, no_verify: bool, reason: str) -> None:
    if word not in {"present", "absent", "restored"}:
        raise click.UsageError(f"--as {word!r} is none of present:ID, absent, restored", ctx=ctx)
    if word == "present" and not provider_id:
        raise click.UsageError("--as present needs the id of the object: --as present:ID", ctx=ctx)
    if word == "absent" and provider_id:
        raise click.UsageError("--as absent takes no id", ctx=ctx)
    if no_verify and not reason:
        raise click.UsageError("--no-verify needs a --reason", ctx=ctx)

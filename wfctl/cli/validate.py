"""`wfctl validate`: check the configuration and name everything wrong with it."""

from __future__ import annotations

import typer

from wfctl.cli import exit_codes, flags
from wfctl.cli.options import invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View


def validate(ctx: typer.Context) -> int:
    """Validate.

    Starts no plugin and reads no state: what only they can say is found by wfctl plan.
    """
    from wfctl.app.validate import validate as check

    call = invocation(ctx)

    async def work(view: View) -> int:
        check(call.settings, flags.where(call.common), view)
        view.ended(exit_codes.OK)
        return exit_codes.OK

    return watched(call, work)

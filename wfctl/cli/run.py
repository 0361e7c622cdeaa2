"""What apply and destroy share: one order, somebody to ask, an outcome's exit code.

Knows nothing of flags.
"""

from __future__ import annotations

from pathlib import Path

from wfctl.app.orders import ApplyOrder, PlanOrder, RunOrder
from wfctl.cli import exit_codes
from wfctl.cli.ask import asked
from wfctl.cli.options import Invocation
from wfctl.cli.watch import watched
from wfctl.views.view import View


def applied(
    call: Invocation,
    plan: PlanOrder,
    run: RunOrder,
    *,
    plan_file: Path | None = None,
    auto_approve: bool = False,
    ask: bool = True,
    json_into: Path | None = None,
    quiet: bool = False,
) -> int:
    """Apply, watched; the exit code."""
    from wfctl.app.apply import apply

    order = ApplyOrder(plan=plan, plan_file=plan_file, approved=auto_approve, run=run)
    may_ask = ask and call.settings.may_ask and not call.common.json

    async def work(view: View) -> int:
        outcome = await apply(call.settings, order, view, asked if may_ask else None)
        if outcome is None:
            view.ended(exit_codes.OK)
            return exit_codes.OK
        return outcome.exit_code

    return watched(call, work, json_into=json_into, quiet=quiet)

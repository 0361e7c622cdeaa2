"""Plan: show what would change, and change nothing. Takes no lock; a plan file can be written."""

from __future__ import annotations

from wfctl.app import compose
from wfctl.app.compose import Workshop
from wfctl.app.orders import PlanOrder, WhatIfOrder
from wfctl.app.planning import planned
from wfctl.app.settings import Settings
from wfctl.app.waiting import occupied
from wfctl.core.plan import Plan
from wfctl.ledger.holder import UNFINISHED
from wfctl.views.rows import Diagnostic, Severity
from wfctl.views.view import View


async def plan(settings: Settings, order: PlanOrder, view: View, what_if: WhatIfOrder | None = None) -> Plan:
    """Make a plan, show it, play its single failures and save it if asked to. Raises WfctlError."""
    async with compose.workshop(settings, order.where, view, write=False) as shop:
        made = await planned(shop, order, next_command=_told_of_a_run(shop) or _next(order))
        if what_if is not None:
            from wfctl.app.what_if import imagine

            imagine(shop, made, what_if)
    if order.out is not None:
        from wfctl.planner import file

        file.write(made.plan, settings.cwd / order.out)
        view.notice(f"Plan saved to {order.out}: wfctl apply {order.out} carries out exactly this.")
    return made.plan


def _told_of_a_run(shop: Workshop) -> str:
    """Warn of a run that is not over, since this plan is one without its end; the command that goes on with it."""
    taken = occupied(shop) if shop.record else None
    if taken is None:
        return ""
    why = "the plan is made without knowing how it ends, and can be applied only after it"
    shop.view.diagnostics([Diagnostic(severity=Severity.WARNING, summary=taken.message, detail=why, code=taken.code)])
    return taken.hint if taken.code == UNFINISHED else ""


def _next(order: PlanOrder) -> str:
    if order.out is not None:
        return f"wfctl apply {order.out}"
    return "wfctl destroy" if order.destroy else "wfctl apply"

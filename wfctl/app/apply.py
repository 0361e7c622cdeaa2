"""Apply: carry out a saved plan, or what planning comes to. Destroy is the same with everything gone.

Knows nothing of how a run is driven (`driving`) and of how a plan is made (`planning`). Everything that can be wrong is found
before the run is on record; from then on what happens is the run's outcome.
"""

from __future__ import annotations

from collections.abc import Callable

from wfctl.app import compose
from wfctl.app.compose import Workshop
from wfctl.app.driving import Course, drive
from wfctl.app.mapping import run_started
from wfctl.app.orders import ApplyOrder, RunOrder
from wfctl.app.planning import planned
from wfctl.app.saved import taken_up
from wfctl.app.settings import Settings
from wfctl.app.state_import import expect_same, record_alone, to_import
from wfctl.app.waiting import expect_free, obtained
from wfctl.core.events import Event, Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.plan import Deferral, Plan, ProviderDeclaration, RunId
from wfctl.core.run import fold
from wfctl.engine.ports import Batch
from wfctl.errors import Kind, WfctlError
from wfctl.views.view import View

Ask = Callable[[str], bool]
"""Puts a question to a person; whether the answer was yes."""


async def apply(settings: Settings, order: ApplyOrder, view: View, ask: Ask | None) -> RunOutcome | None:
    """Apply and say how it went; None when there was nothing to do. `ask` None = there is nobody to ask.

    Raises WfctlError for everything that keeps a run from starting, and for what breaks one off.
    """
    async with compose.workshop(settings, order.plan.where, view, write=True) as shop:
        await obtained(shop, order.run.lock_timeout, lambda: expect_free(shop))
        plan = await _plan(shop, order)
        if not plan.steps and not any(_flushes_always(declared) for declared in shop.pool.declarations):
            record_alone(shop, plan)
            return None
        if order.plan_file is None and plan.steps and not order.approved:
            _expect_yes(shop, plan, ask)
        return await drive(await _begun(shop, order.run, plan))


def _flushes_always(declared: ProviderDeclaration) -> bool:
    """Whether there may be something to flush although no action put anything off."""
    return declared.finalizer and declared.deferral is Deferral.ANY


async def _plan(shop: Workshop, order: ApplyOrder) -> Plan:
    if order.plan_file is not None:
        return await taken_up(shop, order.plan_file, order.plan)
    return (await planned(shop, order.plan)).plan


def _expect_yes(shop: Workshop, plan: Plan, ask: Ask | None) -> None:
    """Raises WfctlError (declined): NOBODY_TO_ASK, DECLINED."""
    place = f"{shop.place.name}/{shop.place.workspace}"
    if ask is None:
        raise WfctlError(
            Kind.DECLINED,
            "NOBODY_TO_ASK",
            "nobody can be asked here whether to go on, and nothing was changed",
            hint="look at the plan and give --auto-approve, or save it (wfctl plan --out FILE) and apply the file",
        )
    everything = (
        "Do you really want to destroy all of" if plan.operation == "destroy" else "Do you want to apply this to"
    )
    if not ask(f"{everything} {place}?"):
        raise WfctlError(Kind.DECLINED, "DECLINED", "not approved; nothing was changed")


async def _begun(shop: Workshop, order: RunOrder, plan: Plan) -> Course:
    """Put the run on record: from here on everything that happens belongs to it."""
    started = run_started(
        plan,
        run_id=RunId(f"r-{shop.settings.token()}"),
        apply=shop.config.apply,
        order=order,
        providers=shop.pool.declarations,
    )
    facts: list[Event] = [started]
    imported = to_import(shop)
    if imported is not None:
        expect_same(plan, imported)
        facts.append(imported.fact)
    records = [Recorded(seq=seq, at=shop.settings.now(), event=event) for seq, event in enumerate(facts, 1)]
    first = Batch(records=records, documents=imported.documents if imported else {})
    writer = await obtained(shop, order.lock_timeout, lambda: shop.store.create_run(plan, first))
    return Course(shop=shop, order=order, plan=plan, state=fold(records), writer=writer)

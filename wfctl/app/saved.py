"""Take a saved plan up: read it, and see that everything it was made of is still the same.

Knows nothing of how plans are stored or compared. That a plan is used once is the ledger's to say.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from wfctl import __version__
from wfctl.app.compose import Workshop, new_lineage
from wfctl.app.mapping import desired_of, providers_needed
from wfctl.app.orders import PlanOrder
from wfctl.app.pages import plan_page
from wfctl.app.state_import import standing
from wfctl.core.outcome import RunResult
from wfctl.core.plan import Plan
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.store import FINAL, WorkspaceState
from wfctl.planner import file, gates
from wfctl.planner.notes import notes
from wfctl.planner.recovery import compensability
from wfctl.planner.request import Basis
from wfctl.planner.stale import Present, moved, refuse_stale


async def taken_up(shop: Workshop, path: Path, order: PlanOrder) -> Plan:
    """The plan in a file, shown, with its plugins running.

    Raises WfctlError: what `planner.file.read` raises, PLAN_USED, PLAN_STALE naming what moved, and what the gates refuse.
    """
    plan = file.read(shop.settings.cwd / path)
    _expect_unused(shop, plan)
    state = standing(shop)
    present = _present(shop, plan, state)
    refuse_stale(plan, present)
    gates.refuse_quarantined(plan, state.resources, state.mark_runs)
    gates.refuse_protected(plan, order.allow_replace)
    await shop.open_drivers(providers_needed(plan))
    declarations = {declared.name: declared for declared in shop.pool.declarations}
    refuse_stale(plan, msgspec.structs.replace(present, providers=declarations))
    found = notes(plan, declarations)
    if order.require_compensable or shop.config.apply.compensation.require:
        gates.refuse_not_compensable(compensability(plan, [note.recovery for note in found]))
    shop.view.plan(plan_page(plan, found, project=shop.place.name))
    return _placed(plan, present.basis)


def _expect_unused(shop: Workshop, plan: Plan) -> None:
    """Said before anything is compared: a used plan does not fit the state either, and that would be the wrong reason."""
    use = shop.store.plan_use(plan.id)
    if use is None:
        return
    run = shop.store.run(use.run_id)
    again = "make the plan again: wfctl plan --out FILE" if run.result in FINAL else f"wfctl resume {run.run_id}"
    how = "" if run.status is RunResult.RUNNING else f", which {run.status}"
    message = f"the plan {plan.id} was used already, by run {run.run_id}{how}"
    raise WfctlError(Kind.STALE_PLAN, "PLAN_USED", message, hint=again)


def _present(shop: Workshop, plan: Plan, state: WorkspaceState) -> Present:
    basis = Basis(
        workspace=shop.place.workspace,
        # A workspace without a history takes the one the plan was made for.
        lineage=state.lineage or plan.lineage or new_lineage(shop.settings),
        serial=state.serial,
        state_digest=state.digest,
        now=shop.settings.now(),
        version=__version__,
    )
    return present_of(shop, basis)


def present_of(shop: Workshop, basis: Basis) -> Present:
    """What a plan is compared with, without plugins."""
    return Present(
        basis=basis,
        desired=desired_of(shop.config),
        environment=shop.settings.plugin_environment,
        literal=shop.config.secret_names,
    )


def _placed(plan: Plan, basis: Basis) -> Plan:
    """A plan of the Go tool says nothing of workspaces and histories: it gets those it is applied in."""
    if plan.lineage:
        return msgspec.structs.replace(plan, workspace=basis.workspace)
    return msgspec.structs.replace(plan, workspace=basis.workspace, lineage=basis.lineage, prior_serial=basis.serial)


def changed_since(shop: Workshop, plan: Plan) -> tuple[str, ...]:
    """What a plan was made of and is not the same any more, plugins included; the state is left out."""
    basis = Basis(
        workspace=plan.workspace,
        lineage=plan.lineage,
        serial=plan.prior_serial,
        state_digest=plan.prior_state_digest,
        now=0.0,
        version=__version__,
    )
    declarations = {declared.name: declared for declared in shop.pool.declarations}
    return moved(plan, msgspec.structs.replace(present_of(shop, basis), providers=declarations))

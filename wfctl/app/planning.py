"""Make a plan: gather what is wanted and what is recorded, let the planner ask the drivers, tell what came out.

Knows nothing of how plans are compared or carried out.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from wfctl import __version__
from wfctl.app.checking import refuse_objections, refuse_unknown_types
from wfctl.app.compose import Workshop, new_lineage
from wfctl.app.late import late_arrivals
from wfctl.app.mapping import applied_hooks, desired_of
from wfctl.app.orders import PlanOrder
from wfctl.app.pages import plan_page
from wfctl.app.state_import import standing
from wfctl.config.project import Config
from wfctl.ledger.store import WorkspaceState
from wfctl.planner.make import Planned, make_plan
from wfctl.planner.request import Basis, PlanRequest
from wfctl.planner.trouble import Finding
from wfctl.views.rows import Diagnostic, Severity


def providers_of(config: Config, state: WorkspaceState, order: PlanOrder) -> set[str]:
    """The provider modules a plan has to ask: those of what is wanted and of what is there."""
    chosen = set(order.include)
    wanted = {one.name: one.provider_module for one in config.resources}
    there = {row.name: row.provider_ref or wanted.get(row.name, "") for row in state.resources}
    named = [*({} if order.destroy else wanted).items(), *there.items()]
    return {provider for name, provider in named if provider and (not chosen or name in chosen)}


def by_name(order: PlanOrder, known: Collection[str]) -> PlanOrder:
    """The order with resources named as the configuration does, where it said `type.name` or `type/name`."""
    return msgspec.structs.replace(
        order,
        include=tuple(_name(text, known) for text in order.include),
        allow_replace=tuple(_name(text, known) for text in order.allow_replace),
    )


def _name(text: str, known: Collection[str]) -> str:
    return text if text in known else re.split(r"[./]", text)[-1]


async def planned(shop: Workshop, order: PlanOrder, *, next_command: str = "") -> Planned:
    """Make the plan and show it. Raises WfctlError for everything that stands in its way."""
    state = standing(shop)
    order = by_name(order, {one.name for one in shop.config.resources} | {row.name for row in state.resources})
    await shop.open_drivers(providers_of(shop.config, state, order))
    refuse_unknown_types(shop, order)
    begun = shop.settings.uptime()
    made = await make_plan(_request(shop, order, state))
    await refuse_objections(shop, made.plan)
    late = await late_arrivals(shop) if order.refresh else ()
    if made.remarks or late:
        shop.view.diagnostics([*(_remark(finding) for finding in made.remarks), *late])
    page = plan_page(
        made.plan,
        made.notes,
        project=shop.place.name,
        read=len(made.read),
        read_seconds=shop.settings.uptime() - begun,
        refreshed=order.refresh,
        next_command=next_command if made.plan.steps else "",
    )
    shop.view.plan(page)
    return made


def _request(shop: Workshop, order: PlanOrder, state: WorkspaceState) -> PlanRequest:
    apply, settings = shop.config.apply, shop.settings
    basis = Basis(
        workspace=shop.place.workspace,
        lineage=state.lineage or new_lineage(settings),
        serial=state.serial,
        state_digest=state.digest,
        now=settings.now(),
        version=__version__,
    )
    return PlanRequest(
        desired=desired_of(shop.config),
        state=state.resources,
        drivers=shop.pool,
        environment=settings.plugin_environment,
        basis=basis,
        destroy=order.destroy,
        refresh=order.refresh,
        include=order.include,
        allow_replace=order.allow_replace,
        require_compensable=order.require_compensable or apply.compensation.require,
        hooks=applied_hooks(apply),
        mark_runs=state.mark_runs,
        literal=shop.config.secret_names,
        secret=shop.record.store.documents(shop.place.workspace).secret if shop.record else None,
        timeout=apply.timeouts.action or None,
    )


def _remark(finding: Finding) -> Diagnostic:
    file, line, column = _position(finding.position)
    return Diagnostic(
        severity=Severity.WARNING, summary=finding.message, address=finding.address, file=file, line=line, column=column
    )


def _position(text: str) -> tuple[str, int, int]:
    parts = text.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return text, 0, 0

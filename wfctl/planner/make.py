"""Make a plan: read back what is there, compare it with what is wanted, and put what is to be done in order.

Knows nothing of the parts' rules: each is a module of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from wfctl.core.plan import (
    GeneratorMetadata,
    Operation,
    Plan,
    PlanAction,
    PluginVersion,
    ProviderDeclaration,
    ResourceSpec,
    ResourceState,
)
from wfctl.core.references import module_references
from wfctl.engine.ports import Output
from wfctl.errors import Kind, WfctlError
from wfctl.planner import gates, graph
from wfctl.planner.inputs import plan_hash, snapshot
from wfctl.planner.judge import Judge, Verdict
from wfctl.planner.notes import Note, notes
from wfctl.planner.recovery import Compensability, compensability
from wfctl.planner.refresh import Drift, World, refresh
from wfctl.planner.request import Desired, PlanRequest
from wfctl.planner.scope import Scope, scope_of
from wfctl.planner.trouble import Finding, Trouble
from wfctl.planner.walk import walk

_NANO = 1_000_000_000


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A plan and everything found out on the way.

    `notes` go with the actions one by one. `read` are the names of the resources that were read back, `refreshed` their
    outputs as they are now, without secrets; `unchanged` counts the resources that are as wanted.
    """

    plan: Plan
    notes: tuple[Note, ...]
    compensability: Compensability
    drift: tuple[Drift, ...] = ()
    refreshed: dict[str, Output] = {}
    remarks: tuple[Finding, ...] = ()
    read: tuple[str, ...] = ()
    unchanged: int = 0


async def make_plan(request: PlanRequest) -> Planned:
    """The plan that brings what is there to what is wanted, or takes everything down. Changes nothing.

    Raises WfctlError: CONFIG_UNUSABLE, DEPENDENCY_CIRCLE, DRIVER_FAILED, INCLUDE_UNKNOWN for what cannot be planned;
    QUARANTINED, PROTECTED, NOT_COMPENSABLE for what must not be done.
    """
    trouble = Trouble()
    scope = scope_of(request, trouble)
    trouble.stop_if_any()
    needs = _needs(scope)
    _refuse_circle(scope, needs)
    world = await _look(request, scope, trouble)
    trouble.stop_if_any()
    judge = Judge(request, scope, world, trouble)
    references = {name: _referred(one) for name, one in scope.desired.items()}
    await walk(scope.desired, references, judge.judge, in_flight=request.in_flight)
    trouble.stop_if_any()
    verdicts = {name: judge.verdicts[name] for name in scope.desired}
    declarations = _declarations(scope)
    plan = _plan(request, scope, declarations, _actions(request, scope, world, verdicts, needs))
    gates.refuse_quarantined(plan, request.state, request.mark_runs)
    gates.refuse_protected(plan, request.allow_replace)
    for address, text in gates.untouched(plan, request.state, request.mark_runs):
        trouble.remark(address, text)
    planned = _planned(plan, declarations, world, tuple(trouble.remarks))
    if request.require_compensable:
        gates.refuse_not_compensable(planned.compensability)
    unchanged = sum(verdict.operation is None for verdict in verdicts.values())
    return msgspec.structs.replace(planned, unchanged=unchanged)


def _planned(
    plan: Plan, declarations: Mapping[str, ProviderDeclaration], world: World, remarks: tuple[Finding, ...]
) -> Planned:
    found = notes(plan, declarations)
    return Planned(
        plan=plan,
        notes=found,
        compensability=compensability(plan, [note.recovery for note in found]),
        drift=world.drift,
        refreshed=world.outputs,
        remarks=remarks,
        read=tuple(sorted({*world.outputs, *world.absent})),
    )


# --- what depends on what -------------------------------------------------------------------------------------------


def _referred(desired: Desired) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in module_references(desired.spec.config)))


def _needs(scope: Scope) -> dict[str, tuple[str, ...]]:
    """For each desired resource what it depends on: what is written down first, then what its config refers to."""
    return {
        name: tuple(dict.fromkeys((*(one.spec.depends_on or ()), *_referred(one))))
        for name, one in scope.desired.items()
    }


def _refuse_circle(scope: Scope, needs: Mapping[str, tuple[str, ...]]) -> None:
    within = {name: tuple(need for need in found if need in needs) for name, found in needs.items()}
    around = graph.circle(within)
    if around:
        raise WfctlError(
            Kind.CONFIG,
            "DEPENDENCY_CIRCLE",
            f"resources depend on each other in a circle: {' -> '.join(around)}",
            hint="take one of these dependencies out",
            details=tuple(f"{scope.desired[name].position} {name}".strip() for name in around[:-1]),
        )


def _recorded(rows: Mapping[str, ResourceState]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(
            dict.fromkeys((*(row.dependencies or ()), *(to for to, _ in module_references(row.applied_config))))
        )
        for name, row in rows.items()
    }


# --- looking ----------------------------------------------------------------------------------------------------------


async def _look(request: PlanRequest, scope: Scope, trouble: Trouble) -> World:
    if not request.refresh:
        return World(rows=scope.rows)
    return await refresh(
        tuple(scope.rows.values()),
        scope.row_drivers,
        trouble,
        in_flight=request.in_flight,
        timeout=request.timeout,
    )


def _declarations(scope: Scope) -> dict[str, ProviderDeclaration]:
    """What the providers of the plan declare, by module, in the order in which they are first needed."""
    found = {scope.desired[name].provider: driver.declaration for name, driver in scope.drivers.items()}
    for name, driver in scope.row_drivers.items():
        found.setdefault(scope.provider_of(scope.rows[name]), driver.declaration)
    return found


# --- actions ----------------------------------------------------------------------------------------------------------


def _actions(
    request: PlanRequest,
    scope: Scope,
    world: World,
    verdicts: Mapping[str, Verdict],
    needs: Mapping[str, tuple[str, ...]],
) -> tuple[PlanAction, ...]:
    operations = {name: one.operation for name, one in verdicts.items() if one.operation is not None}
    operations |= {name: Operation.DELETE for name in world.rows if name in scope.leaving}
    recorded = _recorded(world.rows | scope.apart)
    order = graph.plan_order(operations, needs, recorded)
    required = graph.requirements(order, operations, needs, recorded)
    why = "everything is taken down" if request.destroy else "it is not in the configuration"
    return tuple(
        _change(verdicts[name], needs[name], requires)
        if name in verdicts
        else _delete(scope, world, name, requires, why)
        for name, requires in zip(order, required, strict=True)
    )


def _change(verdict: Verdict, needs: tuple[str, ...], requires: tuple[int, ...]) -> PlanAction:
    desired, operation = verdict.desired, verdict.operation
    assert operation is not None  # noqa: S101  (only verdicts with something to do get here)
    return PlanAction(
        action=operation,
        # Filled-in references are no longer to be seen in the config, and the state must know whom it rests on.
        resource=msgspec.structs.replace(desired.spec, config=verdict.reading.text, depends_on=needs or None),
        current=verdict.current,
        changes=verdict.changes or None,
        resolved_config_hash=verdict.reading.hash,
        provider_ref=desired.provider,
        requires=requires,
        hooks_only=verdict.hooks_only,
        reason=verdict.reason,
    )


def _delete(scope: Scope, world: World, name: str, requires: tuple[int, ...], why: str) -> PlanAction:
    row = world.rows[name]
    return PlanAction(
        action=Operation.DELETE,
        resource=ResourceSpec(name=name, type=row.type, depends_on=row.dependencies or None),
        current=row,
        provider_ref=scope.provider_of(row),
        requires=requires,
        reason=f"{why}; it was deleted outside wfctl already" if name in world.absent else why,
    )


# --- the plan ---------------------------------------------------------------------------------------------------------


def _plan(
    request: PlanRequest,
    scope: Scope,
    declarations: Mapping[str, ProviderDeclaration],
    actions: tuple[PlanAction, ...],
) -> Plan:
    basis, wanted = request.basis, scope.desired.values()
    born = nanoseconds(basis.now)
    awaiting = any(module_references(action.resource.config) for action in actions)
    return Plan(
        id=f"plan-{born}",
        actions=actions or None,
        created_at=moment(born),
        plan_hash=plan_hash(wanted, request.environment, request.literal),
        include=tuple(sorted(request.include)) or None,
        schema_version=2 if awaiting else 1,
        input_snapshot=snapshot(wanted, request.environment),
        generator_metadata=_generator(basis.version, declarations),
        operation="destroy" if request.destroy else "apply",
        workspace=basis.workspace,
        lineage=basis.lineage,
        prior_serial=basis.serial,
        prior_state_digest=basis.state_digest,
        plugin_digests={name: one.digest for name, one in declarations.items() if one.digest} or None,
        engine_version=basis.version,
        expires_at=moment(born + nanoseconds(basis.valid_for)) if basis.valid_for else "",
    )


def _generator(version: str, declarations: Mapping[str, ProviderDeclaration]) -> GeneratorMetadata:
    plugins = {one.plugin: one.version for one in declarations.values() if one.plugin}
    named = tuple(PluginVersion(name=name, version=plugins[name]) for name in sorted(plugins))
    return GeneratorMetadata(wfctl_version=version, plugins=named)


def nanoseconds(seconds: float) -> int:
    """Seconds as whole microseconds, in nanoseconds: a float of today's Unix time is no finer."""
    return round(seconds * 1_000_000) * 1000


def moment(unix: int) -> str:
    """A Unix time in nanoseconds as Go's RFC3339Nano writes it in UTC: no trailing zeros in the fraction."""
    seconds, fraction = divmod(unix, _NANO)
    text = dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:09d}".rstrip("0")
    return f"{text}.{digits}Z" if digits else f"{text}Z"

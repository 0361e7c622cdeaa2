"""Refuse a plan that must not be carried out as it stands.

Knows plans, state rows and declarations; used on a fresh plan and again on a saved one before it is applied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from wfctl.core.plan import Operation, Plan, PlanAction, ResourceState
from wfctl.core.references import module_references
from wfctl.errors import Kind, WfctlError
from wfctl.planner.graph import users
from wfctl.planner.recovery import Compensability

QUARANTINED = "quarantined"
"""The mark of a resource of which nobody knows whether, or how, it is there."""


def refuse_protected(plan: Plan, allowed: Collection[str]) -> None:
    """Raise WfctlError when a protected resource would be replaced or deleted and `allowed` does not name it.

    Protected is what the config or the state says is (upstream: iac/wfctlhelpers/allow_replace.go).
    """
    blocked = [action for action in plan.steps if _destroys(action) and action.resource.name not in allowed]
    blocked = [action for action in blocked if is_protected(action)]
    if not blocked:
        return
    names = ",".join(sorted(action.resource.name for action in blocked))
    raise WfctlError(
        Kind.POLICY,
        "PROTECTED",
        f"the plan would destroy {len(blocked)} protected resource{'' if len(blocked) == 1 else 's'}",
        hint=f"to allow it: --allow-replace={names}",
        details=tuple(f"{action.resource.name} ({action.action})" for action in blocked),
    )


def is_protected(action: PlanAction) -> bool:
    """Whether the config or the state protects the action's resource."""
    current = action.current
    configs = (action.resource.config, current.applied_config if current else None)
    return bool(current and current.protected) or any(
        config is not None and config.get("protected") is True for config in configs
    )


def _destroys(action: PlanAction) -> bool:
    return action.action in (Operation.REPLACE, Operation.DELETE)


def refuse_quarantined(plan: Plan, rows: Iterable[ResourceState], mark_runs: Mapping[str, str]) -> None:
    """Raise WfctlError when an action touches a quarantined resource or something that depends on one.

    `mark_runs` names the run that left each mark.
    """
    rows = tuple(rows)
    marked = [row.name for row in rows if row.mark == QUARANTINED]
    if not marked:
        return
    because = _resting_on(marked, plan, rows)
    touched = [action.resource for action in plan.steps if action.resource.name in because]
    if not touched:
        return
    causes = {because[resource.name] for resource in touched}
    addresses = {row.name: f"{row.type}.{row.name}" for row in rows if row.name in causes}
    raise WfctlError(
        Kind.NEEDS_PERSON,
        "QUARANTINED",
        f"nobody knows how {', '.join(addresses.values())} really {'is' if len(addresses) == 1 else 'are'}",
        hint=f"look at it, then: {_settle(addresses, mark_runs)}   (or plan the rest with --include)",
        details=tuple(
            f"{one.type}.{one.name}" + (f" depends on {because[one.name]}" if because[one.name] != one.name else "")
            for one in touched
        ),
    )


def untouched(plan: Plan, rows: Iterable[ResourceState], mark_runs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The quarantined resources a plan goes around, each with what to do about it."""
    touched = {action.resource.name for action in plan.steps}
    for row in rows:
        if row.mark == QUARANTINED and row.name not in touched:
            address = f"{row.type}.{row.name}"
            way_out = _settle({row.name: address}, mark_runs)
            yield address, f"nobody knows how it really is, and the plan leaves it alone. Look at it, then: {way_out}"


def _settle(addresses: Mapping[str, str], mark_runs: Mapping[str, str]) -> str:
    return "; ".join(
        f"wfctl settle {mark_runs.get(name, 'RUN')} {address} --as 'present:ID|absent'"
        for name, address in addresses.items()
    )


def _resting_on(marked: list[str], plan: Plan, rows: tuple[ResourceState, ...]) -> dict[str, str]:
    """Every name that is marked or depends on one that is, with that one."""
    edges = {row.name: set(row.dependencies or ()) for row in rows}
    for action in plan.steps:
        named = {name for name, _ in module_references(action.resource.config)}
        edges.setdefault(action.resource.name, set()).update(action.resource.depends_on or (), named)
    used_by = users({name: sorted(needs) for name, needs in edges.items()})
    because = {name: name for name in marked}
    reached = list(marked)
    for name in reached:
        for user in used_by.get(name, ()):
            if user not in because:
                because[user] = because[name]
                reached.append(user)
    return because


def refuse_not_compensable(compensability: Compensability) -> None:
    """Raise WfctlError when some action could not be undone."""
    if not compensability.not_compensable:
        return
    count = len(compensability.not_compensable)
    raise WfctlError(
        Kind.POLICY,
        "NOT_COMPENSABLE",
        f"{count} of {compensability.total} actions could not be undone, and only undoable plans are allowed",
        hint="leave them out with --include, or plan without --require-compensable (apply.compensation.require)",
        details=tuple(f"{address} ({why})" for address, why in compensability.not_compensable),
    )

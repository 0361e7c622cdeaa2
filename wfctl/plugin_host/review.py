"""What a plugin says of a plan before it is carried out (upstream's optional IaCProviderValidator).

Knows nothing of what becomes of it. A plugin that cannot answer has no objections: it will be asked to do the work, and may
still refuse then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from wfctl.core.plan import PlanAction
from wfctl.plugin_host.messages import write_json, write_spec
from wfctl.protocol import iac_pb2 as pb

_MOST = 1000
"""Objections read of one plugin."""


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: on which resource and field, and whether the plan must not be carried out."""

    resource: str
    field: str
    message: str
    error: bool


def write_plan(plan_id: str, actions: Iterable[PlanAction]) -> pb.ValidatePlanRequest:
    """A plan as plugins are told it: what is wanted, and the id of what is there."""
    return pb.ValidatePlanRequest(plan=pb.IaCPlan(id=plan_id, actions=[_action(action) for action in actions]))


def _action(action: PlanAction) -> pb.PlanAction:
    written = pb.PlanAction(
        action=action.action,
        resource=write_spec(action.resource),
        resolved_config_hash=action.resolved_config_hash,
    )
    if action.current is not None:
        current = action.current
        written.current.CopyFrom(
            pb.ResourceState(
                id=current.id,
                name=current.name,
                type=current.type,
                provider=current.provider,
                provider_ref=current.provider_ref,
                provider_id=current.provider_id,
                config_hash=current.config_hash,
                outputs_json=write_json(current.outputs) if current.outputs is not None else b"",
                dependencies=list(current.dependencies or ()),
            )
        )
    return written


def read_objections(answer: pb.ValidatePlanResponse, show: Callable[[str, int], str]) -> tuple[Objection, ...]:
    """The findings, cleaned; plain information is left out."""
    return tuple(
        Objection(
            resource=show(one.resource, 200),
            field=show(one.field, 200),
            message=show(one.message, 1000),
            error=one.severity == pb.PLAN_DIAGNOSTIC_ERROR,
        )
        for one in answer.diagnostics[:_MOST]
        if one.severity != pb.PLAN_DIAGNOSTIC_INFO
    )

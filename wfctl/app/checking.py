"""Let plugins have their say before anything is planned or applied: which types they know, what they think of a plan.

Knows nothing of how plans are made. A mistake that only the plugin can see is reported like one of the configuration, all of
them at once, each at its place.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import cast

import msgspec

from wfctl.app.compose import Workshop
from wfctl.app.orders import PlanOrder
from wfctl.config.project import Resource
from wfctl.core import references
from wfctl.core.plan import Document, Plan, PlanAction
from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host.review import Objection
from wfctl.views.rows import Diagnostic, Severity


def refuse_unknown_types(shop: Workshop, order: PlanOrder) -> None:
    """Refuse resources of types their plugin does not list. A plugin that lists none is not held to it.

    Raises WfctlError (config): UNKNOWN_TYPE.
    """
    chosen = set(order.include)
    wanted = () if order.destroy else shop.config.resources
    mistakes = [found for one in wanted if not chosen or one.name in chosen for found in [_unknown(shop, one)] if found]
    if mistakes:
        raise WfctlError(
            Kind.CONFIG,
            "UNKNOWN_TYPE",
            f"{shop.config.path} names {_types(len(mistakes))} that the plugin does not have",
            hint="correct the type, or install a plugin that has it: wfctl plugin list",
            details=tuple(mistakes),
        )


def _unknown(shop: Workshop, resource: Resource) -> str:
    try:
        declared = shop.pool.driver(resource.provider_module).declaration
    except KeyError:
        return ""
    if not declared.types or resource.type in declared.types:
        return ""
    close = _meant(resource.type, declared.types)
    return f"{resource.position}: {resource.name}: {declared.plugin} has no type {resource.type}{close}"


def _meant(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _types(count: int) -> str:
    return "a type" if count == 1 else f"{count} types"


async def refuse_objections(shop: Workshop, plan: Plan) -> None:
    """Let every plugin that offers it judge its part of a plan: warnings are shown, errors refuse the plan.

    Raises WfctlError (config): PLAN_REFUSED.
    """
    position_of = {one.name: str(one.position) for one in shop.config.resources}
    errors: list[str] = []
    for provider in sorted({action.provider_ref for action in plan.steps if action.provider_ref}):
        part = [_filled(shop, action) for action in plan.steps if action.provider_ref == provider]
        for objection in await shop.pool.driver(provider).review(plan.id, part):
            if _is_pending(objection, part):
                continue
            if objection.error:
                errors.append(_line(objection, position_of))
            else:
                shop.view.diagnostics([_remark(objection)])
    if errors:
        raise WfctlError(
            Kind.CONFIG,
            "PLAN_REFUSED",
            "a plugin refuses the plan",
            hint="correct the configuration and run the command again",
            details=tuple(dict.fromkeys(errors)),
        )


def _filled(shop: Workshop, action: PlanAction) -> PlanAction:
    """The action with its variables filled in, for the plugin's eyes; outputs that are not known yet stay references."""
    config = references.expand_environment(action.resource.config, shop.settings.plugin_environment)
    resource = msgspec.structs.replace(action.resource, config=cast("Document | None", config))
    return msgspec.structs.replace(action, resource=resource)


def _is_pending(objection: Objection, part: list[PlanAction]) -> bool:
    """Whether it is about a field whose value nobody knows yet."""
    config = next((action.resource.config for action in part if action.resource.name == objection.resource), None)
    field = objection.field.partition(".")[0]
    return config is not None and bool(references.module_references({field: config.get(field)}))


def _line(objection: Objection, position_of: dict[str, str]) -> str:
    position = position_of.get(objection.resource, "")
    field = f".{objection.field}" if objection.field else ""
    where = f"{position}: " if position else ""
    return f"{where}{objection.resource}{field}: {objection.message}"


def _remark(objection: Objection) -> Diagnostic:
    return Diagnostic(severity=Severity.WARNING, summary=objection.message, address=objection.resource)

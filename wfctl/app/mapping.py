"""From what the configuration says and the flags add to what a run is started with.

Pure: values in, values out. Knows nothing of files, plugins or ledgers. It is here because `config` and `core` name the same
things for different readers, and neither may know the other's names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from wfctl.app.orders import RunOrder
from wfctl.config.project import ApplySettings, Config, HookSettings, ProviderSettings, Rerun, Resource
from wfctl.core.events import RunStarted
from wfctl.core.plan import (
    HookPoint,
    HookSpec,
    Plan,
    ProviderDeclaration,
    ResourceSpec,
    RunId,
    RunPolicy,
    outline,
)
from wfctl.planner.request import Desired

DEFAULT_WORKSPACE = "default"


def workspace_of(config: Config, named: str) -> str:
    """The workspace: the flag's, else the environment's name, else the file's, else `default`."""
    return named or config.environment or config.apply.workspace or DEFAULT_WORKSPACE


def desired_of(config: Config) -> tuple[Desired, ...]:
    """The resources as the planner takes them."""
    return tuple(_desired(resource) for resource in config.resources)


def _desired(resource: Resource) -> Desired:
    spec = ResourceSpec(
        name=resource.name,
        type=resource.type,
        config=resource.config,
        size=resource.size,
        depends_on=resource.depends_on or None,
    )
    return Desired(
        spec=spec,
        provider=resource.provider_module,
        protected=resource.protected,
        position=str(resource.position),
    )


def policy_of(apply: ApplySettings, order: RunOrder) -> RunPolicy:
    """How a run is to behave: a flag goes before the file."""
    return RunPolicy(
        on_failure=order.on_failure or apply.on_failure,
        on_cancel=order.on_cancel or apply.on_cancel,
        parallelism=order.parallelism or apply.parallelism,
        action_timeout=apply.timeouts.action if order.action_timeout is None else order.action_timeout,
        run_timeout=apply.timeouts.run if order.timeout is None else order.timeout,
        undo_timeout=apply.timeouts.undo,
        retries=apply.retries,
        max_compensations=apply.compensation.max,
    )


def grace_of(apply: ApplySettings, order: RunOrder, default: float | None) -> float | None:
    """Seconds between an interruption and giving calls up: the flag's, the file's, else the surroundings'; 0 = no limit."""
    given = apply.timeouts.grace if order.grace is None else order.grace
    return given or (default if order.grace is None else None)


def hooks_of(apply: ApplySettings) -> tuple[HookSpec, ...]:
    """The hooks as the engine takes them."""
    return tuple(_hook(hook) for hook in apply.hooks)


def _hook(hook: HookSettings) -> HookSpec:
    return HookSpec(
        name=hook.name,
        on=hook.on,
        exec=hook.exec,
        on_failure=hook.on_failure,
        match_type=hook.match.type,
        match_name=hook.match.name,
        match_actions=hook.match.action,
        when=hook.when,
        secrets=hook.secrets,
        timeout=hook.timeout,
        retries=hook.retries,
        rerun_never=hook.rerun is Rerun.NEVER,
        undo_exec=hook.undo,
        position=str(hook.position),
    )


def applied_hooks(apply: ApplySettings) -> tuple[str, ...]:
    """The names of the hooks that run after an apply."""
    return tuple(hook.name for hook in apply.hooks if hook.on is HookPoint.APPLIED)


def limited(declaration: ProviderDeclaration, settings: Mapping[str, ProviderSettings]) -> ProviderDeclaration:
    """A provider's declaration under the limits the user has set for its module."""
    own = settings.get(declaration.name)
    if own is None:
        return declaration
    return msgspec.structs.replace(
        declaration,
        max_concurrency=own.parallelism or declaration.max_concurrency,
        max_rps=own.rate or declaration.max_rps,
    )


def run_started(
    plan: Plan,
    *,
    run_id: RunId,
    apply: ApplySettings,
    order: RunOrder,
    providers: Iterable[ProviderDeclaration],
) -> RunStarted:
    """The first fact of a run. Raises WfctlError (config, PLAN_INVALID) for a plan that cannot be run."""
    return RunStarted(
        run_id=run_id,
        plan_id=plan.id,
        operation=plan.operation,
        workspace=plan.workspace,
        lineage=plan.lineage,
        serial=plan.prior_serial,
        actions=outline(plan),
        policy=policy_of(apply, order),
        hooks=hooks_of(apply),
        providers=tuple(limited(provider, apply.providers) for provider in providers),
    )


def providers_needed(plan: Plan) -> tuple[str, ...]:
    """The provider modules a plan's actions need, those of the objects from before included, sorted."""
    needed = {action.provider_ref for action in plan.steps}
    needed |= {action.current.provider_ref for action in plan.steps if action.current}
    return tuple(sorted(needed - {""}))

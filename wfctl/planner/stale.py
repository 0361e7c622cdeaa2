"""Say whether a saved plan still fits: what moved since it was made.

Knows nothing of where the present values come from. Only what a plan carries is compared, so that a plan of the Go tool
gets the checks its keys allow. That a plan is used once is the ledger's to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from wfctl.core.plan import Plan, ProviderDeclaration
from wfctl.errors import Kind, WfctlError
from wfctl.planner.inputs import changed_inputs, plan_hash
from wfctl.planner.make import moment, nanoseconds
from wfctl.planner.request import Basis, Desired


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is compared with. `providers` go by module; None where no plugin was started, and none is compared."""

    basis: Basis
    desired: tuple[Desired, ...]
    environment: Mapping[str, str]
    providers: Mapping[str, ProviderDeclaration] | None = None
    literal: Collection[str] = ()


def refuse_stale(plan: Plan, present: Present) -> None:
    """Raise WfctlError (PLAN_STALE) when anything moved; its details name each thing."""
    found = moved(plan, present)
    if found:
        raise WfctlError(
            Kind.STALE_PLAN,
            "PLAN_STALE",
            f"the plan {plan.id} is stale: {len(found)} thing{'' if len(found) == 1 else 's'} moved since it was made",
            hint="make the plan again: wfctl plan --out FILE",
            details=found,
        )


def moved(plan: Plan, present: Present) -> tuple[str, ...]:
    """What is not as it was when the plan was made, one line each; () when the plan still fits."""
    return (
        *_time(plan, present.basis),
        *_state(plan, present.basis),
        *_config(plan, present),
        *_plugins(plan, present.providers),
    )


def _time(plan: Plan, basis: Basis) -> Iterator[str]:
    if plan.expires_at and _instant(plan.expires_at) < _instant(moment(nanoseconds(basis.now))):
        yield f"time: the plan was valid until {plan.expires_at}"


def _instant(text: str) -> tuple[str, str]:
    """A UTC moment in a form that sorts: the fraction has no trailing zeros and may be missing."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return seconds, fraction


def _state(plan: Plan, basis: Basis) -> Iterator[str]:
    if plan.workspace and plan.workspace != basis.workspace:
        yield f"workspace: {plan.workspace} -> {basis.workspace}"
    if plan.lineage and plan.lineage != basis.lineage:
        yield f"state: it is another one (lineage {plan.lineage} -> {basis.lineage})"
    elif plan.lineage and plan.prior_serial != basis.serial:
        yield f"state: serial {plan.prior_serial} -> {basis.serial}"
    elif plan.prior_state_digest and plan.prior_state_digest != basis.state_digest:
        yield f"state: its content (serial {basis.serial}, digest {plan.prior_state_digest[:12]} -> {basis.state_digest[:12]})"


def _config(plan: Plan, present: Present) -> Iterator[str]:
    inputs = changed_inputs(plan.input_snapshot or {}, present.environment)
    for name, then, now in inputs:
        yield f"variable {name}: fingerprint {then} -> {now}"
    # A variable that moved moves the hash with it; saying both would send people looking for a second cause.
    if not inputs and plan.plan_hash != plan_hash(_wanted(plan, present.desired), present.environment, present.literal):
        yield "configuration: it is not what the plan was made for"


def _wanted(plan: Plan, desired: Iterable[Desired]) -> tuple[Desired, ...]:
    if plan.operation == "destroy":
        return ()
    return tuple(one for one in desired if not plan.include or one.name in plan.include)


def _plugins(plan: Plan, providers: Mapping[str, ProviderDeclaration] | None) -> Iterator[str]:
    if providers is None:
        return
    for name, digest in (plan.plugin_digests or {}).items():
        provider = providers.get(name)
        if provider is None:
            yield f"provider {name}: it is not configured any more"
        elif provider.digest != digest:
            yield f"provider {name}: its plugin is another build ({digest[:19]} -> {provider.digest[:19] or 'unknown'})"

"""What could be done to take each action of a plan back, as far as that can be told before it is done.

Knows declarations and asks the same rules that later decide; the guards that need to look at the world come then.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping

import msgspec

from wfctl.core.commands import UndoKind
from wfctl.core.compensate import HOLDS_CONTENT, IRREVERSIBLE, NOT_COMPENSABLE, Applied, Undo, undo_of
from wfctl.core.itinerary import steps_of
from wfctl.core.outcome import Failure
from wfctl.core.plan import (
    UNDECLARED,
    ActionOutline,
    Effect,
    Operation,
    Plan,
    PlanAction,
    ProviderDeclaration,
    Step,
    TypeDeclaration,
    outline,
)

_EFFECTS = {Step.CREATE: Effect.CREATED, Step.UPDATE: Effect.UPDATED, Step.DELETE: Effect.DELETED}


class RecoveryKind(enum.StrEnum):
    """How an action would be taken back. `nothing` changes no resource, so there is nothing to take back."""

    DELETE = "delete"
    RESTORE = "restore"
    RECREATE = "recreate"
    CUSTOM = "custom"
    NONE = "none"
    NOTHING = "nothing"


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """How one action would be taken back, and in `why` under which condition.

    For `none`, `why` it could not be, with a code of `wfctl.core.compensate`.
    """

    kind: RecoveryKind
    code: str = ""
    why: str = ""


class Compensability(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the actions that change something could be taken back, and address and reason of those that could not."""

    compensable: int
    total: int
    not_compensable: tuple[tuple[str, str], ...] = ()


def recoveries(plan: Plan, declarations: Mapping[str, ProviderDeclaration]) -> tuple[Recovery, ...]:
    """The recovery of each action, in plan order. `declarations` go by provider module.

    Raises WfctlError for a plan whose actions do not fit together.
    """
    return tuple(_recovery(one, action, declarations) for one, action in zip(outline(plan), plan.steps, strict=True))


def compensability(plan: Plan, found: Iterable[Recovery]) -> Compensability:
    """The recoveries counted."""
    changing = [(action, one) for action, one in zip(plan.steps, found, strict=True) if not action.hooks_only]
    refused = tuple(
        (f"{action.resource.type}.{action.resource.name}", one.why)
        for action, one in changing
        if one.kind is RecoveryKind.NONE
    )
    return Compensability(compensable=len(changing) - len(refused), total=len(changing), not_compensable=refused)


def _recovery(one: ActionOutline, action: PlanAction, declarations: Mapping[str, ProviderDeclaration]) -> Recovery:
    if one.hooks_only:
        return Recovery(kind=RecoveryKind.NOTHING)
    provider = declarations.get(one.provider)
    declared = provider.declaration(one.type) if provider else UNDECLARED
    prior = declarations.get(one.prior_provider or one.provider)
    before = prior.declaration(one.prior_type or one.type) if prior else UNDECLARED
    undo = undo_of(one, declared, tuple(_as_if_applied(step) for step in steps_of(one.operation, declared)), before)
    if isinstance(undo, Failure):
        why = f"no undo of {one.operation} declared" if undo.code == NOT_COMPENSABLE else undo.message
        return Recovery(kind=RecoveryKind.NONE, code=undo.code, why=why)
    return _foreseen(undo, action, declared)


def _foreseen(undo: tuple[Undo, ...], action: PlanAction, declared: TypeDeclaration) -> Recovery:
    """What the guards that look at the world are bound to say, as far as the declaration tells."""
    note = ""
    if any(one.kind is UndoKind.DELETE for one in undo) and not declared.stateless:
        note = "if it is empty then"
        if not declared.emptiness_output:
            why = "may hold data by then, and its driver cannot tell"
            return Recovery(kind=RecoveryKind.NONE, code=HOLDS_CONTENT, why=why)
    fixed = _irreversible(action, declared)
    if fixed and undo[0].kind is UndoKind.RESTORE:
        return Recovery(kind=RecoveryKind.NONE, code=IRREVERSIBLE, why=f"{fixed} cannot be changed back")
    return Recovery(kind=RecoveryKind(undo[0].kind), why=note)


def _as_if_applied(step: Step) -> Applied:
    """The step as it will be on record when it has succeeded."""
    return Applied(step=step, effect=_EFFECTS[step], provider_id="" if step is Step.DELETE else "known by then")


def _irreversible(action: PlanAction, declared: TypeDeclaration) -> str:
    if action.action is not Operation.UPDATE:
        return ""
    paths = {change.path for change in action.changes or ()}
    return ", ".join(name for name in declared.irreversible_fields if name in paths)

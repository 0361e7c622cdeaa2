"""What there is to say of each action of a plan besides the plan itself: for whoever is to approve it.

Everything is read off the plan, fresh or from a file, and the declarations of its drivers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from wfctl.core.plan import UNDECLARED, FieldChange, Operation, Plan, PlanAction, ProviderDeclaration
from wfctl.core.references import OutputReference, references
from wfctl.planner.reading import SECRET_REF, SENSITIVE
from wfctl.planner.recovery import Recovery, recoveries


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute that changes, or that a new resource is made with.

    `awaited` are the outputs (`name.field`) its new value is taken from, which are known only after they are applied.
    `sensitive` values are not in the plan; `old` and `new` then say so or name the reference.
    """

    path: str
    old: object = None
    new: object = None
    force_new: bool = False
    awaited: tuple[str, ...] = ()
    sensitive: bool = False


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with the action at the same place of the plan. `create_first` is the order of a replace."""

    recovery: Recovery
    changes: tuple[Change, ...] = ()
    create_first: bool = False


def notes(plan: Plan, declarations: Mapping[str, ProviderDeclaration]) -> tuple[Note, ...]:
    """A note for each action, in plan order. `declarations` go by provider module.

    Raises WfctlError for a plan whose actions do not fit together.
    """
    found = recoveries(plan, declarations)
    return tuple(_note(action, recovery, declarations) for action, recovery in zip(plan.steps, found, strict=True))


def _note(action: PlanAction, recovery: Recovery, declarations: Mapping[str, ProviderDeclaration]) -> Note:
    provider = declarations.get(action.provider_ref)
    declared = provider.declaration(action.resource.type) if provider else UNDECLARED
    return Note(
        recovery=recovery,
        changes=tuple(_change(change) for change in _changes(action)),
        create_first=action.action is Operation.REPLACE and declared.create_before_delete,
    )


def _changes(action: PlanAction) -> Iterator[FieldChange]:
    """Those the driver named; for a new resource, every attribute of its config."""
    yield from action.changes or ()
    if action.action is Operation.CREATE and not action.changes:
        for key, value in (action.resource.config or {}).items():
            yield FieldChange(path=key, new=value)


def _change(change: FieldChange) -> Change:
    return Change(
        path=change.path,
        old=change.old,
        new=change.new,
        force_new=change.force_new,
        awaited=_awaited(change.new),
        sensitive=_hides(change.old) or _hides(change.new),
    )


def _awaited(value: object) -> tuple[str, ...]:
    found = (one for one in references(value, bare=False) if isinstance(one, OutputReference))
    return tuple(dict.fromkeys(f"{one.name}.{one.field}" for one in found))


def _hides(value: object) -> bool:
    match value:
        case str():
            return value == SENSITIVE or SECRET_REF in value
        case dict():
            return any(map(_hides, value.values()))
        case list() | tuple():
            return any(map(_hides, value))
        case _:
            return False

"""The stops of one action: the hooks and calls it makes, in order.

Knows nothing of how a stop turns out.
"""

from __future__ import annotations

import enum
from fnmatch import fnmatchcase

import msgspec

from wfctl.core.plan import ActionOutline, HookPoint, HookSpec, Operation, Step, TypeDeclaration


class Work(enum.StrEnum):
    """What an action is busy with."""

    WAITING = "waiting"
    GATE = "gate"
    STEP = "step"
    HOOK = "hook"
    HOOK_UNDO = "hook_undo"
    UNDO = "undo"
    CLOSING = "closing"
    ENDED = "ended"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One stop: a call (`step`) or a hook (`hook`), never both."""

    work: Work
    step: Step = Step.CREATE
    hook: HookSpec | None = None


def hooks_at(outline: ActionOutline, hooks: tuple[HookSpec, ...], point: HookPoint) -> tuple[HookSpec, ...]:
    """The hooks that match an action at one point, in the order they were written."""
    return tuple(hook for hook in hooks if hook.on is point and _matches(hook, outline))


def _matches(hook: HookSpec, outline: ActionOutline) -> bool:
    return (
        (not hook.match_actions or outline.operation in hook.match_actions)
        and fnmatchcase(outline.type, hook.match_type)
        and fnmatchcase(outline.name, hook.match_name)
    )


def steps_of(operation: Operation, declaration: TypeDeclaration) -> tuple[Step, ...]:
    """The mutating calls of an operation; a replace takes its two in the order the driver declares."""
    match operation:
        case Operation.CREATE:
            return (Step.CREATE,)
        case Operation.UPDATE:
            return (Step.UPDATE,)
        case Operation.DELETE:
            return (Step.DELETE,)
        case Operation.REPLACE:
            create_first = declaration.create_before_delete
            return (Step.CREATE, Step.DELETE) if create_first else (Step.DELETE, Step.CREATE)


def itinerary(outline: ActionOutline, hooks: tuple[HookSpec, ...], declaration: TypeDeclaration) -> tuple[Stop, ...]:
    """Every stop up to the end of the action: gates, calls, and after each call its hooks.

    An action that only runs pending hooks makes no call.
    """
    if outline.hooks_only:
        pending = (hook for hook in hooks if hook.name in outline.hooks_only and hook.on is HookPoint.APPLIED)
        return tuple(Stop(work=Work.HOOK, hook=hook) for hook in pending)
    stops = [Stop(work=Work.GATE, hook=hook) for hook in hooks_at(outline, hooks, HookPoint.BEFORE)]
    for step in steps_of(outline.operation, declaration):
        stops.append(Stop(work=Work.STEP, step=step))
        point = HookPoint.DELETED if step is Step.DELETE else HookPoint.APPLIED
        stops.extend(Stop(work=Work.HOOK, hook=hook) for hook in hooks_at(outline, hooks, point))
    return tuple(stops)

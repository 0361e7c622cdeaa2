"""One thing that goes wrong in a run that is only imagined, and the world that answers such a run.

The world is as good as the declarations of its drivers allow: every call works, every Read tells what it can tell, every
undo that no guard is bound to refuse succeeds. Knows nothing of the order of calls and of what becomes of a run.
"""

from __future__ import annotations

import enum
from collections.abc import Set as AbstractSet
from typing import assert_never

import msgspec

from wfctl.core import compensate, events
from wfctl.core.action import ActionFacts
from wfctl.core.commands import (
    Command,
    CompensateAction,
    DispatchAction,
    Finalize,
    FinishRun,
    ProbeAction,
    RunHook,
    StartBackoff,
    UndoKind,
)
from wfctl.core.itinerary import Work
from wfctl.core.outcome import Failure
from wfctl.core.plan import Effect, Idempotency, Provenance, Step
from wfctl.core.run import RunState

_EFFECTS = {Step.CREATE: Effect.CREATED, Step.UPDATE: Effect.UPDATED, Step.DELETE: Effect.DELETED}


class MishapKind(enum.StrEnum):
    """What goes wrong.

    `refused`: the plugin says no. `lost`: the call took effect and its answer never came. `cancelled`: the run is stopped
    while the call is in flight.
    """

    REFUSED = "refused"
    LOST = "lost"
    HOOK_FAILED = "hook_failed"
    CANCELLED = "cancelled"
    UNDO_FAILED = "undo_failed"


class Mishap(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes wrong, at one call (`step`) or at one hook (`hook`) of one action.

    A failed undo (`undo` is the call, or `hook` whose undo it is) needs something to be taken back: `after` is what led to it.
    """

    kind: MishapKind
    action: int
    step: Step | None = None
    hook: str = ""
    undo: UndoKind | None = None
    after: Mishap | None = None

    @property
    def root(self) -> Mishap:
        """What went wrong first."""
        return self.after or self

    def strikes(self, command: Command) -> bool:
        """Whether it is this command that goes wrong. What is refused or fails does so however often it is tried."""
        match command:
            case DispatchAction() if self.kind is not MishapKind.UNDO_FAILED:
                again = self.kind is not MishapKind.REFUSED and command.attempt > 1
                return command.action == self.action and command.step is self.step and not again
            case RunHook():
                undo = self.kind is MishapKind.UNDO_FAILED
                return command.action == self.action and command.hook == self.hook and command.undo is undo
            case CompensateAction() if self.kind is MishapKind.UNDO_FAILED:
                return command.action == self.action and command.undo is self.undo
            case _:
                return False


def mishaps(state: RunState, command: Command) -> list[Mishap]:
    """What may go wrong at a command on the way forward."""
    match command:
        case DispatchAction():
            sent = (MishapKind.REFUSED, MishapKind.LOST, MishapKind.CANCELLED)
            return [Mishap(kind=kind, action=command.action, step=command.step) for kind in sent]
        case RunHook() if not command.undo:
            observes = state.actions[command.action].work is Work.CLOSING
            kinds = [*([] if observes else [MishapKind.HOOK_FAILED]), MishapKind.CANCELLED]
            return [Mishap(kind=kind, action=command.action, hook=command.hook) for kind in kinds]
        case _:
            return []


def failed_undo(command: Command, after: Mishap) -> Mishap | None:
    """That the undo which a command orders fails; None for a command that takes nothing back."""
    match command:
        case CompensateAction():
            return Mishap(kind=MishapKind.UNDO_FAILED, action=command.action, undo=command.undo, after=after)
        case RunHook() if command.undo:
            return Mishap(kind=MishapKind.UNDO_FAILED, action=command.action, hook=command.hook, after=after)
        case _:
            return None


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Answers commands. `irreversible` are the actions whose update touches a field that cannot be changed back."""

    irreversible: AbstractSet[int] = frozenset()

    def answer(self, state: RunState, command: Command, mishap: Mishap | None = None) -> events.Event:
        """The one answer to a command. A cancellation is no answer, and whoever imagines it records it."""
        for wrong in (mishap, mishap.after if mishap else None):
            if wrong is not None and wrong.kind is not MishapKind.CANCELLED and wrong.strikes(command):
                return _wrong(wrong, command)
        return self._good(state, command)

    def _good(self, state: RunState, command: Command) -> events.Event:
        match command:
            case DispatchAction():
                return _applied(command, _id(state, command))
            case ProbeAction():
                return _found(state.facts[command.action], command)
            case StartBackoff():
                return events.BackoffElapsed(action=command.action)
            case RunHook():
                return events.HookSucceeded(action=command.action, hook=command.hook, undo=command.undo)
            case CompensateAction():
                return self._taken_back(state.facts[command.action], command)
            case Finalize():
                return events.FinalizeReported(provider=command.provider)
            case FinishRun():
                raise AssertionError("the end of a run is recorded, not carried out")
            case _:
                assert_never(command)

    def _taken_back(self, facts: ActionFacts, command: CompensateAction) -> events.Event:
        """Done, unless a guard is bound to refuse it whatever the world is like (see `wfctl.engine.undo`)."""
        code = ""
        declared = facts.declaration
        if command.undo is UndoKind.DELETE and not declared.stateless and not declared.emptiness_output:
            code = compensate.HOLDS_CONTENT
        if command.undo is UndoKind.RESTORE and command.action in self.irreversible:
            code = compensate.IRREVERSIBLE
        if code:
            failure = Failure(code=code, message="a guard refuses it")
            return events.CompensationFailed(action=command.action, undo=command.undo, failure=failure, refused=True)
        return events.CompensationSucceeded(action=command.action, undo=command.undo, evidence="read")


def _id(state: RunState, command: DispatchAction | ProbeAction) -> str:
    """An id like those of real objects: of the new one, or of the one from before."""
    made = f"new-{command.action}"
    return made if command.step is Step.CREATE else state.facts[command.action].outline.prior_id or made


def _applied(
    command: DispatchAction | ProbeAction, provider_id: str, provenance: Provenance = Provenance.CREATED
) -> events.ActionApplied:
    return events.ActionApplied(
        action=command.action,
        step=command.step,
        effect=_EFFECTS[command.step],
        provider_id=provider_id,
        provenance=provenance,
    )


def _found(facts: ActionFacts, command: ProbeAction) -> events.Event:
    """What a Read tells of a call that took effect: all about what has an id, and of a new object what is declared.

    The same rules as in `wfctl.engine.probe`.
    """
    declared = facts.declaration
    if command.step is not Step.CREATE:
        return _applied(command, facts.outline.prior_id)
    made = f"new-{command.action}"
    knows_ours = declared.reads_by_key or (declared.reads_by_name and declared.idempotency is Idempotency.KEY)
    if knows_ours:
        upserted = Provenance.UPSERTED if declared.upsert else Provenance.CREATED
        return _applied(command, made, upserted)
    if declared.reads_by_name and declared.idempotency is Idempotency.NATURAL:
        return _applied(command, made, Provenance.INFERRED)
    failure = Failure(code="cannot_probe", message="its driver cannot tell whether it was made")
    return events.ActionLeftInDoubt(action=command.action, step=command.step, failure=failure)


def _wrong(mishap: Mishap, command: Command) -> events.Event:
    failure = Failure(code=mishap.kind, message=f"imagined: {mishap.kind}")
    match command:
        case DispatchAction() if mishap.kind is MishapKind.LOST:
            return events.ActionLeftInDoubt(action=command.action, step=command.step, failure=failure)
        case DispatchAction():
            return events.ActionFailed(action=command.action, step=command.step, failure=failure)
        case RunHook():
            return events.HookFailed(action=command.action, hook=command.hook, failure=failure, undo=command.undo)
        case CompensateAction():
            return events.CompensationFailed(action=command.action, undo=command.undo, failure=failure)
        case _:
            raise AssertionError(f"nothing goes wrong at {type(command).__name__}")

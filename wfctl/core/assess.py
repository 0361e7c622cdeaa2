"""What a run came to: one outcome for each action, the run's result, and the exit code that follows.

Judges a RunState and changes nothing.
"""

from __future__ import annotations

import msgspec

from wfctl.core.action import RUN_STOPPED, ActionState, Ending, Stand, effect_of, live_effect, questioned_id
from wfctl.core.itinerary import Work
from wfctl.core.outcome import (
    ActionOutcome,
    ActionStatus,
    Existence,
    Failure,
    Residue,
    RunOutcome,
    RunResult,
    count,
)
from wfctl.core.plan import HookPoint, Operation
from wfctl.core.run import Halt, Posture, RunState

_EXIT_OF_REASON = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "timeout": 11}


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """What the actions of a run came to, as far as its result and its exit code depend on it.

    `clean`: all are SUCCESS. `rested`: all have ended, observers included. `taken_back`: the run has begun to undo all of them.
    The others are true if they are of any action.
    """

    clean: bool
    rested: bool
    taken_back: bool
    person: bool
    remains: bool
    undone: bool
    cut_short: bool


def assess(state: RunState) -> RunOutcome:
    """The outcome as things stand. Before the end it says what would be true if the run ended now."""
    actions = tuple(outcome_of(state, index) for index in range(len(state.actions)))
    signs = _signs(state, actions)
    result = result_of(state, signs)
    return RunOutcome(
        result=result,
        exit_code=exit_code(state, result, signs),
        actions=actions,
        counts=count(actions),
        cause=state.cause,
        cancelled_by=state.cancel.reason if state.cancel else "",
        finalize_errors=tuple(state.finalize_errors),
        rolled_back=len(state.wanted) if state.rollback is not None else None,
    )


def outcome_of(state: RunState, index: int) -> ActionOutcome:
    """The final word on one action."""
    facts, action = state.facts[index], state.actions[index]
    outline = facts.outline
    status = status_of(outline.operation, action)
    in_doubt = action.ending is Ending.UNSETTLED or (action.ending is None and action.doubting is not None)
    return ActionOutcome(
        plan_index=index,
        name=outline.name,
        type=outline.type,
        operation=outline.operation,
        status=status,
        final=_final(state, action),
        effect=_effect(state, index, status),
        in_doubt=in_doubt or (action.ending is None and _mid_call(action)),
        attempts=action.sent,
        provider=outline.provider,
        provider_id=questioned_id(facts, action),
        error=action.error or (_open_error(action) if action.ending is None else None),
        error_phase=action.error_phase,
        undo_error=action.undo_error,
        evidence=action.evidence,
        skipped_because=_skipped_because(state, index, status),
        compensation=_compensation(action),
        warnings=action.warnings,
        hooks_pending=_hooks_pending(state, index),
        residue=_residue(state, index, in_doubt=in_doubt),
        started_at=action.started_at,
        finished_at=action.finished_at or (state.now if action.started_at else 0.0),
    )


def status_of(operation: Operation, action: ActionState) -> ActionStatus:
    """The wire tag of where an action stands; never UNSPECIFIED."""
    failed = ActionStatus.DELETE_FAILED if operation is Operation.DELETE else ActionStatus.ERROR
    match action.ending:
        case Ending.SUCCEEDED:
            return ActionStatus.SUCCESS
        case Ending.FAILED | Ending.UNSETTLED:
            return failed
        case Ending.COMPENSATED:
            return ActionStatus.COMPENSATED
        case Ending.UNDO_FAILED:
            return ActionStatus.COMPENSATION_FAILED
        case Ending.SKIPPED:
            return ActionStatus.SKIPPED
        case None if action.work in (Work.UNDO, Work.HOOK_UNDO) and not action.undo_begun and action.error is None:
            return ActionStatus.SUCCESS
        case None if action.applied and action.work is not Work.STEP:
            return ActionStatus.COMPENSATION_FAILED
        case None:
            return failed if action.sent else ActionStatus.SKIPPED


def _open_error(action: ActionState) -> Failure | None:
    """Why an action that was sent has not ended: its last failure, or that nobody waited for it."""
    if action.doubt is not None or not action.sent or action.work not in (Work.STEP, Work.HOOK):
        return action.doubt
    if action.stand is Stand.IN_FLIGHT:
        return Failure(code="abandoned", message="its answer was not waited for")
    if action.applied:
        return Failure(code=RUN_STOPPED, message="the run was stopped before all of it was done")
    return Failure(code=RUN_STOPPED, message="it did not happen, and the run was stopped before it was sent again")


def _signs(state: RunState, actions: tuple[ActionOutcome, ...]) -> Signs:
    return Signs(
        clean=all(action.status is ActionStatus.SUCCESS for action in actions),
        rested=all(action.work is Work.ENDED for action in state.actions),
        taken_back=state.undoing,
        person=any(needs_person(action) for action in actions),
        remains=any(live_effect(action) for action in state.actions),
        undone=any(action.ending is Ending.COMPENSATED for action in state.actions),
        cut_short=any(cut_short(action) for action in state.actions),
    )


def result_of(state: RunState, signs: Signs) -> RunResult:
    """How the run stands once nothing more is ordered."""
    if state.resumable and not _complete(state, signs):
        return RunResult.INTERRUPTED
    if state.rollback is not None:
        return _result_of_rollback(state)
    if signs.clean and not state.finalize_errors:
        return RunResult.SUCCEEDED
    taken_back = signs.taken_back and state.halt is not Halt.COMPENSATE
    if state.given_up and (taken_back or signs.cut_short):
        return RunResult.CANCELLED
    undone = state.halt is Halt.COMPENSATE and signs.undone and not signs.remains
    return RunResult.COMPENSATED if undone else RunResult.FAILED


def _result_of_rollback(state: RunState) -> RunResult:
    """What was asked for counts: what else the run did may stay. Where nothing was to be undone it is what it was."""
    if not state.wanted and state.former is not None:
        return state.former.result
    if not any(live_effect(state.actions[index]) for index in state.wanted):
        return RunResult.COMPENSATED
    return RunResult.CANCELLED if state.given_up else RunResult.FAILED


def _complete(state: RunState, signs: Signs) -> bool:
    """Whether every action has come to its rest, observers included, and every provider has flushed."""
    if state.rollback is not None:
        busy = (Posture.ORDER, Posture.FLYING, Posture.UNDO_QUEUED)
        return not any(state.postures[posture] for posture in busy) and not state.unbegun()
    flushing = Stand.IN_FLIGHT in state.finalizers.values()
    return signs.rested and not flushing and not any(state.unflushed_by(provider) for provider in state.finalizers)


def cut_short(action: ActionState) -> bool:
    """Whether the run stopped before the action had come to an end of its own."""
    return action.ending is None or (action.error is not None and action.error.code == RUN_STOPPED)


def exit_code(state: RunState, result: RunResult, signs: Signs) -> int:
    """The first line of the table of exit codes that is true of a run that was started."""
    if signs.person:
        return 5
    if result is RunResult.INTERRUPTED and state.cancel is not None:
        return _EXIT_OF_REASON.get(state.cancel.reason, 130)
    if state.rollback is not None:
        return 3 if any(live_effect(state.actions[index]) for index in state.wanted) else 0
    if result is RunResult.SUCCEEDED:
        return 0
    return 3 if signs.remains or state.finalize_errors else 4


def needs_person(action: ActionOutcome) -> bool:
    """Whether a person must look: an undo failed, or nobody knows what is there, or something is left that is on no record."""
    if not action.final:
        return False
    undo_failed = action.status is ActionStatus.COMPENSATION_FAILED
    return undo_failed or action.in_doubt or bool(action.residue)


def _final(state: RunState, action: ActionState) -> bool:
    if action.ending is not None and action.work in (Work.ENDED, Work.CLOSING):
        return True
    return not state.resumable


def _mid_call(action: ActionState) -> bool:
    return action.work is Work.STEP and action.stand is Stand.IN_FLIGHT


def _effect(state: RunState, index: int, status: ActionStatus) -> str:
    facts, action = state.facts[index], state.actions[index]
    if status is ActionStatus.SKIPPED:
        return Existence.NONE
    done = effect_of(facts.outline, action)
    if done is not None:
        return done
    if action.ending is None and (_mid_call(action) or action.doubting is not None):
        return Existence.UNKNOWN
    return action.existence


def _skipped_because(state: RunState, index: int, status: ActionStatus) -> str:
    if status is not ActionStatus.SKIPPED:
        return ""
    action = state.actions[index]
    if action.skipped_because:
        return action.skipped_because
    if action.error is not None:
        return f"gate: {action.failed_hook}" if action.failed_hook else action.error.code
    if state.cancel is not None:
        return f"cancelled: {state.cancel.reason}"
    return f"run stopped: {state.cause.address}" if state.cause else "run stopped"


def _compensation(action: ActionState) -> str:
    if action.compensation:
        return action.compensation
    return "pending" if action.ending is None and action.work in (Work.UNDO, Work.HOOK_UNDO) else ""


def _hooks_pending(state: RunState, index: int) -> tuple[str, ...]:
    """Hooks that did not succeed although the resource stays."""
    action = state.actions[index]
    stays = action.ending in (Ending.SUCCEEDED, Ending.UNDO_FAILED) or (action.ending is None and bool(action.applied))
    if not stays or not state.begun.hooks:
        return ()
    hooks = (stop.hook for stop in state.facts[index].stops if stop.work is Work.HOOK and stop.hook)
    missed = set(action.hooks_missed)
    reached = action.ending is Ending.SUCCEEDED
    return tuple(
        hook.name
        for hook in hooks
        if hook.on is HookPoint.APPLIED and hook.name not in action.hooks_done and (hook.name in missed or not reached)
    )


def _residue(state: RunState, index: int, *, in_doubt: bool) -> tuple[Residue, ...]:
    facts, action = state.facts[index], state.actions[index]
    if action.residue or not in_doubt or facts.outline.operation is Operation.DELETE:
        return action.residue
    probed = state.actions[index].probed
    note = f"may exist: {probed or 'nobody could tell whether the call took effect'}"
    left = Residue(type=facts.outline.type, name=facts.outline.name, provider_id=action.identity, note=note)
    return (left,) if action.ending is Ending.UNSETTLED else ()


def failure_line(failure: Failure | None) -> str:
    """`code: message` on one line, or nothing."""
    return f"{failure.code}: {failure.message}" if failure else ""

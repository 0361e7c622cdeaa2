"""What to order now. A function of state alone: no clock, no dice, no memory of its own.

It reads the heads of queues that `wfctl.core.run` keeps and pops nothing; recording the intent of a command is what stops
it from being ordered again. So after a crash, folding the ledger and asking once more gives the outstanding work.
"""

from __future__ import annotations

from wfctl.core import retry
from wfctl.core.action import ActionFacts, ActionState, Stand, current_hook, pause_before_next
from wfctl.core.assess import assess, status_of
from wfctl.core.commands import (
    Command,
    CompensateAction,
    DispatchAction,
    Finalize,
    FinishRun,
    ProbeAction,
    ProbePurpose,
    RunHook,
    StartBackoff,
)
from wfctl.core.itinerary import Work
from wfctl.core.plan import Deferral, Step
from wfctl.core.run import DISPATCH_KIND, UNDO_KIND, RunState
from wfctl.errors import IllegalTransition


def decide(state: RunState) -> list[Command]:
    """The commands that are outstanding and may be carried out now, in the order to start them."""
    if state.started is None or state.finished is not None:
        return []
    if state.aborting:
        return [_finish(state)]
    if state.winding_down:
        return _wind_down(state)
    commands = [_order(state, index) for index in state.orders]
    kinds: tuple[int, ...] = (UNDO_KIND,)
    if not state.halted:
        commands.extend(_order(state, index) for index in state.starts)
        kinds = (UNDO_KIND, DISPATCH_KIND)
    commands.extend(_call(state, index) for index in state.lanes.peek(kinds))
    if commands or not state.quiet() or (state.unsent() and not state.halted):
        return commands
    return _close(state)


def _wind_down(state: RunState) -> list[Command]:
    """A rollback was asked to stop: let what was sent land, observers included, then end. A pause is not waited for."""
    commands = [_order(state, index) for index in state.orders if state.actions[index].work is Work.CLOSING]
    return commands if commands or state.awaits_answers() else [_finish(state)]


def _order(state: RunState, index: int) -> Command:
    """The command an action wants that needs no place in a queue: a probe, a pause or a hook."""
    facts, action = state.facts[index], state.actions[index]
    if action.stand is Stand.IN_DOUBT:
        return _probe(facts, action, index)
    if action.stand is Stand.PAUSE_DUE:
        seconds = pause_before_next(facts, action)
        return StartBackoff(action=index, attempt=action.attempt + (action.doubting is None), seconds=seconds)
    hook = current_hook(facts, action)
    if hook is None or action.stand is not Stand.DUE:
        raise IllegalTransition(f"{facts.outline.address} wants an order while {action.work} {action.stand}")
    undo = action.work is Work.HOOK_UNDO
    direction = retry.UNDO if undo else retry.FORWARD
    return RunHook(
        action=index,
        hook=hook.name,
        attempt=action.attempt,
        key=retry.key(facts.run_id, index, f"hook {hook.name}", direction),
        undo=undo,
        status=status_of(facts.outline.operation, action) if action.work is Work.CLOSING else 0,
    )


def _probe(facts: ActionFacts, action: ActionState, index: int) -> ProbeAction:
    step = facts.stops[action.at].step
    return ProbeAction(
        action=index,
        step=step,
        attempt=action.probes + 1,
        key=retry.key(facts.run_id, index, step, retry.FORWARD),
        purpose=action.doubting or ProbePurpose.DOUBT,
        provider_id=_target(facts, action, step),
    )


def _call(state: RunState, index: int) -> Command:
    """The mutating call at the head of a queue: a step forward, or an undo."""
    facts, action = state.facts[index], state.actions[index]
    if action.work is Work.UNDO:
        return _undo(facts, action, index)
    step = facts.stops[action.at].step
    return DispatchAction(
        action=index,
        step=step,
        attempt=action.attempt,
        key=retry.key(facts.run_id, index, step, retry.FORWARD),
        provider_id=_target(facts, action, step),
    )


def _target(facts: ActionFacts, action: ActionState, step: Step) -> str:
    """The object a step acts on: what was there before, or the early identity of what is being created."""
    return action.identity if step is Step.CREATE else facts.outline.prior_id


def _undo(facts: ActionFacts, action: ActionState, index: int) -> CompensateAction:
    undo = action.undos[action.undo_at]
    step = f"{facts.outline.operation} {undo.kind}"
    last = action.applied[-1].step  # nothing is undone that was not applied
    return CompensateAction(
        action=index,
        undo=undo.kind,
        attempt=action.attempt,
        key=retry.key(facts.run_id, index, step, retry.UNDO),
        forward_key=retry.key(facts.run_id, index, last, retry.FORWARD),
        provider_id=undo.provider_id,
    )


def _close(state: RunState) -> list[Command]:
    """Nothing is left to do with the actions: let providers flush, then end."""
    if Stand.IN_FLIGHT in state.finalizers.values():
        return []
    due: list[Command] = [
        Finalize(
            provider=provider, attempt=1, key=retry.key(state.begun.run_id, -1, provider, retry.FORWARD), applied=kept
        )
        for provider, stand in state.finalizers.items()
        for kept in [state.unflushed_by(provider)]
        if (kept and not _may_wait(state, provider)) or (stand is None and not state.actions)
    ]
    return due or [_finish(state)]


def _may_wait(state: RunState, provider: str) -> bool:
    """Whether what was put off outlives us, and comes after actions that a resumed run will send."""
    return state.resumable and state.unsent() and state.providers[provider].deferral is Deferral.DURABLE


def _finish(state: RunState) -> FinishRun:
    outcome = assess(state)
    return FinishRun(result=outcome.result, exit_code=outcome.exit_code)

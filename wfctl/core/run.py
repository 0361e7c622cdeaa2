"""One run: the map of its actions, and the few effects that actions have on each other.

Everything that joins actions lives here: who waits for whom, what a failure means for the rest, in which order things are
taken back. What happens inside one action is `wfctl.core.action`'s. `evolve` changes a RunState in place and nothing else
may; `fork` copies one.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from wfctl.core import compensate, events
from wfctl.core.action import (
    ActionFacts,
    ActionState,
    Ending,
    Stand,
    begin_undo,
    evolve_action,
    forsake,
    half_way,
    leave_undone,
    live_effect,
    lose,
    release,
    skip,
)
from wfctl.core.events import Recorded, RunStarted
from wfctl.core.itinerary import Stop, Work, hooks_at, itinerary
from wfctl.core.lanes import Lanes
from wfctl.core.outcome import ActionStatus, Cause, CausePhase, Failure
from wfctl.core.plan import (
    UNDECLARED,
    Deferral,
    HookFailure,
    HookPoint,
    Mode,
    OnCancel,
    OnFailure,
    Operation,
    ProviderDeclaration,
    TypeDeclaration,
)
from wfctl.errors import IllegalTransition

UNDO_KIND = 0
DISPATCH_KIND = 1

BLOCKED = "blocked_by"
SKIPPED = "skipped"
ORPHANED = "orphaned"
"""Why an action that could have been undone was not: something stands on it (and which), a person said so, or the state was
told to forget it."""


class Halt(enum.IntEnum):
    """How far the run has given up dispatching."""

    NO = 0
    STOP = 1
    COMPENSATE = 2


class Posture(enum.Enum):
    """What an action wants of the next decision."""

    IDLE = "idle"
    ORDER = "order"
    START = "start"
    QUEUED = "queued"
    UNDO_QUEUED = "undo_queued"
    FLYING = "flying"
    RESTING = "resting"


class RunState:
    """The fold of one run's events. Read by everyone, changed by `evolve` alone."""

    __slots__ = (
        "actions",
        "adrift",
        "blockers",
        "cancel",
        "cause",
        "deletions",
        "dependants",
        "facts",
        "finalize_errors",
        "finalizers",
        "finished",
        "former",
        "halt",
        "lanes",
        "missing",
        "now",
        "orders",
        "postures",
        "providers",
        "resumed",
        "rollback",
        "seq",
        "started",
        "starts",
        "succession",
        "taken_up",
        "undoing",
        "unflushed",
        "wanted",
    )

    def __init__(self) -> None:
        self.started: RunStarted | None = None
        self.facts: list[ActionFacts] = []
        self.actions: list[ActionState] = []
        self.dependants: list[list[int]] = []
        self.missing: list[int] = []
        self.blockers: dict[int, int] = {}
        self.providers: dict[str, ProviderDeclaration] = {}
        self.lanes = Lanes([], 1, {}, {})
        self.orders: dict[int, None] = {}
        self.starts: dict[int, None] = {}
        self.postures: dict[Posture, int] = dict.fromkeys(Posture, 0)
        self.succession: dict[int, int] = {}
        self.halt = Halt.NO
        self.cancel: events.CancelRequested | None = None
        self.cause: Cause | None = None
        self.undoing = False
        self.rollback: events.RollbackRequested | None = None
        self.wanted: dict[int, None] = {}
        self.taken_up: dict[int, None] = {}
        self.deletions = 0
        self.finalizers: dict[str, Stand | None] = {}
        self.unflushed: dict[str, dict[int, None]] = {}
        self.adrift: dict[int, None] = {}
        self.finalize_errors: list[str] = []
        self.finished: events.RunFinished | None = None
        self.former: events.RunFinished | None = None
        self.resumed = 0
        self.seq = 0
        self.now = 0.0

    def fork(self) -> RunState:
        """An independent copy; the frozen parts are shared."""
        copy = RunState()
        for name in RunState.__slots__:
            value = getattr(self, name)
            setattr(copy, name, value.copy() if isinstance(value, dict | list) else value)
        copy.unflushed = {provider: dict(actions) for provider, actions in self.unflushed.items()}
        copy.lanes = self.lanes.fork()
        return copy

    @property
    def begun(self) -> RunStarted:
        """The first event. Raises IllegalTransition before it."""
        if self.started is None:
            raise IllegalTransition("the run has not started")
        return self.started

    @property
    def aborting(self) -> bool:
        """Whether calls in flight are to be abandoned."""
        return self.cancel is not None and self.cancel.stage > 1

    @property
    def halted(self) -> bool:
        """Whether nothing new may be dispatched."""
        return self.halt is not Halt.NO or self.cancel is not None or self.rollback is not None

    @property
    def winding_down(self) -> bool:
        """Whether a rollback was asked to stop: what has been sent lands, and no other undo begins.

        Unlike a rollback, the undo of a run that failed is not to be stopped by what may have made it fail.
        """
        return self.rollback is not None and self.cancel is not None

    @property
    def given_up(self) -> bool:
        """Whether a cancellation ends the run for good, instead of interrupting it."""
        if self.cancel is None or self.cancel.final:
            return self.cancel is not None
        return self.rollback is None and self.begun.policy.on_cancel is OnCancel.COMPENSATE

    @property
    def resumable(self) -> bool:
        """Whether a resume would find something left to do, if the run ended now."""
        if self.cancel is None:
            return False
        stopped = self.halt is Halt.NO or self.rollback is not None
        return self.aborting or (not self.given_up and stopped)

    @property
    def wants_undo(self) -> bool:
        """Whether what the run did is to be taken back: all of it, or of a run that was over what was asked for."""
        if self.rollback is not None:
            return not self.winding_down
        cancelled = self.cancel is not None and self.begun.policy.on_cancel is OnCancel.COMPENSATE
        return self.halt is Halt.COMPENSATE or cancelled

    def quiet(self) -> bool:
        """Nothing is in flight and nothing that was begun wants an order."""
        busy = (Posture.ORDER, Posture.FLYING, Posture.UNDO_QUEUED)
        return not any(self.postures[posture] for posture in busy)

    def awaits_answers(self) -> bool:
        """Whether something was sent and has not been answered; what only pauses is not waited for."""
        if not self.postures[Posture.FLYING]:
            return False
        return any(action.stand in (Stand.IN_FLIGHT, Stand.PROBING) for action in self.actions)

    def unbegun(self) -> tuple[int, ...]:
        """The actions a rollback has yet to look at, and might at once: nothing that stands on them is left."""
        if self.rollback is None:
            return ()
        return tuple(index for index, left in self.blockers.items() if not left and index not in self.taken_up)

    def unflushed_by(self, provider: str) -> tuple[int, ...]:
        """The actions of a provider with a Finalizer whose effect stays and has not been flushed yet, in plan order."""
        waiting = self.unflushed.get(provider, {})
        return tuple(sorted(index for index in waiting if live_effect(self.actions[index])))

    def unsent(self) -> bool:
        """Whether some action could still be dispatched, were it allowed."""
        waiting = (Posture.START, Posture.QUEUED, Posture.RESTING)
        return any(self.postures[posture] for posture in waiting)


def fold(records: Iterable[Recorded]) -> RunState:
    """The state a sequence of records leads to."""
    state = RunState()
    for recorded in records:
        evolve(state, recorded)
    return state


def evolve(state: RunState, recorded: Recorded, *, take_back: bool = True) -> None:
    """Change the state by one fact. Raises IllegalTransition for a fact that cannot be.

    Without `take_back` a run that is to be undone stays as it has come to rest, for somebody who only wants to look at it.
    """
    state.seq = recorded.seq
    state.now = recorded.at
    event = recorded.event
    match event:
        case RunStarted():
            _start(state, event)
        case events.RunResumed():
            _resume(state)
        case events.CancelRequested():
            _cancel(state, event)
        case events.RollbackRequested():
            _roll_back(state, event)
        case events.RunFinished():
            state.finished = event
        case events.FinalizeStarted():
            state.finalizers[event.provider] = Stand.IN_FLIGHT
        case events.FinalizeReported():
            _finalized(state, event)
        case events.FinalizeLost():
            _finalize_lost(state, event)
        case events.StateEdited():
            pass  # it is about the state, and no action of this run reads that
        case _:
            _evolve_one(state, event)
    if state.winding_down and state.given_up and not state.aborting and not state.awaits_answers():
        _give_undos_up(state)
    if state.halted and not state.aborting and state.quiet():
        _come_to_rest(state, take_back=take_back)


# --- beginning, resuming, cancelling -----------------------------------------------------------------------------------


def _start(state: RunState, event: RunStarted) -> None:
    if state.started is not None:
        raise IllegalTransition("the run has already started")
    state.started = event
    state.providers = {provider.name: provider for provider in event.providers}
    shared: dict[object, tuple[Stop, ...]] = {}
    state.facts = [_facts(state, event, index, shared) for index in range(len(event.actions))]
    state.actions = [ActionState()] * len(event.actions)
    state.postures[Posture.IDLE] = len(event.actions)
    state.dependants = [[] for _ in event.actions]
    state.missing = [len(action.requires) for action in event.actions]
    for action in event.actions:
        for need in action.requires:
            state.dependants[need].append(action.index)
    state.lanes = _lanes(state, event)
    state.finalizers = {provider.name: None for provider in event.providers if provider.finalizer}
    # Told beforehand: one that has nothing to do ends at once, and releases others by that.
    for index in [index for index, missing in enumerate(state.missing) if missing == 0]:
        _put(state, index, release(state.facts[index], state.actions[index], state.now))


def _facts(state: RunState, event: RunStarted, index: int, shared: dict[object, tuple[Stop, ...]]) -> ActionFacts:
    action = event.actions[index]
    declaration = _declaration(state, action.provider, action.type)
    before = _declaration(state, action.prior_provider or action.provider, action.prior_type or action.type)
    stops = itinerary(action, event.hooks, declaration)
    # Equal itineraries are stored once: ten thousand creates have one.
    stops = shared.setdefault(tuple((stop.work, stop.step, stop.hook and stop.hook.name) for stop in stops), stops)
    closing = () if action.hooks_only else hooks_at(action, event.hooks, HookPoint.COMPLETE)
    return ActionFacts(
        run_id=event.run_id,
        outline=action,
        declaration=declaration,
        before=before,
        policy=event.policy,
        stops=stops,
        closing=closing,
    )


def _declaration(state: RunState, provider: str, resource_type: str) -> TypeDeclaration:
    declared = state.providers.get(provider)
    return declared.declaration(resource_type) if declared else UNDECLARED


def _lanes(state: RunState, event: RunStarted) -> Lanes:
    lane_of: list[tuple[str, str]] = []
    limits: dict[tuple[str, str], int] = {}
    for facts in state.facts:
        limit = facts.declaration.max_concurrency
        lane = (facts.outline.provider, facts.outline.type if limit else "")
        lane_of.append(lane)
        if limit:
            limits[lane] = limit
    providers = {name: max(provider.max_concurrency, 1) for name, provider in state.providers.items()}
    return Lanes(lane_of, max(event.policy.parallelism, 1), providers, limits)


def _resume(state: RunState) -> None:
    state.finished = None
    state.resumed += 1
    if state.cancel is not None:
        state.cancel = msgspec.structs.replace(state.cancel, stage=1) if state.given_up else None
    for index, action in enumerate(state.actions):
        if action.work not in (Work.WAITING, Work.ENDED):
            lost = lose(state.facts[index], action, state.now)
            _put(state, index, lost)
            if lost.doubting is not None:
                state.adrift[index] = None
    for provider, stand in state.finalizers.items():
        if stand is Stand.IN_FLIGHT:
            state.finalizers[provider] = None
    if state.undoing and not state.winding_down:
        _go_on_undoing(state)


def _cancel(state: RunState, event: events.CancelRequested) -> None:
    if state.cancel is None:
        state.cancel = event
        return
    state.cancel = events.CancelRequested(
        reason=state.cancel.reason,
        final=state.cancel.final or event.final,
        stage=max(state.cancel.stage, event.stage),
    )


# --- one action, and what it means for the others ----------------------------------------------------------------------


def _evolve_one(state: RunState, event: events.ActionEvent) -> None:
    index = event.action
    if not 0 <= index < len(state.actions):
        raise IllegalTransition(f"there is no action {index}")
    before = state.actions[index]
    after = evolve_action(state.facts[index], before, event, state.now)
    if isinstance(event, events.ActionDispatched):
        state.adrift.pop(index, None)
    if isinstance(event, events.ActionApplied) and len(after.applied) > len(before.applied):
        state.succession[index] = len(state.succession)
        _put_off(state, index, marked=event.deferred)
    _put(state, index, after)


def _put(state: RunState, index: int, after: ActionState) -> None:
    """Replace one action and follow the consequences, without recursion: chains may be long."""
    pending = [(index, after)]
    while pending:
        at, new = pending.pop()
        before = state.actions[at]
        state.actions[at] = new
        _account(state, at, before, new)
        if new.error is not None and before.error is None:
            _failed(state, at, new)
        if new.ending is Ending.UNDO_FAILED and state.cause is None and new.undo_error is not None:
            state.cause = _cause_of(state, at, CausePhase.UNDO, new.undo_error)
        if new.work is Work.ENDED and before.work is not Work.ENDED:
            pending.extend(_ended(state, at, new))


def _account(state: RunState, index: int, before: ActionState, after: ActionState) -> None:
    """Keep the queues and counts that make deciding cheap."""
    if _in_flight(before):
        state.lanes.give_back(index)
    if _in_flight(after):
        state.lanes.take(index)
    old, new = posture(before), posture(after)
    if old is not new:
        state.postures[old] -= 1
        state.postures[new] += 1
        _leave(state, index, old)
        _join(state, index, new)


def _in_flight(action: ActionState) -> bool:
    return action.stand is Stand.IN_FLIGHT and action.work in (Work.STEP, Work.UNDO)


def posture(action: ActionState) -> Posture:
    """What an action wants of the next decision, told from its state alone."""
    if action.work in (Work.WAITING, Work.ENDED):
        return Posture.IDLE
    forward = action.work is Work.GATE or (action.work is Work.STEP and action.doubting is None)
    match action.stand:
        case Stand.IN_FLIGHT | Stand.PROBING:
            return Posture.FLYING
        case Stand.PAUSED:
            # The end of a pause half-way through a replace is waited for: it may have to be undone.
            return Posture.RESTING if forward and not action.applied else Posture.FLYING
        case Stand.DUE if action.work in (Work.STEP, Work.UNDO):
            return Posture.QUEUED if action.work is Work.STEP else Posture.UNDO_QUEUED
        case Stand.DUE | Stand.PAUSE_DUE:
            return Posture.START if forward else Posture.ORDER
        case _:
            return Posture.ORDER


def _leave(state: RunState, index: int, old: Posture) -> None:
    if old is Posture.ORDER:
        del state.orders[index]
    elif old is Posture.START:
        del state.starts[index]
    elif old in (Posture.QUEUED, Posture.UNDO_QUEUED):
        state.lanes.drop(index)


def _join(state: RunState, index: int, new: Posture) -> None:
    if new is Posture.ORDER:
        state.orders[index] = None
    elif new is Posture.START:
        state.starts[index] = None
    elif new is Posture.UNDO_QUEUED:
        state.lanes.push(index, UNDO_KIND, -state.succession.get(index, 0))
    elif new is Posture.QUEUED:
        state.lanes.push(index, DISPATCH_KIND, int(is_pivot(state.facts[index])))


def is_pivot(facts: ActionFacts) -> bool:
    """Whether the action is a point of no return: its driver declares no undo, so it goes last among the ready."""
    return facts.declaration.undo(facts.outline.operation) is Mode.NONE and not facts.outline.hooks_only


def _failed(state: RunState, index: int, action: ActionState) -> None:
    """An action's failure became final: remember the first, and apply the policy."""
    phase = action.error_phase or CausePhase.DISPATCH
    if state.cause is None and action.error is not None:
        state.cause = _cause_of(state, index, phase, action.error)
    state.halt = max(state.halt, _halt(state, phase, action.failed_hook))


def _cause_of(state: RunState, index: int, phase: CausePhase, failure: Failure) -> Cause:
    return Cause(plan_index=index, address=state.facts[index].outline.address, phase=phase, failure=failure)


def _halt(state: RunState, phase: CausePhase, failed_hook: str) -> Halt:
    policy = {OnFailure.CONTINUE: Halt.NO, OnFailure.STOP: Halt.STOP, OnFailure.COMPENSATE: Halt.COMPENSATE}
    run_wide = policy[state.begun.policy.on_failure]
    if phase is CausePhase.GATE:
        return max(Halt.STOP, run_wide)
    if phase is CausePhase.HOOK:
        own = next((hook.on_failure for hook in state.begun.hooks if hook.name == failed_hook), HookFailure.STOP)
        return Halt.NO if own is HookFailure.CONTINUE else max(Halt.STOP, run_wide)
    return run_wide


def _ended(state: RunState, index: int, action: ActionState) -> list[tuple[int, ActionState]]:
    """What an action's end means for those that wait for it."""
    if state.undoing:
        return _undone(state, index, action)
    changed: list[tuple[int, ActionState]] = []
    for dependant in state.dependants[index]:
        waiting = state.actions[dependant]
        if waiting.work is not Work.WAITING:
            continue
        if action.ending is Ending.SUCCEEDED:
            state.missing[dependant] -= 1
            if state.missing[dependant] == 0:
                changed.append((dependant, release(state.facts[dependant], waiting, state.now)))
        else:
            because = action.skipped_because or state.facts[index].outline.address
            changed.append((dependant, skip(state.facts[dependant], waiting, because)))
    return _once(changed)


def _once(changed: list[tuple[int, ActionState]]) -> list[tuple[int, ActionState]]:
    return list(dict(changed).items())


# --- taking everything back --------------------------------------------------------------------------------------------


def _come_to_rest(state: RunState, *, take_back: bool) -> None:
    """Nothing is in flight and nothing new will be sent: end what rests half-way, then take back what was done."""
    if not state.resumable:
        _forsake(state)
    if take_back and state.wants_undo and not state.undoing and state.quiet():
        _begin_undo(state)


def _forsake(state: RunState) -> None:
    policy = state.halt
    for index in list(state.succession):
        if half_way(state.actions[index]):
            _put(state, index, forsake(state.facts[index], state.actions[index], state.now))
    # It was stopped, not wrong: this is no further failure for the policy to judge.
    state.halt = policy


def _begin_undo(state: RunState) -> None:
    """Forward work has come to rest: take back what was done, dependants first."""
    state.undoing = True
    alive = {index for index, action in enumerate(state.actions) if live_effect(action)}
    state.blockers = {
        index: sum(dependant in alive for dependant in state.dependants[index]) for index in sorted(alive)
    }
    # What a person settled is in no succession: a rollback looks at it nevertheless, and says why it stays.
    live = [index for index in state.blockers if index in state.succession or state.rollback is not None]
    if state.rollback is None:
        for index in state.blockers:
            if index not in state.succession:  # nobody knows whether it is there, so nobody takes it back
                _blocked(state, index)
    for index in sorted(live, key=lambda i: -state.succession.get(i, 0)):
        if state.blockers[index] == 0:
            _undo_one(state, index)


def _undo_one(state: RunState, index: int) -> None:
    action = state.actions[index]
    state.taken_up[index] = None
    if not _may_undo(state, index):
        return _blocked(state, index)
    if not _within_budget(state, index):
        refused = Failure(code=compensate.TOO_MANY, message="the limit of automatic deletions of this run is reached")
        after = msgspec.structs.replace(
            action, ending=Ending.UNDO_FAILED, undo_error=refused, compensation=refused.code
        )
    else:
        # What is undone long after it was done took as long as the undo, not as long as it was there.
        afresh = msgspec.structs.replace(action, started_at=0.0) if state.rollback is not None else action
        after = begin_undo(state.facts[index], afresh)
        after = after if after.work is not Work.ENDED else msgspec.structs.replace(after, started_at=action.started_at)
        if after.work is not Work.ENDED and _deletes(state, index):
            state.deletions += 1
    _put(state, index, after)
    if after.work is Work.ENDED:
        _blocked(state, index)
    return None


def _may_undo(state: RunState, index: int) -> bool:
    action = state.actions[index]
    if action.work is not Work.ENDED or action.compensation == ORPHANED:
        return False
    if state.rollback is not None and index not in state.wanted:
        return False
    again = state.rollback is not None and state.rollback.again and action.ending is Ending.UNDO_FAILED
    return action.ending is Ending.SUCCEEDED or again


def _within_budget(state: RunState, index: int) -> bool:
    limit = state.begun.policy.max_compensations
    if state.rollback is not None:
        return True  # the limit is for what nobody asked for by name
    return limit <= 0 or not _deletes(state, index) or state.deletions < limit


def _deletes(state: RunState, index: int) -> bool:
    return state.facts[index].outline.operation is Operation.CREATE


def _undone(state: RunState, index: int, action: ActionState) -> list[tuple[int, ActionState]]:
    """An undo ended: what it stood on may follow, or must stay if it failed."""
    if action.ending is not Ending.COMPENSATED:
        _blocked(state, index)
        return []
    changed: list[int] = []
    for need in state.facts[index].outline.requires:
        if need in state.blockers:
            state.blockers[need] -= 1
            if state.blockers[need] == 0:
                changed.append(need)
    if not state.winding_down:
        for need in sorted(changed, key=lambda i: -state.succession.get(i, 0)):
            _undo_one(state, need)
    return []


def _blocked(state: RunState, index: int) -> None:
    """Something stays: everything it stands on must stay too, and says because of whom."""
    because = f"{BLOCKED} {state.facts[index].outline.address}"
    pending, seen = list(state.facts[index].outline.requires), set[int]()
    while pending:
        need = pending.pop()
        action = state.actions[need]
        told = action.compensation.startswith(BLOCKED) or action.ending is not Ending.SUCCEEDED
        if need not in state.blockers or told or need in seen:
            continue
        seen.add(need)
        if not action.compensation and (state.rollback is None or need in state.wanted):
            state.actions[need] = msgspec.structs.replace(action, compensation=because)
        pending.extend(state.facts[need].outline.requires)


def _roll_back(state: RunState, event: events.RollbackRequested) -> None:
    """A run that is over is to be taken back: from here on its only orders are undos."""
    if state.finished is None:
        raise IllegalTransition("only a run that is over is rolled back")
    cancelled = state.cancel
    state.former, state.finished, state.cancel, state.rollback = state.finished, None, None, event
    state.undoing, state.taken_up, state.wanted = False, {}, dict.fromkeys(event.actions)
    skipped, orphaned = frozenset(event.skipped), frozenset(event.orphaned)
    for index, action in enumerate(state.actions):
        word = ORPHANED if index in orphaned else SKIPPED if index in skipped else _lasting(action)
        because = action.skipped_because
        if cancelled is not None and not action.sent and action.ending is None:
            because = f"cancelled: {cancelled.reason}"
        ending = Ending.SUCCEEDED if index in orphaned else action.ending
        told = msgspec.structs.replace(action, compensation=word, skipped_because=because, ending=ending)
        if told != action:
            state.actions[index] = told


def _lasting(action: ActionState) -> str:
    """What is still true of an undo that was not made, after another one was asked for."""
    return action.compensation if action.ending is Ending.UNDO_FAILED or action.compensation == ORPHANED else ""


def _go_on_undoing(state: RunState) -> None:
    """A rollback is taken up again: what it had left for later when it was stopped follows now."""
    for index in sorted(state.unbegun(), key=lambda i: -state.succession.get(i, 0)):
        _undo_one(state, index)


def _give_undos_up(state: RunState) -> None:
    """A rollback ends for good although not all is undone."""
    for index in list(state.taken_up):
        if state.actions[index].work in (Work.UNDO, Work.HOOK_UNDO):
            _put(state, index, leave_undone(state.facts[index], state.actions[index], state.now))


# --- finalizers --------------------------------------------------------------------------------------------------------


def _put_off(state: RunState, index: int, *, marked: bool) -> None:
    """A step took effect: what its provider may have put off is to be flushed, if the process that did it still lives."""
    outline = state.facts[index].outline
    provider = state.providers.get(outline.provider)
    if provider is not None and provider.deferral is not Deferral.ANY and not marked:
        return
    if index not in state.adrift or (provider is not None and provider.deferral is Deferral.DURABLE):
        state.unflushed.setdefault(outline.provider, {})[index] = None
    elif outline.provider in state.finalizers:
        text = f"{outline.provider}: what {outline.address} had put off, if anything, went with the process that did it"
        _finalize_error(state, outline.provider, text)


def _finalized(state: RunState, event: events.FinalizeReported) -> None:
    state.finalizers[event.provider] = Stand.DUE
    state.unflushed.pop(event.provider, None)
    for text in event.errors:
        _finalize_error(state, event.provider, text)
    for verdict in event.verdicts:
        _believe(state, event.provider, verdict)


def _finalize_error(state: RunState, provider: str, text: str) -> None:
    """Something went wrong with what a provider had put off: no action's status changes, but the run fails."""
    state.finalize_errors.append(text)
    if state.cause is None:
        failure = Failure(code="finalize_failed", message=text)
        state.cause = Cause(plan_index=None, address=provider, phase=CausePhase.FINALIZE, failure=failure)


def _believe(state: RunState, provider: str, verdict: events.FinalizeVerdict) -> None:
    """A plugin may only say that something it had applied is undone, or could not be; and a Read must agree."""
    if verdict.status == ActionStatus.SUCCESS:
        return None
    known = 0 <= verdict.action < len(state.actions)
    taken_back = verdict.status in (ActionStatus.COMPENSATED, ActionStatus.COMPENSATION_FAILED)
    if not known or not taken_back or state.actions[verdict.action].ending is not Ending.SUCCEEDED:
        text = f"{provider}: status {verdict.status} of action {verdict.action} is not allowed"
        return _finalize_error(state, provider, text)
    undone = verdict.status == ActionStatus.COMPENSATED and verdict.confirmed
    action = state.actions[verdict.action]
    why = verdict.failure or Failure(code="plugin_undo", message="the plugin took it back at the end of the run")
    unproven = Failure(code=compensate.NOT_VERIFIED, message="the plugin said it is undone; Read does not agree")
    state.actions[verdict.action] = msgspec.structs.replace(
        action,
        ending=Ending.COMPENSATED if undone else Ending.UNDO_FAILED,
        error=action.error or why,
        error_phase=CausePhase.FINALIZE,
        undo_error=None if undone else (verdict.failure or unproven),
        undo_tried=True,
        evidence="plugin, read" if undone else "",
    )
    if state.cause is None:
        address = state.facts[verdict.action].outline.address
        state.cause = Cause(plan_index=verdict.action, address=address, phase=CausePhase.FINALIZE, failure=why)
    return None


def _finalize_lost(state: RunState, event: events.FinalizeLost) -> None:
    state.finalizers[event.provider] = Stand.DUE
    state.unflushed.pop(event.provider, None)
    count = len(event.actions)
    text = f"{event.provider}: deferred work of {count} action{'s' if count > 1 else ''} was lost"
    _finalize_error(state, event.provider, text)

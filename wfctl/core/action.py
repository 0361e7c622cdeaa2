"""One action: where it stands, and what each fact makes of it.

Two rules for whoever edits this file: everything that affects an action's transitions lives here; and nothing here knows
that other actions exist (`wfctl.core.run` does).

An action works through the stops of its itinerary (`WORK`), and at each stop one attempt machine (`ATTEMPT`) takes the
intent, the answer, the doubt, the probe and the pause. The same machine serves calls, hooks and undos. Both tables are the
source of truth: a fact without a row is an `IllegalTransition`, and the diagrams in the documentation are drawn from them.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from wfctl.core import compensate, events, retry
from wfctl.core.commands import ProbePurpose
from wfctl.core.compensate import Applied, Undo
from wfctl.core.itinerary import Stop, Work
from wfctl.core.outcome import CausePhase, Existence, Failure, Residue
from wfctl.core.plan import (
    ActionOutline,
    Effect,
    HookFailure,
    HookSpec,
    Idempotency,
    Operation,
    Provenance,
    Retries,
    RunId,
    RunPolicy,
    Step,
    TypeDeclaration,
)
from wfctl.errors import IllegalTransition

MAX_PROBES: Final = 3
"""Probes of one doubt before a person is asked."""


LOST: Final = "lost"
"""The code of a doubt that came from the end of our own process."""


RUN_STOPPED: Final = "run_stopped"
"""The code of an error that is only this: the run sent nothing more."""


class Stand(enum.StrEnum):
    """Where the attempt at the current stop stands."""

    DUE = "due"
    IN_FLIGHT = "in_flight"
    IN_DOUBT = "in_doubt"
    PROBING = "probing"
    PAUSE_DUE = "pause_due"
    PAUSED = "paused"


class Verdict(enum.StrEnum):
    """How an attempt ended for good."""

    DONE = "done"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    NOT_SENT = "not_sent"


class Fact(enum.StrEnum):
    """What kind of news an event is to the attempt machine."""

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    NOT_SENT = "not_sent"
    DOUBT = "doubt"
    PROBE = "probe"
    ABSENT = "absent"
    PAUSE = "pause"
    ELAPSED = "elapsed"
    LOST = "lost"


class Ending(enum.StrEnum):
    """How an action ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    COMPENSATED = "compensated"
    UNDO_FAILED = "undo_failed"
    SKIPPED = "skipped"


ATTEMPT: Final[dict[tuple[Stand, Fact], tuple[Stand | Verdict, ...]]] = {
    (Stand.DUE, Fact.INTENT): (Stand.IN_FLIGHT,),
    (Stand.IN_FLIGHT, Fact.DONE): (Verdict.DONE,),
    (Stand.IN_FLIGHT, Fact.FAILED): (Verdict.FAILED, Stand.PAUSE_DUE, Stand.IN_DOUBT),
    (Stand.IN_FLIGHT, Fact.NOT_SENT): (Verdict.NOT_SENT, Verdict.FAILED),
    (Stand.IN_FLIGHT, Fact.DOUBT): (Stand.IN_DOUBT,),
    (Stand.IN_FLIGHT, Fact.LOST): (Stand.IN_DOUBT, Stand.DUE, Verdict.FAILED),
    (Stand.IN_DOUBT, Fact.PROBE): (Stand.PROBING,),
    (Stand.PROBING, Fact.DONE): (Verdict.DONE, Verdict.FAILED),
    (Stand.PROBING, Fact.FAILED): (Verdict.FAILED,),
    (Stand.PROBING, Fact.ABSENT): (Stand.DUE, Stand.PAUSE_DUE, Verdict.FAILED, Verdict.UNSETTLED),
    (Stand.PROBING, Fact.DOUBT): (Stand.PAUSE_DUE, Verdict.UNSETTLED),
    (Stand.PROBING, Fact.LOST): (Stand.IN_DOUBT,),
    (Stand.PAUSE_DUE, Fact.PAUSE): (Stand.PAUSED,),
    (Stand.PAUSED, Fact.ELAPSED): (Stand.DUE, Stand.IN_DOUBT),
    (Stand.PAUSED, Fact.LOST): (Stand.PAUSE_DUE,),
}
"""Where an attempt may go from where it stands. The first member of a row is its usual way."""

WORK: Final[dict[tuple[Work, str], tuple[Work, ...]]] = {
    (Work.WAITING, "released"): (Work.STEP, Work.GATE, Work.HOOK, Work.ENDED),
    (Work.WAITING, "skipped"): (Work.ENDED,),
    (Work.GATE, Verdict.DONE): (Work.STEP, Work.GATE),
    (Work.GATE, Verdict.FAILED): (Work.ENDED,),
    (Work.STEP, Verdict.DONE): (Work.HOOK, Work.STEP, Work.CLOSING, Work.ENDED),
    (Work.STEP, Verdict.FAILED): (Work.ENDED, Work.HOOK_UNDO, Work.UNDO, Work.CLOSING),
    (Work.STEP, Verdict.UNSETTLED): (Work.ENDED, Work.CLOSING),
    (Work.STEP, Verdict.NOT_SENT): (Work.ENDED,),
    (Work.STEP, "forsaken"): (Work.UNDO, Work.HOOK_UNDO, Work.CLOSING, Work.ENDED),
    (Work.HOOK, Verdict.DONE): (Work.HOOK, Work.STEP, Work.CLOSING, Work.ENDED),
    (Work.HOOK, Verdict.FAILED): (Work.UNDO, Work.HOOK_UNDO, Work.HOOK, Work.STEP, Work.CLOSING, Work.ENDED),
    (Work.HOOK_UNDO, Verdict.DONE): (Work.UNDO, Work.HOOK_UNDO),
    (Work.HOOK_UNDO, Verdict.FAILED): (Work.ENDED, Work.CLOSING),
    (Work.UNDO, Verdict.DONE): (Work.ENDED, Work.UNDO, Work.CLOSING),
    (Work.UNDO, Verdict.FAILED): (Work.ENDED, Work.CLOSING),
    (Work.CLOSING, Verdict.DONE): (Work.ENDED, Work.CLOSING),
    (Work.CLOSING, Verdict.FAILED): (Work.ENDED, Work.CLOSING),
    (Work.ENDED, "undo wanted"): (Work.UNDO, Work.HOOK_UNDO, Work.ENDED),
    (Work.ENDED, "settled"): (Work.ENDED,),
    (Work.UNDO, "left undone"): (Work.ENDED,),
    (Work.HOOK_UNDO, "left undone"): (Work.ENDED,),
}
"""What an action may do next when an attempt has ended, or when the run says so."""

_CALLS: Final = frozenset({Work.STEP})
_HOOKS: Final = frozenset({Work.GATE, Work.HOOK, Work.HOOK_UNDO, Work.CLOSING})
_UNDOS: Final = frozenset({Work.UNDO})
_ANY: Final = _CALLS | _HOOKS | _UNDOS

NEWS: Final[dict[type, tuple[Fact, frozenset[Work]]]] = {
    events.ActionDispatched: (Fact.INTENT, _CALLS),
    events.ActionApplied: (Fact.DONE, _CALLS),
    events.ActionFailed: (Fact.FAILED, _CALLS),
    events.ActionNotSent: (Fact.NOT_SENT, _CALLS),
    events.ActionLeftInDoubt: (Fact.DOUBT, _CALLS),
    events.ProbeStarted: (Fact.PROBE, _CALLS),
    events.ActionFoundAbsent: (Fact.ABSENT, _CALLS),
    events.BackoffStarted: (Fact.PAUSE, _ANY),
    events.BackoffElapsed: (Fact.ELAPSED, _ANY),
    events.HookStarted: (Fact.INTENT, _HOOKS),
    events.HookSucceeded: (Fact.DONE, _HOOKS),
    events.HookFailed: (Fact.FAILED, _HOOKS),
    events.CompensationStarted: (Fact.INTENT, _UNDOS),
    events.CompensationSucceeded: (Fact.DONE, _UNDOS),
    events.CompensationFailed: (Fact.FAILED, _UNDOS),
}
"""What each event is to the attempt machine, and at which work it may arrive."""


class ActionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What never changes about an action during its run.

    `before` is what the driver of the object from before declares; it differs where a replace changes type or provider.
    """

    run_id: RunId
    outline: ActionOutline
    declaration: TypeDeclaration
    before: TypeDeclaration
    policy: RunPolicy
    stops: tuple[Stop, ...]
    closing: tuple[HookSpec, ...] = ()


class ActionState(msgspec.Struct, frozen=True, kw_only=True):
    """Where one PlanAction stands. Times are Unix seconds as recorded, 0 = not yet.

    Of an undo: `undo_begun` says that an order of it went out, `undo_tried` that something may have been changed by it,
    `undo_spent` that the call it stopped at must not be sent a second time; `undo_sends` counts how often the call it is at
    may have gone out, in whichever process.
    """

    work: Work = Work.WAITING
    stand: Stand = Stand.DUE
    at: int = 0
    attempt: int = 1
    sent: int = 0
    probes: int = 0
    doubting: ProbePurpose | None = None
    doubt: Failure | None = None
    probed: str = ""
    clear_before: bool = False
    identity: str = ""
    applied: tuple[Applied, ...] = ()
    exports: dict[str, object] = msgspec.field(default_factory=dict)
    hooks_done: tuple[str, ...] = ()
    hooks_missed: tuple[str, ...] = ()
    warnings: tuple[Failure, ...] = ()
    error: Failure | None = None
    error_phase: CausePhase | None = None
    failed_hook: str = ""
    existence: Existence = Existence.NONE
    residue: tuple[Residue, ...] = ()
    undos: tuple[Undo, ...] = ()
    undo_at: int = 0
    undo_error: Failure | None = None
    undo_tried: bool = False
    undo_sends: int = 0
    undo_begun: bool = False
    undo_spent: bool = False
    evidence: str = ""
    compensation: str = ""
    ending: Ending | None = None
    skipped_because: str = ""
    settled: str = ""
    started_at: float = 0.0
    finished_at: float = 0.0


_replace = msgspec.structs.replace


def evolve_action(facts: ActionFacts, state: ActionState, event: events.ActionEvent, now: float) -> ActionState:
    """The action after one fact. Raises IllegalTransition for a fact the tables have no row for."""
    return take(facts, state, event, now)[0]


def take(
    facts: ActionFacts, state: ActionState, event: events.ActionEvent, now: float
) -> tuple[ActionState, Stand | Verdict | None]:
    """The action after one fact, and which way out of the row of `ATTEMPT` it took (None: the fact is in no row)."""
    if isinstance(event, events.ActionIdentified | events.ActionClearBefore):
        running = _expect(state, facts, event, allowed=state.work is Work.STEP)
        if isinstance(event, events.ActionIdentified):
            return _replace(running, identity=event.provider_id), None
        return _replace(running, clear_before=True), None
    if isinstance(event, events.ActionSettled):
        return _settle(facts, _expect(state, facts, event, allowed=may_settle(state)), event, now), None
    fact, works = NEWS[type(event)]
    row = ATTEMPT.get((state.stand, fact)) if state.work in works else None
    if row is None or not _is_about(facts, state, event):
        raise _illegal(facts, state, event)
    noted = _note(facts, state, event, now)
    result = _judge(facts, noted, event)
    if result not in row:
        raise _illegal(facts, state, event)
    if isinstance(result, Stand):
        settled = _not_applied(noted, result) if isinstance(event, events.ActionFoundAbsent) else noted
        return _replace(settled, stand=result), result
    return _advance(facts, noted, result, now), result


def _is_about(facts: ActionFacts, state: ActionState, event: events.ActionEvent) -> bool:
    """Whether the news are of what the action is busy with: the answer to something else is no answer."""
    match event:
        case events.HookStarted() | events.HookSucceeded() | events.HookFailed():
            hook = current_hook(facts, state)
            return hook is not None and hook.name == event.hook and event.undo is (state.work is Work.HOOK_UNDO)
        case events.CompensationStarted() | events.CompensationSucceeded() | events.CompensationFailed():
            return event.undo == state.undos[state.undo_at].kind
        case events.BackoffStarted() | events.BackoffElapsed():
            return True
        case events.ActionIdentified() | events.ActionClearBefore() | events.ActionSettled():
            return True
        case _:
            return event.step is current_stop(facts, state).step


def release(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    """Everything it waited for has succeeded: go to the first stop."""
    return _enter(facts, _expect_work(state, facts, Work.WAITING), 0, now)


def skip(facts: ActionFacts, state: ActionState, because: str) -> ActionState:
    """Something it needed did not succeed: it will never be sent."""
    waiting = _expect_work(state, facts, Work.WAITING)
    return _replace(waiting, work=Work.ENDED, ending=Ending.SKIPPED, skipped_because=because)


def begin_undo(facts: ActionFacts, state: ActionState) -> ActionState:
    """The run wants this finished action taken back, and nothing that depends on it is left."""
    ended = _expect_work(state, facts, Work.ENDED)
    if ended.ending is Ending.UNDO_FAILED or ended.undos:
        return _undo_again(facts, ended)
    return _undo_or_refuse(facts, _replace(ended, ending=None), ended.finished_at, own=False)


def _undo_again(facts: ActionFacts, ended: ActionState) -> ActionState:
    """Go on with an undo that failed, at the call it stopped at: what was undone before stays undone."""
    undos = ended.undos or compensate.undo_of(facts.outline, facts.declaration, ended.applied, facts.before)
    if isinstance(undos, Failure):
        return _replace(ended, undo_error=undos, compensation=undos.code)
    if not undos or ended.undo_spent:
        return _replace(ended, ending=Ending.UNDO_FAILED)
    return _undo_next(facts, _replace(ended, ending=None, undos=undos, compensation=""), ended.finished_at)


def leave_undone(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    """The undo is given up between two calls: what had not been begun is as it was, anything else is a failed undo."""
    if state.work not in (Work.UNDO, Work.HOOK_UNDO):
        raise IllegalTransition(f"{facts.outline.address} is {state.work}, not being undone")
    if not state.undo_begun:
        rested = _replace(state, stand=Stand.DUE, undos=(), finished_at=now)
        return _replace(rested, work=Work.ENDED, ending=Ending.SUCCEEDED)
    stopped = Failure(code=RUN_STOPPED, message="the run was stopped before its undo was complete")
    failed = _replace(state, undo_error=state.undo_error or state.doubt or stopped, undo_tried=True)
    return _end(facts, failed, Ending.UNDO_FAILED, now, closing=False)


def half_way(state: ActionState) -> bool:
    """Whether it rests between the two calls of a replace: one has taken effect, the other is still to be sent."""
    unsent = state.stand in (Stand.DUE, Stand.PAUSE_DUE) and state.doubting is None
    return state.work is Work.STEP and bool(state.applied) and unsent


def forsake(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    """The run sends nothing more, so a replace that rests half-way ends there: its first call is undone where it can be."""
    if not half_way(state):
        raise IllegalTransition(f"{facts.outline.address} is {state.work} {state.stand}, not half-way")
    stopped = Failure(code=RUN_STOPPED, message="the run was stopped before its second step")
    return _dispatch_failed(facts, _replace(state, doubt=state.doubt or stopped), now)


def lose(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    """The process that carried out what is in flight is gone."""
    row = ATTEMPT.get((state.stand, Fact.LOST))
    if row is None or state.work in (Work.WAITING, Work.ENDED):
        return state
    if state.stand is Stand.PROBING:
        return _replace(state, stand=Stand.IN_DOUBT)
    if state.stand is Stand.PAUSED:
        return _replace(state, stand=Stand.PAUSE_DUE)
    if state.work is Work.STEP:
        lost = Failure(code=LOST, message="wfctl ended before the answer came")
        return _replace(state, stand=Stand.IN_DOUBT, doubting=ProbePurpose.DOUBT, doubt=lost, probes=0)
    failure = _not_again(facts, state)
    if failure is None:
        return _replace(state, stand=Stand.DUE)
    undo = state.work is Work.UNDO
    undo_error = failure if undo else state.undo_error
    given_up = _replace(state, doubt=failure, undo_error=undo_error, undo_spent=state.undo_spent or undo)
    return _advance(facts, given_up, Verdict.FAILED, now)


def _not_again(facts: ActionFacts, state: ActionState) -> Failure | None:
    """Why what was in flight, a hook or an undo, may not be sent a second time."""
    hook = current_hook(facts, state)
    if hook is not None and hook.rerun_never:
        return Failure(code="hook_in_doubt", message=f"hook {hook.name} may have run and may not be run again")
    if state.work is Work.UNDO and _may_not_repeat(facts, state):
        message = f"{facts.outline.address} may have been made again, and nobody can tell without its id"
        return Failure(code=compensate.NOT_VERIFIED, message=message)
    return None


def _may_not_repeat(facts: ActionFacts, state: ActionState) -> bool:
    return not compensate.repeatable(state.undos[state.undo_at].kind, facts.before)


def may_settle(state: ActionState) -> bool:
    """Whether a person may say what became of it: only of an end that left a question."""
    asked = (Ending.UNSETTLED, Ending.UNDO_FAILED)
    in_doubt = state.stand is Stand.IN_DOUBT and state.work is Work.STEP
    return in_doubt or (state.work is Work.ENDED and (state.ending in asked or bool(state.residue)))


def current_stop(facts: ActionFacts, state: ActionState) -> Stop:
    """The stop being worked at; only meaningful at a gate, a step or a hook."""
    return facts.stops[state.at]


def current_hook(facts: ActionFacts, state: ActionState) -> HookSpec | None:
    """The hook being run, or None."""
    match state.work:
        case Work.GATE | Work.HOOK:
            return facts.stops[state.at].hook
        case Work.HOOK_UNDO:
            return _undoable_hooks(facts, state)[-1]
        case Work.CLOSING:
            return facts.closing[state.at]
        case _:
            return None


def budget(facts: ActionFacts, state: ActionState) -> Retries:
    """How often the current attempt may be repeated, and how long to wait in between."""
    hook = current_hook(facts, state)
    if hook is not None:
        return Retries(max_attempts=hook.retries + 1)
    return facts.policy.undo_retries if state.work is Work.UNDO else facts.policy.retries


def pause_before_next(facts: ActionFacts, state: ActionState) -> float:
    """Seconds of the pause that is due."""
    retry_after = state.doubt.retry_after if state.doubt else 0.0
    seed = f"{facts.run_id}\0{facts.outline.index}\0{state.work}"
    ordinal = state.probes + 1 if state.doubting else state.attempt
    return retry.pause(budget(facts, state), max(ordinal, 2), seed, retry_after)


def live_effect(state: ActionState) -> bool:
    """Whether something this action did is (or may be) still in the world."""
    if state.ending in (Ending.COMPENSATED, Ending.SKIPPED):
        return False
    return bool(state.applied) or state.existence is not Existence.NONE or state.doubting is not None


def effect_of(outline: ActionOutline, state: ActionState) -> Effect | None:
    """What the applied steps come to, as one word; None when nothing happened."""
    if not state.applied:
        return None
    if outline.operation is Operation.REPLACE and len(state.applied) > 1:
        return Effect.REPLACED
    return state.applied[-1].effect


def object_id(outline: ActionOutline, state: ActionState) -> str:
    """The id of the object an action stands for: the one it made or changed, else the one that was there before; "" for none."""
    # The delete of a replace that creates first comes last, and names the old object.
    made = next((done.provider_id for done in reversed(state.applied) if done.step is not Step.DELETE), "")
    return made or state.identity or outline.prior_id


def questioned_id(facts: ActionFacts, state: ActionState) -> str:
    """The id of what a person is asked about; "" where it is an object whose create is in doubt, and that nobody has named.

    For all others it is the object the action stands for. The old object of a replace tells nothing of the new one.
    """
    asked_now = state.ending is None and state.work is Work.STEP and state.doubting is not None
    in_doubt = asked_now or state.ending is Ending.UNSETTLED
    steps = [stop.step for stop in facts.stops if stop.work is Work.STEP]
    if in_doubt and steps[len(state.applied) : len(state.applied) + 1] == [Step.CREATE]:
        return state.identity
    return object_id(facts.outline, state)


# --- what a fact leaves behind -----------------------------------------------------------------------------------------


def _note(  # noqa: PLR0912  (one case a fact)
    facts: ActionFacts, state: ActionState, event: events.ActionEvent, now: float
) -> ActionState:
    """The state with the news written down; its stand is still the old one."""
    match event:
        case events.ActionDispatched():
            started = state.started_at or now
            # What was told of an attempt before this one is of something that does not exist.
            return _replace(
                state, attempt=event.attempt, sent=state.sent + 1, started_at=started, identity="", clear_before=False
            )
        case events.HookStarted() if state.work is Work.GATE:
            return _replace(state, attempt=event.attempt)
        case events.HookStarted() | events.CompensationStarted():
            begun = state.undo_begun or state.work in (Work.UNDO, Work.HOOK_UNDO)
            sends = state.undo_sends + (state.work is Work.UNDO)
            started = state.started_at or now
            return _replace(state, attempt=event.attempt, started_at=started, undo_begun=begun, undo_sends=sends)
        case events.ActionApplied():
            return _note_applied(facts, state, event)
        case events.ActionFailed():
            return _note_failed(state, event)
        case events.ActionNotSent():
            return _note_not_sent(state, event)
        case events.ActionLeftInDoubt():
            return _note_doubt(state, event)
        case events.ProbeStarted():
            return _replace(state, probes=state.probes + 1)
        case events.ActionFoundAbsent():
            return _replace(state, existence=Existence.NONE)
        case events.BackoffElapsed() if state.doubting is None:
            return _replace(state, attempt=state.attempt + 1)
        case events.HookSucceeded():
            return _note_hook_success(state, event)
        case events.HookFailed():
            return _replace(state, doubt=event.failure)
        case events.CompensationSucceeded():
            return _replace(state, evidence=event.evidence, undo_at=state.undo_at + 1, undo_tried=True, undo_sends=0)
        case events.CompensationFailed():
            tried, spent = state.undo_tried or not event.refused, not event.refused and _may_not_repeat(facts, state)
            told = _replace(state, undo_error=event.failure, doubt=event.failure)
            sends = 0 if event.refused else state.undo_sends
            return _replace(told, undo_tried=tried, undo_spent=state.undo_spent or spent, undo_sends=sends)
        case _:
            return state


def _note_not_sent(state: ActionState, event: events.ActionNotSent) -> ActionState:
    """The intent promised a call that was not made: it counts as no attempt."""
    sent = state.sent - 1
    started = state.started_at if sent or state.applied else 0.0
    return _replace(state, error=event.failure, error_phase=event.phase, sent=sent, started_at=started)


def _note_applied(facts: ActionFacts, state: ActionState, event: events.ActionApplied) -> ActionState:
    if _answered_failure_exists(state, event):
        return _note_residue(facts, state, event)
    done = Applied(
        step=event.step,
        effect=event.effect,
        provider_id=event.provider_id,
        provenance=event.provenance,
        outputs=event.outputs,
        config=event.config,
        config_hash=event.config_hash,
        fingerprint=event.fingerprint,
        sensitive=event.sensitive,
    )
    # A replace that creates first has told its outputs before the old object goes.
    exports = state.exports if event.step is Step.DELETE else event.exports
    settled = _replace(state, doubting=None, doubt=None, existence=Existence.NONE, identity="")
    return _replace(settled, applied=(*state.applied, done), exports=exports)


def _answered_failure_exists(state: ActionState, event: events.ActionApplied) -> bool:
    # A delete that answered with an error and is proven gone has done what was asked; anything else stays the error it was.
    return state.doubting is ProbePurpose.VERIFY and event.step is not Step.DELETE


def _note_residue(facts: ActionFacts, state: ActionState, event: events.ActionApplied) -> ActionState:
    left = Residue(
        type=facts.outline.type,
        name=facts.outline.name,
        provider_id=event.provider_id,
        note=f"found by {event.via} after the plugin had answered with an error",
    )
    residue = (left,) if event.step is Step.CREATE else ()
    return _replace(
        state,
        doubting=None,
        existence=Existence.EXISTS,
        residue=residue,
        error=state.doubt,
        error_phase=CausePhase.DISPATCH,
    )


def _note_failed(state: ActionState, event: events.ActionFailed) -> ActionState:
    noted = _replace(state, doubt=event.failure, existence=event.effect, residue=(*state.residue, *event.residue))
    if event.effect is Existence.UNKNOWN:
        return _replace(noted, doubting=ProbePurpose.VERIFY, probes=0)
    if event.effect is Existence.EXISTS and event.provider_id:
        effect = Effect.CREATED if event.step is Step.CREATE else Effect.UPDATED
        done = Applied(step=event.step, effect=effect, provider_id=event.provider_id)
        return _replace(noted, applied=(*state.applied, done), doubting=None)
    return _replace(noted, doubting=None)


def _note_doubt(state: ActionState, event: events.ActionLeftInDoubt) -> ActionState:
    if state.stand is Stand.PROBING:
        # The first failure is the one to tell; a verification keeps the error it verifies.
        return _replace(state, probed=event.failure.message)
    return _replace(state, doubting=ProbePurpose.DOUBT, doubt=event.failure, probes=0, existence=Existence.UNKNOWN)


def _note_hook_success(state: ActionState, event: events.HookSucceeded) -> ActionState:
    if state.work is Work.HOOK_UNDO:
        return _replace(
            state, hooks_done=tuple(name for name in state.hooks_done if name != event.hook), undo_tried=True
        )
    if state.work is Work.HOOK and event.ran:
        return _replace(state, hooks_done=(*state.hooks_done, event.hook), doubt=None)
    return _replace(state, doubt=None)


# --- where the attempt stands then -------------------------------------------------------------------------------------


def _judge(  # noqa: PLR0912  (one case a fact)
    facts: ActionFacts, state: ActionState, event: events.ActionEvent
) -> Stand | Verdict:
    match event:
        case events.ActionDispatched() | events.HookStarted() | events.CompensationStarted():
            return Stand.IN_FLIGHT
        case events.ActionApplied():
            return Verdict.FAILED if state.error is not None else Verdict.DONE
        case events.HookSucceeded() | events.CompensationSucceeded():
            return Verdict.DONE
        case events.ActionFailed():
            return _judge_failure(facts, state)
        case events.ActionNotSent():
            return Verdict.FAILED if state.applied or state.sent else Verdict.NOT_SENT
        case events.ActionLeftInDoubt():
            return _judge_doubt(state)
        case events.ProbeStarted():
            return Stand.PROBING
        case events.ActionFoundAbsent():
            return _judge_absence(facts, state, proven=event.proven)
        case events.HookFailed():
            return Verdict.FAILED if event.in_doubt else _again_or_failed(facts, state, retryable=True)
        case events.CompensationFailed():
            return _again_or_failed(facts, state, retryable=event.failure.retryable and not event.refused)
        case events.BackoffStarted():
            return Stand.PAUSED
        case events.BackoffElapsed():
            return Stand.IN_DOUBT if state.doubting else Stand.DUE
        case _:
            raise _illegal(facts, state, event)


def _judge_failure(facts: ActionFacts, state: ActionState) -> Stand | Verdict:
    if state.doubting is ProbePurpose.VERIFY:
        return Stand.IN_DOUBT
    if state.existence is Existence.EXISTS:
        return Verdict.FAILED
    return _again_or_failed(facts, state, retryable=state.doubt is not None and state.doubt.retryable)


def _judge_doubt(state: ActionState) -> Stand | Verdict:
    if state.stand is Stand.IN_FLIGHT:
        return Stand.IN_DOUBT
    return Stand.PAUSE_DUE if state.probes < MAX_PROBES else Verdict.UNSETTLED


def _judge_absence(facts: ActionFacts, state: ActionState, *, proven: bool) -> Stand | Verdict:
    step = current_stop(facts, state).step
    if not proven and step is Step.CREATE:
        # "Not found" in a text may mean many things; a second object would be worse than a question.
        return Verdict.FAILED if state.doubting is ProbePurpose.VERIFY else Verdict.UNSETTLED
    repeatable = _may_repeat(facts, state, step)
    if state.doubting is ProbePurpose.VERIFY:
        return _again_or_failed(facts, state, retryable=repeatable and bool(state.doubt and state.doubt.retryable))
    # A call that was lost with our own process, and is proven not to have happened, was no attempt.
    lost = state.doubt is not None and state.doubt.code == LOST
    return Stand.DUE if repeatable and (lost or _attempts_left(facts, state)) else Verdict.FAILED


def _may_repeat(facts: ActionFacts, state: ActionState, step: Step) -> bool:
    declared = facts.declaration
    if step is Step.UPDATE:
        return not declared.update_not_idempotent
    if step is Step.CREATE and state.doubting is ProbePurpose.VERIFY:
        return declared.idempotency is not Idempotency.NONE
    return True


def _again_or_failed(facts: ActionFacts, state: ActionState, *, retryable: bool) -> Stand | Verdict:
    return Stand.PAUSE_DUE if retryable and _attempts_left(facts, state) else Verdict.FAILED


def _attempts_left(facts: ActionFacts, state: ActionState) -> bool:
    return state.attempt < budget(facts, state).max_attempts


def _not_applied(state: ActionState, stand: Stand) -> ActionState:
    """The doubt is resolved: nothing happened, and the call may be sent again, at once or after a pause."""
    if stand is Stand.PAUSE_DUE:
        return _replace(state, doubting=None)
    lost = state.doubt is not None and state.doubt.code == LOST
    return _replace(state, doubting=None, doubt=None, attempt=state.attempt + (not lost))


# --- what the action does next -----------------------------------------------------------------------------------------


def _advance(facts: ActionFacts, state: ActionState, verdict: Verdict, now: float) -> ActionState:
    after = _next(facts, state, verdict, now)
    if after.work not in WORK[state.work, verdict]:
        raise IllegalTransition(f"{facts.outline.address}: {state.work} may not go to {after.work} on {verdict}")
    return after


def _next(facts: ActionFacts, state: ActionState, verdict: Verdict, now: float) -> ActionState:
    match state.work, verdict:
        case (Work.GATE | Work.STEP, Verdict.DONE):
            return _enter(facts, state, state.at + 1, now)
        case (Work.HOOK, Verdict.DONE):
            return _enter(facts, state, state.at + 1, now)
        case (Work.GATE, _):
            return _refused_at_gate(facts, state, now)
        case (Work.STEP, Verdict.NOT_SENT):
            return _end(facts, state, Ending.SKIPPED, now, closing=False)
        case (Work.STEP, Verdict.UNSETTLED):
            unsettled = _replace(state, error=state.doubt, error_phase=CausePhase.DISPATCH, existence=Existence.UNKNOWN)
            return _end(facts, unsettled, Ending.UNSETTLED, now)
        case (Work.STEP, _):
            return _dispatch_failed(facts, state, now)
        case (Work.HOOK, _):
            return _hook_failed(facts, state, now)
        case (Work.HOOK_UNDO, Verdict.DONE):
            return _undo_next(facts, state, now)
        case (Work.HOOK_UNDO, _):
            return _end(facts, _replace(state, undo_error=state.doubt, undo_tried=True), Ending.UNDO_FAILED, now)
        case (Work.UNDO, Verdict.DONE):
            return _undo_next(facts, state, now)
        case (Work.UNDO, _):
            return _end(facts, state, Ending.UNDO_FAILED, now)
        case _:
            return _close_next(state, now, facts)


def _enter(facts: ActionFacts, state: ActionState, at: int, now: float) -> ActionState:
    """Go to a stop of the itinerary; after the last one the action has succeeded."""
    if at == len(facts.stops):
        return _end(facts, state, Ending.SUCCEEDED, now)
    return _replace(
        state, work=facts.stops[at].work, stand=Stand.DUE, at=at, attempt=1, probes=0, doubting=None, doubt=None
    )


def _refused_at_gate(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    hook = facts.stops[state.at].hook
    assert hook is not None  # noqa: S101  (a GATE stop carries a hook by construction)
    refused = _replace(state, error=state.doubt, error_phase=CausePhase.GATE, failed_hook=hook.name)
    return _end(facts, refused, Ending.SKIPPED, now, closing=False)


def _dispatch_failed(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    error = state.error or state.doubt
    failed = _replace(state, error=error, error_phase=state.error_phase or CausePhase.DISPATCH, doubting=None)
    if not failed.applied or failed.residue:
        # What was found after an error is told, not touched: nobody knows what it was about to become.
        return _end(facts, failed, Ending.FAILED, now)
    if _half_replaced(facts, failed):
        return _half_replaced_end(facts, failed, now)
    return _undo_or_refuse(facts, failed, now, own=True)


def _half_replaced(facts: ActionFacts, state: ActionState) -> bool:
    return facts.outline.operation is Operation.REPLACE and state.existence is not Existence.EXISTS


def _half_replaced_end(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    """One step of a replace is done and the other failed: undo the first where the driver can."""
    undos = compensate.undo_of(facts.outline, facts.declaration, state.applied, facts.before)
    if not isinstance(undos, Failure):
        return _undo_next(facts, _replace(state, undos=undos, undo_at=0), now)
    if state.applied[0].step is Step.DELETE:
        message = f"the old object is gone and the new one was not made: {state.error.message if state.error else ''}"
        state = _replace(state, error=Failure(code="half_replaced", message=message))
    else:
        old = Residue(
            type=facts.outline.prior_type or facts.outline.type,
            name=facts.outline.name,
            provider_id=facts.outline.prior_id,
            note="the new object is there, and the old one could not be deleted",
        )
        state = _replace(state, residue=(*state.residue, old))
    return _end(facts, _replace(state, compensation=undos.code), Ending.FAILED, now)


def _hook_failed(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    hook = facts.stops[state.at].hook
    assert hook is not None  # noqa: S101  (a HOOK stop carries a hook by construction)
    why = state.doubt
    assert why is not None  # noqa: S101  (no hook fails without a reason)
    missed = _replace(state, hooks_missed=(*state.hooks_missed, hook.name))
    if hook.on_failure is HookFailure.WARN:
        return _enter(facts, _replace(missed, warnings=(*missed.warnings, why)), state.at + 1, now)
    failed = _replace(missed, error=why, error_phase=CausePhase.HOOK, failed_hook=hook.name)
    return _undo_or_refuse(facts, failed, now, own=True)


def _undo_or_refuse(facts: ActionFacts, state: ActionState, now: float, *, own: bool) -> ActionState:
    """Start taking the action back. `own`: it failed itself; else the run wants it, and an undeclared undo is no failure."""
    undos = compensate.undo_of(facts.outline, facts.declaration, state.applied, facts.before)
    if isinstance(undos, Failure):
        if not own and undos.code == compensate.NOT_COMPENSABLE:
            return _replace(state, ending=Ending.SUCCEEDED, compensation=undos.code)
        return _end(
            facts, _replace(state, undo_error=undos, compensation=undos.code), Ending.UNDO_FAILED, now, closing=own
        )
    if not undos:
        failure = Failure(code=compensate.NOT_COMPENSABLE, message="this run changed nothing that could be taken back")
        return _end(facts, _replace(state, undo_error=failure), Ending.UNDO_FAILED, now, closing=own)
    return _undo_next(facts, _replace(state, undos=undos, undo_at=0), now)


def _undo_next(facts: ActionFacts, state: ActionState, now: float) -> ActionState:
    fresh = _replace(state, stand=Stand.DUE, attempt=1, probes=0, doubting=None, doubt=None, undo_error=None)
    if _undoable_hooks(facts, state):
        return _replace(fresh, work=Work.HOOK_UNDO)
    if state.undo_at < len(state.undos):
        return _replace(fresh, work=Work.UNDO)
    return _end(facts, fresh, Ending.COMPENSATED, now)


def _undoable_hooks(facts: ActionFacts, state: ActionState) -> list[HookSpec]:
    ran = set(state.hooks_done)
    return [stop.hook for stop in facts.stops if stop.hook and stop.hook.name in ran and stop.hook.undo_exec]


def _end(facts: ActionFacts, state: ActionState, ending: Ending, now: float, *, closing: bool = True) -> ActionState:
    """Give the action its ending; observers still run before it rests."""
    work = Work.CLOSING if closing and facts.closing and state.work is not Work.CLOSING else Work.ENDED
    rested = _replace(state, stand=Stand.DUE, at=0, attempt=1, probes=0, doubting=None, doubt=None)
    if ending is Ending.UNDO_FAILED:
        rested = _replace(rested, undo_error=_with_the_old_one(facts, state))
    return _replace(rested, work=work, ending=ending, finished_at=now)


def _with_the_old_one(facts: ActionFacts, state: ActionState) -> Failure | None:
    """Why the undo failed; and that a replace has left two objects, of which the state knows only the new one."""
    two = facts.outline.operation is Operation.REPLACE and [done.step for done in state.applied] == [Step.CREATE]
    if state.undo_error is None or not two or state.applied[0].provider_id == facts.outline.prior_id:
        return state.undo_error
    told = f"; the old object was not deleted and is there as well [id={facts.outline.prior_id}]"
    message = state.undo_error.message.removesuffix(told) + told
    return msgspec.structs.replace(state.undo_error, message=message)


def _close_next(state: ActionState, now: float, facts: ActionFacts) -> ActionState:
    if state.at + 1 < len(facts.closing):
        return _replace(state, stand=Stand.DUE, at=state.at + 1, attempt=1, doubt=None)
    return _replace(state, work=Work.ENDED, doubt=None, finished_at=now)


# --- a person's answer -------------------------------------------------------------------------------------------------


def _settle(facts: ActionFacts, state: ActionState, event: events.ActionSettled, now: float) -> ActionState:
    ending = _settled_ending(facts.outline.operation, event.as_, state.ending)
    settled = _replace(
        state,
        work=Work.ENDED,
        stand=Stand.DUE,
        doubting=None,
        existence=Existence.EXISTS if event.as_ == "present" else Existence.NONE,
        residue=(),
        ending=ending,
        settled=event.as_,
        evidence="operator, read" if event.verified else "operator",
        finished_at=now,
    )
    if event.as_ == "present" and not state.applied and facts.outline.operation is not Operation.DELETE:
        # A person's word does not prove that this run made it, so it is kept like something adopted.
        found = Applied(
            step=Step.CREATE,
            effect=Effect.ADOPTED,
            provider_id=event.provider_id,
            provenance=Provenance.SETTLED,
            outputs=event.outputs,
        )
        return _replace(settled, applied=(found,))
    return settled


def _settled_ending(operation: Operation, as_: str, before: Ending | None) -> Ending:
    if as_ == "restored":
        return Ending.COMPENSATED
    if operation is Operation.DELETE:
        return Ending.SUCCEEDED if as_ == "absent" else Ending.FAILED
    if as_ == "present":
        return Ending.SUCCEEDED
    return Ending.COMPENSATED if before is Ending.UNDO_FAILED else Ending.FAILED


def _expect_work(state: ActionState, facts: ActionFacts, work: Work) -> ActionState:
    if state.work is not work:
        raise IllegalTransition(f"{facts.outline.address} is {state.work}, not {work}")
    return state


def _expect(state: ActionState, facts: ActionFacts, event: object, *, allowed: bool) -> ActionState:
    if not allowed:
        raise _illegal(facts, state, event)
    return state


def _illegal(facts: ActionFacts, state: ActionState, event: object) -> IllegalTransition:
    return IllegalTransition(
        f"{facts.outline.address}: no row for {type(event).__name__} while {state.work} {state.stand}"
    )

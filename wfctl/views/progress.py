"""The story of a run as lines: one sentence for each event, live and when a record is looked back at.

Knows nothing of where the lines go. The state handed in is the fold of all records handed in with it.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final, NamedTuple

from wfctl.core import events
from wfctl.core.action import ActionState, Stand, budget
from wfctl.core.events import Recorded
from wfctl.core.itinerary import Work
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Effect, HookFailure, HookPoint, HookSpec, Operation, Step
from wfctl.core.run import RunState
from wfctl.views.in_flight import Call, Doing, InFlight
from wfctl.views.line import Line, Span, Style, duration, line, names, one_line, stopwatch, tenths
from wfctl.views.wording import DOING, NOUN, STEP_OF, STILL, plural

_REASON_LIMIT: Final = 240
"""Most characters of a failure inside a progress line; the result block has all of it."""


class Weight(enum.IntEnum):
    """How much a line matters: details are for the record alone, urgent lines are never left out."""

    DETAIL = 0
    NORMAL = 1
    URGENT = 2


class Said(NamedTuple):
    """One line of the story."""

    line: Line
    weight: Weight = Weight.NORMAL


class Progress:
    """Follows one run and says what happens."""

    def __init__(self) -> None:
        self.in_flight = InFlight()

    def tell(self, records: Sequence[Recorded], state: RunState) -> list[Said]:
        """What the records say, in order."""
        told = (self.follow(recorded, state)[1] for recorded in records)
        return [said for said in told if said is not None]

    def follow(self, recorded: Recorded, state: RunState) -> tuple[Call | None, Said | None]:
        """One record: the call it begins or answers, and what it says."""
        call = self.in_flight.follow(recorded)
        return call, self._said(recorded, call, state)

    def beats(self, now: float, state: RunState) -> list[Said]:
        """Signs of life of what has been going on for long."""
        return [Said(still(call, now, state)) for call in self.in_flight.beat(now)]

    def _said(self, recorded: Recorded, call: Call | None, state: RunState) -> Said | None:
        event, at = recorded.event, recorded.at
        match event:
            case events.ActionDispatched() | events.ActionApplied() | events.ActionIdentified():
                return _of_effect(event, at, call, state)
            case events.HookStarted() | events.HookSucceeded() | events.HookFailed():
                return _of_hook(event, at, call, state)
            case events.CompensationStarted() | events.CompensationSucceeded() | events.CompensationFailed():
                return _of_undo(event, at, call, state)
            case (
                events.RunStarted()
                | events.RunResumed()
                | events.CancelRequested()
                | events.RollbackRequested()
                | events.RunFinished()
                | events.FinalizeStarted()
                | events.FinalizeReported()
                | events.FinalizeLost()
                | events.StateEdited()
            ):
                return _of_run(event, len(self.in_flight.sent()), state)
            case _:
                return _of_trouble(event, call, state)


def still(call: Call, now: float, state: RunState) -> Line:
    """That something still goes on, and for how long."""
    elapsed = f"[{stopwatch(now - call.since)} elapsed]"
    if call.doing is Doing.FINALIZE:
        return line(f"provider {one_line(call.what)}: Still finishing... {elapsed}")
    return _about(state, call.action, f"{_still(call, state)} {elapsed}")


def _still(call: Call, state: RunState) -> str:
    match call.doing:
        case Doing.PROBE:
            return "Still reading..."
        case Doing.HOOK:
            return f"hook {one_line(call.what)} still running..."
        case Doing.HOOK_UNDO:
            return f"undo of hook {one_line(call.what)} still running..."
        case Doing.UNDO:
            return f"Still undoing ({call.what})..."
        case _:
            return STILL[state.facts[call.action].outline.operation]


def _about(state: RunState, index: int, text: str, style: Style = Style.PLAIN) -> Line:
    """A sentence on one action, with its number in the plan."""
    address = one_line(state.facts[index].outline.address)
    return Span(f"{address}: ", Style.STRONG), Span(f"{text} ({index + 1}/{len(state.facts)})", style)


def _id(provider_id: str) -> str:
    return f" [id={one_line(provider_id)}]" if provider_id else ""


def _because(failure: Failure) -> str:
    return one_line(f"{failure.code}: {_first(failure.message)}", _REASON_LIMIT)


def _first(message: str) -> str:
    """The first line of a message: what follows is output, and told when all is over."""
    return message.partition("\n")[0]


def _took(call: Call | None, at: float) -> str:
    return f" after {duration(at - call.since)}" if call else ""


# --- calls that do something -------------------------------------------------------------------------------------------


def _of_effect(
    event: events.ActionDispatched | events.ActionIdentified | events.ActionApplied,
    at: float,
    call: Call | None,
    state: RunState,
) -> Said:
    match event:
        case events.ActionDispatched():
            return _dispatched(event, state)
        case events.ActionIdentified():
            return Said(_about(state, event.action, f"Identified{_id(event.provider_id)}, still going on"))
        case events.ActionApplied():
            return _applied(event, at, call, state)


def _dispatched(event: events.ActionDispatched, state: RunState) -> Said:
    outline = state.facts[event.action].outline
    again = f" attempt {event.attempt}" if event.attempt > 1 else ""
    if outline.operation is Operation.REPLACE and not _first_step(state, event.action, event.step):
        text = f"{DOING[STEP_OF[event.step]]}{again} ({_half(event.step)})"
        return Said(_about(state, event.action, text), Weight.NORMAL if again else Weight.DETAIL)
    prior = _id(outline.prior_id) if outline.operation is not Operation.CREATE else ""
    return Said(_about(state, event.action, f"{DOING[outline.operation]}{again}{prior}"))


def _applied(event: events.ActionApplied, at: float, call: Call | None, state: RunState) -> Said:
    action = state.actions[event.action]
    found = call is not None and call.doing is Doing.PROBE
    if failed_nevertheless(action):
        text = f"It is there although the plugin answered with an error{_id(event.provider_id)}"
        return Said(_about(state, event.action, text, Style.BAD), Weight.URGENT)
    outline = state.facts[event.action].outline
    made = next((step.provider_id for step in reversed(action.applied) if step.step is not Step.DELETE), "")
    done = _id(made)
    ending = f", found by {event.via}" if found else f" after {duration(at - action.started_at)}"
    if outline.operation is Operation.REPLACE and not _last_step(state, event.action, event.step):
        text = f"{NOUN[STEP_OF[event.step]]} complete{_took(call, at)}{done} ({_half(event.step)})"
        return Said(_about(state, event.action, text), Weight.DETAIL)
    adopted = ", it was there before" if event.effect is Effect.ADOPTED else ""
    return Said(_about(state, event.action, f"{NOUN[outline.operation]} complete{ending}{adopted}{done}", Style.GOOD))


def failed_nevertheless(action: ActionState) -> bool:
    """Whether what was just found or answered is the effect of a call that failed."""
    return action.error is not None and action.existence is Existence.EXISTS


def _half(step: Step) -> str:
    return "the old object" if step is Step.DELETE else "the new object"


def _first_step(state: RunState, index: int, step: Step) -> bool:
    return next((stop.step for stop in state.facts[index].stops if stop.work is Work.STEP), step) is step


def _last_step(state: RunState, index: int, step: Step) -> bool:
    return next((stop.step for stop in reversed(state.facts[index].stops) if stop.work is Work.STEP), step) is step


# --- calls that did not go well ----------------------------------------------------------------------------------------


def _of_trouble(event: events.ActionEvent, call: Call | None, state: RunState) -> Said | None:
    match event:
        case events.ActionFailed():
            return _failed(event, state)
        case events.ActionNotSent():
            text = f"Not sent: {_because(event.failure)}"
            return Said(_about(state, event.action, text, Style.BAD), Weight.URGENT)
        case events.ActionLeftInDoubt():
            return _in_doubt(event, call, state)
        case events.ProbeStarted():
            return Said(_about(state, event.action, "Reading what is there..."), Weight.DETAIL)
        case events.ActionFoundAbsent():
            return _absent(event, state)
        case events.BackoffStarted():
            return _paused(event, state)
        case events.BackoffElapsed():
            return Said(_about(state, event.action, "Pause over"), Weight.DETAIL)
        case events.ActionSettled():
            return _settled(event, state)
        case _:
            return None


def _failed(event: events.ActionFailed, state: RunState) -> Said:
    noun = NOUN[state.facts[event.action].outline.operation]
    unsure = "; reading what is there" if event.effect is Existence.UNKNOWN else ""
    text = f"{noun} failed: {_because(event.failure)}{unsure}"
    if will_retry(state.actions[event.action]):
        return Said(_about(state, event.action, text, Style.CAUTION))
    return Said(_about(state, event.action, text, Style.BAD), Weight.URGENT)


def _in_doubt(event: events.ActionLeftInDoubt, call: Call | None, state: RunState) -> Said:
    if state.actions[event.action].ending is not None:
        text = f"In doubt: the driver cannot tell either: {_because(event.failure)}"
        return Said(_about(state, event.action, text, Style.BAD), Weight.URGENT)
    asked = call is not None and call.doing is Doing.PROBE
    text = f"{'Still in' if asked else 'In'} doubt: {_because(event.failure)}"
    return Said(_about(state, event.action, text, Style.CAUTION), Weight.DETAIL if asked else Weight.NORMAL)


def _absent(event: events.ActionFoundAbsent, state: RunState) -> Said:
    gone = state.facts[event.action].outline.operation is Operation.DELETE and event.step is Step.DELETE
    text = "Read: the call had no effect" if not gone else "Read: still there"
    return Said(_about(state, event.action, text + ("" if event.proven else ", though that is not proven")))


def _paused(event: events.BackoffStarted, state: RunState) -> Said:
    action = state.actions[event.action]
    if action.doubting is not None:
        return Said(_about(state, event.action, f"Reading again in {tenths(event.seconds)}"), Weight.DETAIL)
    of = f" of {budget(state.facts[event.action], action).max_attempts}" if _resting(action) else ""
    return Said(_about(state, event.action, f"Attempt {event.attempt}{of} in {tenths(event.seconds)}"))


def _resting(action: ActionState) -> bool:
    return action.work not in (Work.WAITING, Work.ENDED)


def will_retry(action: ActionState) -> bool:
    """Whether a failed attempt is not the last word: a pause, a probe or both come next."""
    return action.stand in (Stand.PAUSE_DUE, Stand.PAUSED, Stand.IN_DOUBT, Stand.PROBING)


def _settled(event: events.ActionSettled, state: RunState) -> Said:
    who = f" by {one_line(event.actor)}" if event.actor else ""
    why = f": {one_line(event.reason)}" if event.reason else ""
    return Said(_about(state, event.action, f"Settled as {event.as_}{_id(event.provider_id)}{who}{why}"))


# --- hooks -------------------------------------------------------------------------------------------------------------


def _of_hook(
    event: events.HookStarted | events.HookSucceeded | events.HookFailed,
    at: float,
    call: Call | None,
    state: RunState,
) -> Said:
    name = f"{'undo of ' if event.undo else ''}hook {one_line(event.hook)}"
    match event:
        case events.HookStarted():
            again = f" attempt {event.attempt}" if event.attempt > 1 else ""
            return Said(_about(state, event.action, f"{name} running...{again}"), Weight.DETAIL)
        case events.HookSucceeded():
            if not event.ran:
                return Said(_about(state, event.action, f"{name} had nothing to do"), Weight.DETAIL)
            return Said(_about(state, event.action, f"{name} passed{_took(call, at)}"))
        case events.HookFailed():
            return _hook_failed(event, name, call, state)


def _hook_failed(event: events.HookFailed, name: str, call: Call | None, state: RunState) -> Said:
    tries = f" after {call.attempt} attempts" if call and call.attempt > 1 else ""
    why = _first(event.failure.message).removeprefix(f"hook {event.hook}: ")
    text = f"{name} failed{tries}: {one_line(why, _REASON_LIMIT)}"
    if will_retry(state.actions[event.action]) and not event.in_doubt:
        return Said(_about(state, event.action, text, Style.CAUTION))
    spec = next((spec for spec in state.begun.hooks if spec.name == event.hook), None)
    consequence, style = _consequence(spec, undo=event.undo)
    weight = Weight.URGENT if style is Style.BAD else Weight.NORMAL
    return Said(_about(state, event.action, text + consequence, style), weight)


def _consequence(spec: HookSpec | None, *, undo: bool) -> tuple[str, Style]:
    """What a hook's final failure means for the rest."""
    if spec is None or undo:
        return "", Style.BAD
    if spec.on is HookPoint.COMPLETE:
        return "; it only watches", Style.CAUTION
    if spec.on is HookPoint.BEFORE:
        return "; not sent, and nothing new will start", Style.BAD
    match spec.on_failure:
        case HookFailure.STOP:
            return "; nothing new will start", Style.BAD
        case HookFailure.CONTINUE:
            return "; the rest goes on", Style.BAD
        case HookFailure.WARN:
            return "; only a warning", Style.CAUTION


# --- undos -------------------------------------------------------------------------------------------------------------


def _of_undo(
    event: events.CompensationStarted | events.CompensationSucceeded | events.CompensationFailed,
    at: float,
    call: Call | None,
    state: RunState,
) -> Said:
    match event:
        case events.CompensationStarted():
            again = f" attempt {event.attempt}" if event.attempt > 1 else ""
            return Said(_about(state, event.action, f"Undoing ({event.undo})...{again}"))
        case events.CompensationSucceeded():
            proof = f", verified: {one_line(event.evidence)}" if event.evidence else ""
            text = f"Undone ({event.undo}){_took(call, at)}{proof}{_id(event.provider_id)}"
            return Said(_about(state, event.action, text, Style.GOOD))
        case events.CompensationFailed():
            what = "refused" if event.refused else "failed"
            text = f"Undo ({event.undo}) {what}: {_because(event.failure)}"
            if will_retry(state.actions[event.action]) and not event.refused:
                return Said(_about(state, event.action, text, Style.CAUTION))
            return Said(_about(state, event.action, text, Style.BAD), Weight.URGENT)


# --- the run as a whole ------------------------------------------------------------------------------------------------


def _of_run(event: events.RunEvent, sent: int, state: RunState) -> Said:
    match event:
        case events.RunStarted():
            return Said(line(f"Run started: {plural(len(event.actions), 'action')}"), Weight.DETAIL)
        case events.RunResumed():
            return Said(line(f"Run resumed, epoch {event.epoch}: what was in flight is looked up first"))
        case events.CancelRequested():
            return _cancelled(event, sent)
        case events.RollbackRequested():
            return Said(line(_rolled_back(event, state)))
        case events.RunFinished():
            return Said(line(f"Run finished: {event.result}, exit {event.exit_code}"), Weight.DETAIL)
        case events.FinalizeStarted():
            return Said(line(f"provider {one_line(event.provider)}: Finishing..."))
        case events.FinalizeReported():
            return _finalized(event)
        case events.FinalizeLost():
            lost = plural(len(event.actions), "action")
            text = f"provider {one_line(event.provider)}: deferred work of {lost} was lost with its process"
            return Said(line(text, Style.BAD), Weight.URGENT)
        case events.StateEdited():
            return Said(line(_edited(event)))


def _rolled_back(event: events.RollbackRequested, state: RunState) -> str:
    what = f"Rollback: {plural(len(event.actions), 'action')} to undo"
    for word, indices in (("skipped", event.skipped), ("orphaned", event.orphaned)):
        addresses = [state.facts[index].outline.address for index in indices]
        what += f", {word} {names(addresses, 20)}" if addresses else ""
    by = f"; asked for by {one_line(event.actor)}" if event.actor else ""
    return what + by + (f": {one_line(event.reason)}" if event.reason else "")


def _edited(event: events.StateEdited) -> str:
    what = one_line(" ".join(("State edited:", event.verb, *event.arguments)), 200)
    count = f" ({plural(len(event.put), 'resource')} written, {len(event.gone)} forgotten)"
    by = f", by {one_line(event.actor)}" if event.actor else ""
    return what + count + by + (f": {one_line(event.reason)}" if event.reason else "")


def _finalized(event: events.FinalizeReported) -> Said:
    provider = f"provider {one_line(event.provider)}: "
    if event.errors:
        return Said(line(f"{provider}Finishing failed: {names(event.errors, most=3)}", Style.BAD), Weight.URGENT)
    return Said(line(f"{provider}Finished"))


def _cancelled(event: events.CancelRequested, sent: int) -> Said:
    reason = one_line(event.reason)
    if event.stage > 1:
        text = f"Stopping at once ({reason}): {plural(sent, 'call')} in flight given up, to be looked up on resume"
    elif sent:
        text = f"Stopping ({reason}): nothing new will start; waiting for {plural(sent, 'call')} in flight"
    else:
        text = f"Stopping ({reason}): nothing new will start"
    return Said(line(text, Style.CAUTION), Weight.URGENT)

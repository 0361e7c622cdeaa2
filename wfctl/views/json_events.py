"""The events of a run as messages for programs.

Knows nothing of lines and time stamps. Every `apply_start` is followed by an `apply_complete`, an `apply_errored`, or, when
the call is made again, by `retry_scheduled` and another start; a call in doubt first says `in_doubt`, then what was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from wfctl.core import events
from wfctl.core.action import ActionState, Ending, budget
from wfctl.core.events import Recorded
from wfctl.core.itinerary import Work
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Operation
from wfctl.core.run import RunState
from wfctl.views.in_flight import Call, Doing
from wfctl.views.json_parts import ERROR, WARN, Message, cut, failure_parts, identity, seconds
from wfctl.views.line import one_line
from wfctl.views.progress import failed_nevertheless, will_retry
from wfctl.views.wording import STILL


class Moment(NamedTuple):
    """One event with what is needed to tell it: the call it begins or answers, the state, the resource it is about."""

    recorded: Recorded
    call: Call | None
    state: RunState
    resource: object


def messages(now: Moment) -> Iterable[Message]:
    """What one event comes to: none, one, or two where doubt ends and the action with it."""
    event = now.recorded.event
    match event:
        case events.ActionDispatched():
            hook = _hook(now, event.action, event.step, event.attempt) | {"idempotency_key": event.key}
            prior = now.state.facts[event.action].outline.prior_id
            return [Message("apply_start", "hook", hook | identity(prior if event.step != "create" else ""))]
        case events.ActionIdentified():
            hook = _hook(now, event.action, "create", _attempt(now)) | identity(event.provider_id)
            return [Message("identity_recorded", "hook", hook)]
        case events.ActionApplied() | events.ActionFailed() | events.ActionNotSent():
            return _answered(now, event)
        case events.ActionLeftInDoubt() | events.ActionFoundAbsent():
            return _unclear(now, event)
        case events.BackoffStarted():
            return _paused(now, event)
        case events.ActionSettled():
            return [_resolved(now, event.action, _SETTLED[event.as_], "operator")]
        case events.HookStarted() | events.HookSucceeded() | events.HookFailed():
            return _hooked(now, event)
        case events.CompensationStarted() | events.CompensationSucceeded() | events.CompensationFailed():
            return _compensated(now, event)
        case _:
            return _run_wide(now, event)


_SETTLED: Final = {"present": "applied", "absent": "not_applied", "restored": "restored"}


def progress_message(call: Call, now: float, state: RunState, about: object) -> Message | None:
    """A sign of life of a call, in Terraform's terms; hooks and undos have none there."""
    if call.doing not in (Doing.STEP, Doing.PROBE):
        return None
    hook = {"resource": about, "action": call.what, "elapsed_seconds": int(now - call.since)}
    hook |= {"run_id": state.begun.run_id, "plan_index": call.action, "attempt": call.attempt}
    outline = state.facts[call.action].outline
    doing = "Still reading..." if call.doing is Doing.PROBE else STILL[outline.operation]
    text = f"{one_line(outline.address)}: {doing} [{int(now - call.since)}s elapsed]"
    return Message("apply_progress", "hook", hook, text)


def _hook(now: Moment, index: int, action: str, attempt: int) -> dict[str, object]:
    return {
        "resource": now.resource,
        "action": action,
        "run_id": now.state.begun.run_id,
        "seq": now.recorded.seq,
        "plan_index": index,
        "attempt": attempt,
    }


def _attempt(now: Moment) -> int:
    return now.call.attempt if now.call and now.call.doing is Doing.STEP else 1


def _elapsed(now: Moment) -> dict[str, object]:
    return {"elapsed_seconds": seconds(now.recorded.at - now.call.since) if now.call else 0}


def _answered(
    now: Moment, event: events.ActionApplied | events.ActionFailed | events.ActionNotSent
) -> Iterable[Message]:
    action = now.state.actions[event.action]
    match event:
        case events.ActionApplied():
            return _applied(now, event, action)
        case events.ActionNotSent():
            return [_errored(now, event, event.failure, "SKIPPED")]
        case events.ActionFailed() if event.effect is Existence.UNKNOWN and action.error is None:
            return [_in_doubt(now, event)]
        case events.ActionFailed() if will_retry(action):
            return []
        case events.ActionFailed():
            return [_errored(now, event, event.failure)]


def _applied(now: Moment, event: events.ActionApplied, action: ActionState) -> Iterable[Message]:
    probed = now.call is not None and now.call.doing is Doing.PROBE
    found = [_resolved(now, event.action, "applied", f"read_by_{event.via}")] if probed else []
    if failed_nevertheless(action) and action.error is not None:
        return [*found, _errored(now, event, action.error)]
    hook = _hook(now, event.action, event.step, _attempt(now)) | identity(event.provider_id) | _elapsed(now)
    return [*found, Message("apply_complete", "hook", hook | {"effect": event.effect})]


def _unclear(now: Moment, event: events.ActionLeftInDoubt | events.ActionFoundAbsent) -> Iterable[Message]:
    action = now.state.actions[event.action]
    if isinstance(event, events.ActionLeftInDoubt):
        if action.ending is Ending.UNSETTLED:
            return [_errored(now, event, action.error or event.failure, in_doubt=True)]
        return [] if now.call is not None and now.call.doing is Doing.PROBE else [_in_doubt(now, event)]
    if action.ending is Ending.UNSETTLED and action.error is not None:
        return [_errored(now, event, action.error, in_doubt=True)]
    settled = _resolved(now, event.action, "not_applied", "read")
    return [settled, _errored(now, event, action.error)] if action.error is not None else [settled]


def _in_doubt(now: Moment, event: events.ActionFailed | events.ActionLeftInDoubt) -> Message:
    hook = _hook(now, event.action, event.step, _attempt(now)) | {"cause": failure_parts(event.failure)}
    return Message("in_doubt", "hook", hook, level=WARN)


def _resolved(now: Moment, index: int, resolution: str, via: str) -> Message:
    hook = _hook(now, index, now.state.facts[index].outline.operation, _attempt(now))
    return Message("in_doubt_resolved", "hook", hook | {"resolution": resolution, "via": via})


_Ended = (
    events.ActionApplied
    | events.ActionFailed
    | events.ActionNotSent
    | events.ActionLeftInDoubt
    | events.ActionFoundAbsent
)


def _errored(now: Moment, event: _Ended, failure: Failure, status: str = "", *, in_doubt: bool = False) -> Message:
    deleting = now.state.facts[event.action].outline.operation is Operation.DELETE
    hook = _hook(now, event.action, event.step, _attempt(now)) | _elapsed(now)
    hook |= {
        "status": status or ("DELETE_FAILED" if deleting else "ERROR"),
        "error": failure_parts(failure),
        "in_doubt": in_doubt,
        "effect": now.state.actions[event.action].existence,
    }
    return Message("apply_errored", "hook", hook, level=ERROR)


def _paused(now: Moment, event: events.BackoffStarted) -> Iterable[Message]:
    action = now.state.actions[event.action]
    facts = now.state.facts[event.action]
    if action.doubting is not None or action.work is Work.ENDED:
        return []
    hook = _hook(now, event.action, facts.outline.operation, event.attempt) | {
        "of": action.work,
        "max": budget(facts, action).max_attempts,
        "delay_seconds": seconds(event.seconds),
        "error_code": action.doubt.code if action.doubt else None,
        "error": failure_parts(action.doubt),
    }
    return [Message("retry_scheduled", "hook", hook, level=WARN)]


def _hooked(now: Moment, event: events.HookStarted | events.HookSucceeded | events.HookFailed) -> Iterable[Message]:
    spec = next((spec for spec in now.state.begun.hooks if spec.name == event.hook), None)
    attempt = now.call.attempt if now.call else 1
    hook: dict[str, object] = {
        "hook": event.hook,
        "resource": now.resource,
        "phase": spec.on if spec else None,
        "run_id": now.state.begun.run_id,
        "seq": now.recorded.seq,
        "plan_index": event.action,
        "attempt": attempt,
        "undo": event.undo,
    }
    match event:
        case events.HookStarted():
            return [Message("hook_start", "hook", hook)]
        case events.HookSucceeded():
            return [Message("hook_complete", "hook", hook | _elapsed(now) | {"ran": event.ran})]
        case events.HookFailed():
            if will_retry(now.state.actions[event.action]) and not event.in_doubt:
                return []
            failed = {"error": failure_parts(event.failure), "in_doubt": event.in_doubt}
            return [Message("hook_errored", "hook", hook | _elapsed(now) | failed, level=ERROR)]


def _compensated(
    now: Moment, event: events.CompensationStarted | events.CompensationSucceeded | events.CompensationFailed
) -> Iterable[Message]:
    undo: dict[str, object] = {
        "resource": now.resource,
        "undo_action": event.undo,
        "of_action": now.state.facts[event.action].outline.operation,
        "run_id": now.state.begun.run_id,
        "seq": now.recorded.seq,
        "plan_index": event.action,
        "attempt": now.call.attempt if now.call else 1,
    }
    match event:
        case events.CompensationStarted():
            reason = now.state.actions[event.action].error
            started = undo | {"reason": failure_parts(reason), "idempotency_key": event.key}
            return [Message("compensation_start", "compensation", started)]
        case events.CompensationSucceeded():
            done = undo | _elapsed(now) | {"verified": event.evidence} | identity(event.provider_id)
            return [Message("compensation_complete", "compensation", done)]
        case events.CompensationFailed():
            if will_retry(now.state.actions[event.action]) and not event.refused:
                return []
            failed = {"error": failure_parts(event.failure), "refused": event.refused}
            return [Message("compensation_errored", "compensation", undo | _elapsed(now) | failed, level=ERROR)]


def _run_wide(now: Moment, event: events.Event) -> Iterable[Message]:
    match event:
        case events.CancelRequested():
            flying = [
                now.state.facts[index].outline.address
                for index, action in enumerate(now.state.actions)
                if action.ending is None and action.started_at
            ]
            payload = {"signal": event.reason, "stage": event.stage, "final": event.final, "in_flight": flying}
            return [Message("interrupted", "interrupted", payload, level=WARN)]
        case events.RollbackRequested():
            return [_rollback(now.state, event)]
        case events.FinalizeReported():
            return [_finalize_error(event.provider, text) for text in event.errors]
        case events.FinalizeLost():
            return [_finalize_error(event.provider, event.reason or "deferred work was lost with its process")]
        case _:
            return []


def _rollback(state: RunState, event: events.RollbackRequested) -> Message:
    def addresses(indices: tuple[int, ...]) -> list[str]:
        return [state.facts[index].outline.address for index in indices]

    payload = {
        "actions": addresses(event.actions),
        "skipped": addresses(event.skipped),
        "orphaned": addresses(event.orphaned),
        "again": event.again,
        "actor": event.actor,
        "reason": event.reason,
    }
    return Message("rollback_start", "rollback", payload)


def _finalize_error(provider: str, text: str) -> Message:
    summary = f"provider {one_line(provider)}: finishing failed"
    payload = {"severity": "error", "summary": summary, "detail": cut(text), "code": "finalize_failed"}
    return Message("diagnostic", "diagnostic", payload, f"Error: {summary}", ERROR)

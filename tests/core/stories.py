"""The facts and orders that stories are told with. Actions are named by plan index."""

from __future__ import annotations

from tests.core.playbook import Order, order
from wfctl.core import events
from wfctl.core.commands import (
    CompensateAction,
    DispatchAction,
    Finalize,
    ProbeAction,
    ProbePurpose,
    RunHook,
    StartBackoff,
    UndoKind,
)
from wfctl.core.outcome import Existence, Failure
from wfctl.core.plan import Effect, HookFailure, HookPoint, HookSpec, Provenance, Step

NO = Failure(code="refused", message="no")
LATER = Failure(code="rate_limited", message="later", retryable=True)
LOST = Failure(code="unavailable", message="the connection is gone")

_EFFECTS = {Step.CREATE: Effect.CREATED, Step.UPDATE: Effect.UPDATED, Step.DELETE: Effect.DELETED}


def hook(name: str, on: HookPoint = HookPoint.APPLIED, **more: object) -> HookSpec:
    options = {"on_failure": HookFailure.STOP, **more}
    return HookSpec(name=name, on=on, exec=("true",), **options)  # type: ignore[arg-type]


# --- facts ---


def applied(
    action: int, step: Step = Step.CREATE, *, provider_id: str = "", provenance: Provenance = Provenance.CREATED
) -> events.ActionApplied:
    adopted = provenance is not Provenance.CREATED and step is Step.CREATE
    return events.ActionApplied(
        action=action,
        step=step,
        effect=Effect.ADOPTED if adopted else _EFFECTS[step],
        provider_id=provider_id or f"made-{action}",
        provenance=provenance,
    )


def failed(
    action: int,
    step: Step = Step.CREATE,
    *,
    failure: Failure = NO,
    effect: Existence = Existence.NONE,
    provider_id: str = "",
) -> events.ActionFailed:
    return events.ActionFailed(action=action, step=step, failure=failure, effect=effect, provider_id=provider_id)


def lost(action: int, step: Step = Step.CREATE) -> events.ActionLeftInDoubt:
    return events.ActionLeftInDoubt(action=action, step=step, failure=LOST)


def absent(action: int, step: Step = Step.CREATE, *, proven: bool = True) -> events.ActionFoundAbsent:
    return events.ActionFoundAbsent(action=action, step=step, proven=proven)


def elapsed(action: int) -> events.BackoffElapsed:
    return events.BackoffElapsed(action=action)


def hook_ok(action: int, name: str, *, undo: bool = False) -> events.HookSucceeded:
    return events.HookSucceeded(action=action, hook=name, undo=undo)


def hook_failed(action: int, name: str, *, undo: bool = False) -> events.HookFailed:
    return events.HookFailed(action=action, hook=name, failure=NO, undo=undo)


def undone(action: int, kind: UndoKind = UndoKind.DELETE) -> events.CompensationSucceeded:
    return events.CompensationSucceeded(action=action, undo=kind, evidence="read")


def undo_failed(
    action: int, kind: UndoKind = UndoKind.DELETE, *, failure: Failure = NO, refused: bool = False
) -> events.CompensationFailed:
    return events.CompensationFailed(action=action, undo=kind, failure=failure, refused=refused)


def cancelled(*, stage: int = 1, reason: str = "SIGINT", final: bool = False) -> events.CancelRequested:
    return events.CancelRequested(reason=reason, stage=stage, final=final)


def resumed(epoch: int = 2) -> events.RunResumed:
    return events.RunResumed(epoch=epoch)


# --- orders ---


def dispatch(action: int, step: Step = Step.CREATE, **more: object) -> Order:
    return order(DispatchAction, action=action, step=step, **more)


def probe(action: int, purpose: ProbePurpose = ProbePurpose.DOUBT, **more: object) -> Order:
    return order(ProbeAction, action=action, purpose=purpose, **more)


def backoff(action: int, **more: object) -> Order:
    return order(StartBackoff, action=action, **more)


def run_hook(action: int, name: str, **more: object) -> Order:
    return order(RunHook, action=action, hook=name, **more)


def undo(action: int, kind: UndoKind = UndoKind.DELETE, **more: object) -> Order:
    return order(CompensateAction, action=action, undo=kind, **more)


def finalize(*applied_actions: int) -> Order:
    return order(Finalize, applied=applied_actions)

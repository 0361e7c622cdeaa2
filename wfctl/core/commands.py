"""Every order to the outside, imperative, and the intent that must be durable before it is carried out.

Commands are derived from state by `wfctl.core.decide` and never stored; events are in `wfctl.core.events`.
"""

from __future__ import annotations

import enum
from typing import assert_never

import msgspec

from wfctl.core import events
from wfctl.core.outcome import RunResult
from wfctl.core.plan import Step


class ProbePurpose(enum.StrEnum):
    """Why the driver is asked: a call is in doubt, or an answered failure is to be verified."""

    DOUBT = "doubt"
    VERIFY = "verify"


class UndoKind(enum.StrEnum):
    """How one applied step is taken back."""

    DELETE = "delete"
    RESTORE = "restore"
    RECREATE = "recreate"
    CUSTOM = "custom"


class DispatchAction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Send one mutating call. `provider_id` addresses updates and deletes; `key` is the same on every attempt."""

    action: int
    step: Step
    attempt: int
    key: str
    provider_id: str = ""


class ProbeAction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Ask the driver whether a step took effect. `may_repeat`: a proven absence will be followed by another send."""

    action: int
    step: Step
    attempt: int
    key: str
    purpose: ProbePurpose
    provider_id: str = ""


class StartBackoff(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Wait before the next attempt."""

    action: int
    attempt: int
    seconds: float


class RunHook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Run one hook for one action. `status` is the tag so far, for observers."""

    action: int
    hook: str
    attempt: int
    key: str
    undo: bool = False
    status: int = 0


class CompensateAction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Take one applied step back. `provider_id` is the object to act on, never a name alone."""

    action: int
    undo: UndoKind
    attempt: int
    key: str
    forward_key: str
    provider_id: str = ""


class Finalize(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Ask a provider to flush what it deferred. `applied` are the actions that keep an effect."""

    provider: str
    attempt: int
    key: str
    applied: tuple[int, ...] = ()


class FinishRun(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Record the end of the loop."""

    result: RunResult
    exit_code: int


Command = DispatchAction | ProbeAction | StartBackoff | RunHook | CompensateAction | Finalize | FinishRun


def intent(command: Command) -> events.Event:
    """The fact that must be durable before the command is carried out."""
    match command:
        case DispatchAction():
            return events.ActionDispatched(
                action=command.action, step=command.step, attempt=command.attempt, key=command.key
            )
        case ProbeAction():
            return events.ProbeStarted(action=command.action, step=command.step, attempt=command.attempt)
        case StartBackoff():
            return events.BackoffStarted(action=command.action, attempt=command.attempt, seconds=command.seconds)
        case RunHook():
            return events.HookStarted(
                action=command.action,
                hook=command.hook,
                attempt=command.attempt,
                key=command.key,
                undo=command.undo,
            )
        case CompensateAction():
            return events.CompensationStarted(
                action=command.action, undo=command.undo, attempt=command.attempt, key=command.key
            )
        case Finalize():
            return events.FinalizeStarted(provider=command.provider, attempt=command.attempt, key=command.key)
        case FinishRun():
            return events.RunFinished(result=command.result, exit_code=command.exit_code)
        case _:
            assert_never(command)

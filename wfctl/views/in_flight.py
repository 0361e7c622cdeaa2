"""What is going on at the moment, followed by events alone: one call, hook, undo or pause for each action at most.

Knows nothing of how it is shown. It exists so that a view can say how long something took and that it still goes on.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final

from wfctl.core import events
from wfctl.core.events import Recorded

BEAT: Final = 10.0
"""Seconds between two signs of life of the same call."""


class Doing(enum.StrEnum):
    """What sort of thing is going on."""

    STEP = "step"
    PROBE = "probe"
    PAUSE = "pause"
    HOOK = "hook"
    HOOK_UNDO = "hook_undo"
    UNDO = "undo"
    FINALIZE = "finalize"


class Call:
    """One thing that goes on: `action` is its plan index (-1 for a provider's finalize), `since` Unix seconds."""

    __slots__ = ("action", "attempt", "beats", "doing", "since", "what")

    def __init__(self, action: int, doing: Doing, what: str, attempt: int, since: float) -> None:
        self.action = action
        self.doing = doing
        self.what = what
        self.attempt = attempt
        self.since = since
        self.beats = 0


_ENDS: Final = frozenset(
    {
        events.ActionApplied,
        events.ActionFailed,
        events.ActionNotSent,
        events.ActionLeftInDoubt,
        events.ActionFoundAbsent,
        events.ActionSettled,
        events.BackoffElapsed,
        events.HookSucceeded,
        events.HookFailed,
        events.CompensationSucceeded,
        events.CompensationFailed,
    }
)


class InFlight:
    """The calls that were begun and not answered yet."""

    def __init__(self) -> None:
        self.calls: dict[int | str, Call] = {}

    def follow(self, recorded: Recorded) -> Call | None:
        """Take one event; the call that it begins or answers, if it was seen to begin."""
        event = recorded.event
        if type(event) in _ENDS:
            return self.calls.pop(event.action, None)  # type: ignore[union-attr]  # every end names its action
        match event:
            case events.ActionDispatched():
                return self._begin(Call(event.action, Doing.STEP, event.step, event.attempt, recorded.at))
            case events.HookStarted():
                doing = Doing.HOOK_UNDO if event.undo else Doing.HOOK
                return self._begin(Call(event.action, doing, event.hook, event.attempt, recorded.at))
            case events.CompensationStarted():
                return self._begin(Call(event.action, Doing.UNDO, event.undo, event.attempt, recorded.at))
            case events.ProbeStarted():
                return self._begin(Call(event.action, Doing.PROBE, event.step, event.attempt, recorded.at))
            case events.BackoffStarted():
                return self._begin(Call(event.action, Doing.PAUSE, "", event.attempt, recorded.at))
            case events.ActionIdentified() | events.ActionClearBefore():
                return self.calls.get(event.action)
            case _:
                return self._follow_run(recorded)

    def _follow_run(self, recorded: Recorded) -> Call | None:
        match recorded.event:
            case events.FinalizeStarted(provider=provider, attempt=attempt):
                call = Call(-1, Doing.FINALIZE, provider, attempt, recorded.at)
                self.calls[provider] = call
                return call
            case events.FinalizeReported(provider=provider) | events.FinalizeLost(provider=provider):
                return self.calls.pop(provider, None)
            case events.RunResumed() | events.RunFinished():
                self.calls.clear()
                return None
            case _:
                return None

    def _begin(self, call: Call) -> Call:
        self.calls[call.action] = call
        return call

    def sent(self) -> list[Call]:
        """The calls whose answers are waited for; a pause has none."""
        return [call for call in self.calls.values() if call.doing is not Doing.PAUSE]

    def beat(self, now: float) -> Iterator[Call]:
        """The calls for which another sign of life is due, each at most once however long nobody asked."""
        for call in self.calls.values():
            beats = int((now - call.since) / BEAT)
            if beats > call.beats and call.doing is not Doing.PAUSE:
                call.beats = beats
                yield call

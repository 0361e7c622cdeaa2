"""A run that is only imagined: the real core, with a world that answers at once.

Knows nothing of why it is played, nor of the order that calls are really answered in: here it is the order of sending, but
once something has gone wrong, what that action wants goes first.
"""

from __future__ import annotations

from collections import deque

from wfctl.core.commands import Command, Finalize, FinishRun, intent
from wfctl.core.decide import decide
from wfctl.core.events import CancelRequested, Event, Recorded, RunStarted
from wfctl.core.mishap import Mishap, MishapKind, World
from wfctl.core.run import RunState, evolve

_STOPPED = CancelRequested(reason="SIGINT")


class Imagined:
    """A run as far as it is played.

    `flying` is what has been ordered and not answered, `mishap` what goes wrong, `focus` the action at which it has. With
    `take_back` false it is over when it has come to rest, also where everything is then to be undone.
    """

    __slots__ = ("_world", "flying", "focus", "mishap", "state", "take_back")

    def __init__(self, world: World, *, take_back: bool = True) -> None:
        self._world = world
        self.state = RunState()
        self.take_back = take_back
        self.mishap: Mishap | None = None
        self.focus: int | None = None
        self.flying: deque[Command] = deque()

    def fork(self) -> Imagined:
        """An independent copy."""
        copy = Imagined(self._world, take_back=self.take_back)
        copy.state = self.state.fork()
        copy.mishap = self.mishap
        copy.focus = self.focus
        copy.flying = self.flying.copy()
        return copy

    def record(self, event: Event) -> None:
        """Take a fact; its time is its number."""
        seq = self.state.seq + 1
        evolve(self.state, Recorded(seq=seq, at=float(seq), event=event), take_back=self.take_back)

    def order(self) -> None:
        """Put what is to be done now into flight, or end the run."""
        urgent: list[Command] = []
        for command in decide(self.state):
            self.record(intent(command))
            if isinstance(command, FinishRun):
                return
            mine = not isinstance(command, Finalize) and command.action == self.focus
            (urgent if mine else self.flying).append(command)
        self.flying.extendleft(reversed(urgent))

    def answer(self, command: Command) -> None:
        """Let a command that was taken out of the air be answered."""
        self.record(self._world.answer(self.state, command, self.mishap))

    def go_wrong(self, mishap: Mishap, command: Command) -> None:
        """Let it happen: at a command that was taken out of the air, or (cancelled) while that is still in it."""
        self.mishap = mishap
        self.focus = mishap.root.action
        if mishap.kind is MishapKind.CANCELLED:
            self.record(_STOPPED)
            self.flying.appendleft(command)
        else:
            self.answer(command)

    def finish(self) -> None:
        """Play it to its end."""
        self.order()
        while self.state.finished is None:
            self.answer(self.flying.popleft())
            self.order()


def begun(world: World, started: RunStarted, *, take_back: bool = True) -> Imagined:
    """A run at its beginning, with its first calls in flight."""
    run = Imagined(world, take_back=take_back)
    run.record(started)
    run.order()
    return run


def replayed(world: World, started: RunStarted, mishap: Mishap | None = None) -> RunState:
    """A whole run, from its first fact to its last; `mishap` happens as soon as it can."""
    run = begun(world, started)
    while run.state.finished is None:
        command = run.flying.popleft()
        if mishap is not None and run.mishap is None and mishap.root.strikes(command):
            run.go_wrong(mishap.root, command)
            run.mishap = mishap
        else:
            run.answer(command)
        run.order()
    return run.state

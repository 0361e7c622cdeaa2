"""What would be left behind if one thing went wrong: every single mishap of a run, played through the real core.

The run is played once without a mishap, and forked wherever something may go wrong. A fork is not played to its very end:

- Where a failure stops nothing, an action that does not need the failed one ends as it would have ended without the failure.
  So the fork is over as soon as the action in question is, and the rest is taken from the run without a mishap.
- Where everything is to be taken back, the end is foreseen (`wfctl.core.fates`), unless a limit of deletions makes it matter in
  which order that happens.

Knows nothing of drivers and files: it is given what a run would be started with.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from itertools import compress

import msgspec

from wfctl.core.action import ActionState, Ending, live_effect
from wfctl.core.aftermath import Left, Mark, Tally, mark, rank
from wfctl.core.assess import exit_code, result_of
from wfctl.core.commands import Command
from wfctl.core.events import RunStarted
from wfctl.core.fates import End, Fates, Undoing, fates, members, not_undone, taken_back
from wfctl.core.imagine import Imagined, begun
from wfctl.core.itinerary import Work
from wfctl.core.mishap import Mishap, MishapKind, World, failed_undo, mishaps
from wfctl.core.outcome import Counts, RunResult
from wfctl.core.plan import OnFailure
from wfctl.core.run import RunState

MOST_LEFT = 100
"""How many of the things that one mishap leaves behind are named. All of them are counted."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One mishap, and how the run would end. `left` are the worst of the `left_behind` things that would be left."""

    mishap: Mishap
    result: RunResult
    exit_code: int
    counts: Counts
    left_behind: int
    left: tuple[Left, ...] = ()


def what_if(started: RunStarted, world: World) -> list[Scenario]:
    """Every single mishap of a run, in the order in which they could happen; failed undos of the whole run come last."""
    return _Inquiry(started, world).scenarios()


def worst_first(scenarios: list[Scenario]) -> list[Scenario]:
    """Those that leave most first; of as many, the graver first."""
    return sorted(scenarios, key=lambda one: (-one.left_behind, *(rank(left) for left in one.left[:1])))


def judged(run: RunState, mishap: Mishap) -> Scenario:
    """The scenario of a run that was played to its end."""
    tally, left = Tally(), list[Left]()
    for index in range(len(run.actions)):
        _count(tally, left, mark(run, index))
    return _told(run, mishap, tally, left, taken_back=run.undoing)


def _told(run: RunState, mishap: Mishap, tally: Tally, left: list[Left], *, taken_back: bool) -> Scenario:
    signs = tally.signs(taken_back=taken_back)
    result = result_of(run, signs)
    return Scenario(
        mishap=mishap,
        result=result,
        exit_code=exit_code(run, result, signs),
        counts=tally.counts(),
        left_behind=tally.left,
        left=tuple(sorted(left, key=rank)[:MOST_LEFT]),
    )


def _count(tally: Tally, left: list[Left], found: Mark) -> None:
    tally.add(found)
    if found.left is not None:
        left.append(found.left)


class _Trunk:
    """The run without a mishap as far as it is played, with its marks. `alive` have an effect (a set as in `fates`)."""

    def __init__(self, run: Imagined) -> None:
        self.run = run
        self.marks = [mark(run.state, index) for index in range(len(run.state.actions))]
        self.tally = Tally()
        for one in self.marks:
            self.tally.add(one)
        self.alive = 0
        self._seen = run.state.actions.copy()

    def look(self) -> None:
        """Take note of what has changed since the last look."""
        actions = self.run.state.actions
        for index in _changed(actions, self._seen):
            self._seen[index] = actions[index]
            self.tally.add(self.marks[index], -1)
            self.marks[index] = mark(self.run.state, index)
            self.tally.add(self.marks[index])
            self.alive |= live_effect(actions[index]) << index

    def finish(self) -> None:
        """Play it to its end."""
        self.run.finish()
        self.look()


def _changed(now: list[ActionState], before: list[ActionState]) -> Iterator[int]:
    """The actions that are not the same. States are frozen, so identity tells."""
    return compress(range(len(now)), map(operator.is_not, now, before))


class _Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A mishap after which everything is taken back: in `fork`, at `command`. `run` is how the run stood when it was over."""

    mishap: Mishap
    command: Command
    fork: Imagined
    run: RunState
    undoing: Undoing | None


class _Inquiry:
    """All mishaps of one run."""

    def __init__(self, started: RunStarted, world: World) -> None:
        self._started = started
        self._world = world
        self._found: list[Scenario] = []
        self._end = _Trunk(begun(world, started))
        self._end.finish()
        self._fates: Fates | None = None
        self._undoing: Undoing | None = None
        self._trigger: _Trigger | None = None
        compensates = started.policy.on_failure is OnFailure.COMPENSATE
        self._trigger_kind = MishapKind.REFUSED if compensates else MishapKind.CANCELLED
        self._foreseeable = started.policy.max_compensations <= 0

    def scenarios(self) -> list[Scenario]:
        """Play all of them."""
        trunk = _Trunk(begun(self._world, self._started, take_back=not self._foreseeable))
        while trunk.run.flying:
            trunk.look()
            command = trunk.run.flying.popleft()
            for mishap in mishaps(trunk.run.state, command):
                self._fork(trunk, command, mishap)
            trunk.run.answer(command)
            trunk.run.order()
        if self._trigger is not None:
            self._fail_undos(self._trigger)
        return self._found

    def _fork(self, trunk: _Trunk, command: Command, mishap: Mishap) -> None:
        run = trunk.run.fork()
        run.go_wrong(mishap, command)
        self._play(trunk, run)
        if run.state.wants_undo and mishap.kind is self._trigger_kind:
            fork = trunk.run if self._foreseeable else trunk.run.fork()
            self._trigger = _Trigger(mishap=mishap, command=command, fork=fork, run=run.state, undoing=self._undoing)

    def _play(self, trunk: _Trunk, run: Imagined) -> None:
        """Play a fork until it is known how it ends, and on the way whatever may go wrong with its own undo."""
        while not self._over(run):
            run.order()
            command = run.flying.popleft()
            self._fail_own_undo(trunk, run, command)
            run.answer(command)
        self._found.append(self._concluded(trunk, run))

    def _fail_own_undo(self, trunk: _Trunk, run: Imagined, command: Command) -> None:
        if run.mishap is None or run.mishap.after is not None or run.state.undoing:
            return
        mishap = failed_undo(command, run.mishap)
        if mishap is not None and mishap.action == run.focus:
            other = run.fork()
            other.go_wrong(mishap, command)
            self._play(trunk, other)

    def _over(self, run: Imagined) -> bool:
        if run.state.halted:
            return run.state.quiet()
        return run.state.actions[run.focus or 0].work is Work.ENDED

    # --- how a fork ends -----------------------------------------------------------------------------------------------

    def _concluded(self, trunk: _Trunk, run: Imagined) -> Scenario:
        state, mishap = run.state, run.mishap
        assert mishap is not None  # noqa: S101  (a fork is made for a mishap)
        if not state.halted:
            return self._as_without(trunk, state, mishap)
        if state.wants_undo and self._foreseeable:
            self._undoing = self._about_to_undo(trunk, state)
            return _foreseen(state, mishap, self._taken_back(self._undoing))
        tally, left = trunk.tally.copy(), list[Left]()
        for index in _changed(state.actions, trunk.run.state.actions):
            tally.add(trunk.marks[index], -1)
            _count(tally, left, mark(state, index))
        if state.resumable and tally.unrested == 0:
            run.finish()  # whether anything is left for a resume depends on what providers have flushed
        return _told(state, mishap, tally, left, taken_back=state.undoing)

    def _as_without(self, trunk: _Trunk, state: RunState, mishap: Mishap) -> Scenario:
        """Nothing is stopped: what has not ended yet ends as it does without the mishap."""
        tally, left = self._end.tally.copy(), list[Left]()
        for index in _changed(state.actions, trunk.run.state.actions):
            if state.actions[index].work is Work.ENDED:
                tally.add(self._end.marks[index], -1)
                _count(tally, left, mark(state, index))
        return _told(state, mishap, tally, left, taken_back=False)

    def _about_to_undo(self, trunk: _Trunk, state: RunState) -> Undoing:
        """The marks of a run that has come to rest."""
        tally, left = trunk.tally.copy(), list[Left]()
        alive, kept = trunk.alive, 0
        for index in _changed(state.actions, trunk.run.state.actions):
            action, bit = state.actions[index], 1 << index
            found = mark(state, index)
            tally.add(trunk.marks[index], -1)
            _count(tally, left, found)
            alive = alive | bit if found.remains else alive & ~bit
            if found.remains and action.ending is not Ending.SUCCEEDED:
                kept |= bit
        return Undoing(alive=alive, kept=kept, tally=tally, left=tuple(left))

    def _taken_back(self, undoing: Undoing) -> End:
        if self._fates is None:
            self._fates = fates(self._started, self._world, self._end.run.state, self._end.marks)
        return taken_back(self._fates, undoing, MOST_LEFT)

    # --- undos of the whole run ----------------------------------------------------------------------------------------

    def _fail_undos(self, trigger: _Trigger) -> None:
        """After the last mishap that has everything taken back, let the undo of each action fail."""
        if trigger.undoing is None:
            self._fail_played_undos(trigger)
            return
        for index in members(self._taken_back(trigger.undoing).undone):
            mishap, own = not_undone(self._started, self._world, index, trigger.mishap)
            undoing = msgspec.structs.replace(trigger.undoing, failing=index, own=own)
            self._found.append(_foreseen(trigger.run, mishap, self._taken_back(undoing)))

    def _fail_played_undos(self, trigger: _Trigger) -> None:
        for index in trigger.run.blockers:
            if trigger.run.actions[index].ending is Ending.COMPENSATED:
                run = trigger.fork.fork()
                run.go_wrong(trigger.mishap, trigger.command)
                run.mishap = not_undone(self._started, self._world, index, trigger.mishap)[0]
                run.finish()
                self._found.append(judged(run.state, run.mishap))


def _foreseen(run: RunState, mishap: Mishap, end: End) -> Scenario:
    return _told(run, mishap, end.tally, list(end.left), taken_back=True)

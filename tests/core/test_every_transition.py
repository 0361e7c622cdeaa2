"""Every row of the two tables is travelled by generated worlds, in every direction it offers."""

from __future__ import annotations

import random

from tests.core.playbook import create, delete, replace, update
from tests.core.test_laws import play
from tests.core.worlds import World
from wfctl.core import events
from wfctl.core.action import ATTEMPT, NEWS, WORK, Fact, Stand, Verdict, take
from wfctl.core.events import Recorded
from wfctl.core.itinerary import Work
from wfctl.core.plan import (
    HookFailure,
    HookPoint,
    HookSpec,
    Idempotency,
    Mode,
    OnFailure,
    Retries,
    RunPolicy,
    TypeDeclaration,
)
from wfctl.core.run import RunState, evolve

Way = tuple[object, object, object]

NOT_DIRECTLY = {
    # Reached through joint effects of the run, whose before and after a single action's fact does not show.
    (Work.WAITING, "released"),
    (Work.WAITING, "skipped"),
    (Work.STEP, "forsaken"),
    (Work.ENDED, "undo wanted"),
    (Work.ENDED, "settled"),
    (Work.UNDO, "left undone"),
    (Work.HOOK_UNDO, "left undone"),
}


def travelled(ledger: list[Recorded]) -> set[Way]:
    """The ways a run took: (stand, fact, result) and (work, verdict, next work)."""
    state, ways = RunState(), set[Way]()
    for recorded in ledger:
        before = list(state.actions)
        _note_own(state, recorded, ways)
        evolve(state, recorded)
        if isinstance(recorded.event, events.RunResumed):
            _note_lost(before, state, ways)
    return ways


def _note_own(state: RunState, recorded: Recorded, ways: set[Way]) -> None:
    event = recorded.event
    if type(event) not in NEWS:
        return
    before = state.actions[event.action]  # type: ignore[union-attr]
    after, result = take(state.facts[event.action], before, event, recorded.at)  # type: ignore[union-attr,arg-type]
    ways.add((before.stand, NEWS[type(event)][0], result))
    if isinstance(result, Verdict):
        ways.add((before.work, result, after.work))


def _note_lost(before: list, state: RunState, ways: set[Way]) -> None:  # type: ignore[type-arg]
    for old, new in zip(before, state.actions, strict=True):
        if old.work in (Work.WAITING, Work.ENDED) or (old.stand, Fact.LOST) not in ATTEMPT:
            continue
        moved_on = (old.work, old.at) != (new.work, new.at)
        ways.add((old.stand, Fact.LOST, Verdict.FAILED if moved_on else new.stand))


def rough(seed: int) -> World:
    """A world made for rare ways: a replace and what needs it, hooks at every point, bad weather."""
    dice = random.Random(seed)
    modes = [Mode.INVERSE, Mode.INVERSE, Mode.CUSTOM, Mode.NONE]
    points = [
        *(HookPoint.BEFORE, HookPoint.BEFORE, HookPoint.DELETED),
        *(HookPoint.APPLIED, HookPoint.APPLIED, HookPoint.APPLIED, HookPoint.COMPLETE, HookPoint.COMPLETE),
    ]
    hooks = [
        HookSpec(
            name=f"h{at}",
            on=point,
            exec=("true",),
            on_failure=dice.choice([HookFailure.STOP, HookFailure.STOP, HookFailure.WARN, HookFailure.CONTINUE]),
            retries=dice.choice([0, 0, 1]),
            rerun_never=dice.random() < 0.3,
            undo_exec=("true",) if dice.random() < 0.8 else (),
        )
        for at, point in enumerate(points)
        if dice.random() < 0.6
    ]
    return World(
        wanted=(dice.choice([replace, update])("r0"), create("r1", needs=["r0"]), delete("r2")),
        declared=TypeDeclaration(
            undo_create=dice.choice(modes),
            undo_update=dice.choice(modes),
            undo_replace=dice.choice(modes),
            undo_delete=dice.choice(modes),
            reads_by_key=dice.random() < 0.8,
            idempotency=dice.choice(list(Idempotency)),
            create_before_delete=dice.random() < 0.5,
            stateless=True,
        ),
        policy=RunPolicy(on_failure=dice.choice(list(OnFailure)), retries=Retries(max_attempts=dice.choice([1, 2]))),
        hooks=tuple(hooks),
        limit=2,
        weather=dice.choice([0.1, 0.3, 0.5]),
        crashes=dice.choice([0, 0, 2, 3]),
        cancels=False,
        seed=seed,
    )


def test_every_way_of_both_tables_is_travelled() -> None:
    ways: set[Way] = set()
    for seed in range(900):
        ways.update(travelled(play(rough(seed)).ledger))
    offered: set[Way] = {(stand, fact, result) for (stand, fact), results in ATTEMPT.items() for result in results}
    for (work, why), targets in WORK.items():
        offered.update((work, why, to) for to in targets if (work, why) not in NOT_DIRECTLY)

    assert sorted(map(str, offered - ways)) == []


def test_every_event_of_an_action_is_news() -> None:
    silent = {events.ActionClearBefore, events.ActionIdentified, events.ActionSettled}

    assert set(NEWS) | silent == set(events.ActionEvent.__args__)


def test_the_usual_way_out_of_every_row_is_a_stand_or_a_verdict() -> None:
    assert all(isinstance(result, Stand | Verdict) for results in ATTEMPT.values() for result in results)

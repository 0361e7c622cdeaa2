"""Every row of the two tables is travelled by generated worlds, in every direction it offers."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.core.playbook import EVERYTHING, create, replace
from tests.core.test_laws import play
from tests.core.worlds import World, worlds
from wfctl.core import events
from wfctl.core.action import ATTEMPT, NEWS, WORK, Fact, Stand, Verdict, take
from wfctl.core.events import Recorded
from wfctl.core.itinerary import Work
from wfctl.core.plan import HookFailure, HookPoint, HookSpec, OnFailure, Retries, RunPolicy
from wfctl.core.run import RunState, evolve

Way = tuple[object, object, object]

NOT_DIRECTLY = {
    # Reached through joint effects of the run, whose before and after a single action's fact does not show.
    (Work.WAITING, "released"),
    (Work.WAITING, "skipped"),
    (Work.ENDED, "undo wanted"),
    (Work.ENDED, "settled"),
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
    """A world made for rare ways: replaces and creates with hooks at every point, each with its undo, in bad weather."""
    points = (HookPoint.DELETED, HookPoint.APPLIED, HookPoint.APPLIED, HookPoint.COMPLETE)
    hooks = tuple(
        HookSpec(name=f"h{at}", on=point, exec=("true",), on_failure=HookFailure.STOP, undo_exec=("true",))
        for at, point in enumerate(points)
    )
    return World(
        wanted=(replace("r0"), create("r1", needs=["r0"])),
        declared=EVERYTHING,
        policy=RunPolicy(on_failure=OnFailure.COMPENSATE, retries=Retries(max_attempts=1)),
        hooks=hooks,
        limit=2,
        weather=0.3,
        crashes=0,
        cancels=False,
        seed=seed,
    )


def test_every_way_of_both_tables_is_travelled() -> None:
    ways: set[Way] = set()

    @settings(max_examples=1000, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(worlds())
    def wander(world: World) -> None:
        ways.update(travelled(play(world).ledger))

    wander()
    for seed in range(400):
        ways.update(travelled(play(rough(seed)).ledger))
    offered = {(stand, fact, result) for (stand, fact), results in ATTEMPT.items() for result in results}
    offered |= {
        (work, why, to) for (work, why), targets in WORK.items() if (work, why) not in NOT_DIRECTLY for to in targets
    }

    assert sorted(map(str, offered - ways)) == []


def test_every_event_of_an_action_is_news() -> None:
    silent = {events.ActionIdentified, events.ActionSettled}

    assert set(NEWS) | silent == set(events.ActionEvent.__args__)


def test_the_usual_way_out_of_every_row_is_a_stand_or_a_verdict() -> None:
    assert all(isinstance(result, Stand | Verdict) for results in ATTEMPT.values() for result in results)

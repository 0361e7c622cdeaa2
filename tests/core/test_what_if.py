"""What may go wrong is played in forks that are cut short; here each is played again, from the beginning to the very end."""

from __future__ import annotations

import msgspec
from hypothesis import event, given
from hypothesis import strategies as st

from tests.core.playbook import EVERYTHING, Wanted, create, replace, started
from tests.core.stories import hook
from tests.core.worlds import World as Weather
from tests.core.worlds import worlds
from wfctl.core.aftermath import BLOCKED, Left, Remnant
from wfctl.core.assess import assess
from wfctl.core.events import RunStarted
from wfctl.core.imagine import replayed
from wfctl.core.mishap import Mishap, MishapKind, World
from wfctl.core.outcome import RunResult
from wfctl.core.plan import HookFailure, Mode, OnCancel, OnFailure, RunPolicy, TypeDeclaration
from wfctl.core.what_if import MOST_LEFT, Scenario, judged, what_if, worst_first

PIVOT = TypeDeclaration()
KEPT = msgspec.structs.replace(EVERYTHING, stateless=False, reads_by_key=False)
TYPES = {"pivot": PIVOT, "kept": KEPT}


@st.composite
def runs(draw: st.DrawFn) -> tuple[RunStarted, World]:
    """Plans of up to eight actions whose drivers differ."""
    weather: Weather = draw(worlds())
    kinds = st.sampled_from(["t", "t", "t", "pivot", "kept"])
    wanted = tuple(msgspec.structs.replace(one, type=draw(kinds)) for one in weather.wanted)
    begun = started(
        wanted,
        policy=weather.policy,
        hooks=weather.hooks,
        declared=weather.declared,
        types=TYPES,
        limit=weather.limit,
        finalizer=draw(st.booleans()),
    )
    irreversible = draw(st.frozensets(st.integers(0, len(wanted)), max_size=2))
    return begun, World(irreversible=irreversible)


@given(runs())
def test_a_fork_ends_as_the_whole_run_would(imagined: tuple[RunStarted, World]) -> None:
    begun, world = imagined
    for found in what_if(begun, world):
        event(f"{found.mishap.kind} {found.result} {found.exit_code}")
        run = replayed(world, begun, found.mishap)
        outcome = assess(run)
        assert found == judged(run, found.mishap)
        assert (found.result, found.exit_code) == (outcome.result, outcome.exit_code)
        assert found.counts == outcome.counts


@given(runs())
def test_what_leaves_nothing_needs_nobody(imagined: tuple[RunStarted, World]) -> None:
    for found in what_if(*imagined):
        assert (found.exit_code == 5) <= (found.left_behind > 0)
        assert len(found.left) == min(found.left_behind, MOST_LEFT)


def found(begun: RunStarted, kind: MishapKind, action: int) -> Scenario:
    return next(one for one in what_if(begun, World()) if (one.mishap.kind, one.mishap.action) == (kind, action))


def test_a_refusal_stops_what_needs_it_and_nothing_else() -> None:
    begun = started([create("a"), create("b", needs=["a"]), create("c")])
    refused = found(begun, MishapKind.REFUSED, 0)
    assert (refused.result, refused.exit_code, refused.left_behind) == (RunResult.FAILED, 3, 0)
    assert (refused.counts.success, refused.counts.error, refused.counts.skipped) == (1, 1, 1)


def test_a_lost_answer_leaves_a_doubt_only_where_nobody_can_tell() -> None:
    begun = started([create("sure"), create("unsure", type="pivot")], types=TYPES)
    assert found(begun, MishapKind.LOST, 0).exit_code == 0
    unsure = found(begun, MishapKind.LOST, 1)
    assert (unsure.exit_code, unsure.left) == (5, (Left(action=1, remnant=Remnant.IN_DOUBT, code="lost"),))


def test_a_failed_hook_leaves_what_its_driver_cannot_undo() -> None:
    begun = started([create("a", type="pivot")], types=TYPES, hooks=[hook("h")])
    assert found(begun, MishapKind.HOOK_FAILED, 0).left == (
        Left(action=0, remnant=Remnant.UNDO_FAILED, code="not_compensable"),
    )


def test_an_own_undo_may_fail_as_well() -> None:
    begun = started([create("a")], hooks=[hook("h", on_failure=HookFailure.CONTINUE)])
    wrong = found(begun, MishapKind.UNDO_FAILED, 0)
    assert wrong.mishap.after == Mishap(kind=MishapKind.HOOK_FAILED, action=0, hook="h")
    assert wrong.exit_code == 5


def test_half_a_replace_is_left_where_the_old_one_cannot_be_made_again() -> None:
    declared = TypeDeclaration(undo_replace=Mode.NONE)
    refused = [one for one in what_if(started([replace("a")], declared=declared), World()) if one.left_behind]
    assert [one.left[0].remnant for one in refused] == [Remnant.HALF_REPLACED, Remnant.IN_DOUBT]


def test_each_undo_of_the_whole_run_may_fail_once() -> None:
    wanted: list[Wanted] = [create("a"), create("b", needs=["a"]), create("c", needs=["b"])]
    begun = started(wanted, policy=RunPolicy(on_failure=OnFailure.COMPENSATE))
    wrong = [one for one in what_if(begun, World()) if one.mishap.kind is MishapKind.UNDO_FAILED]
    assert [(one.mishap.action, one.left_behind) for one in wrong] == [(0, 1), (1, 2)]
    assert wrong[1].left[1] == Left(action=0, remnant=Remnant.NOT_UNDONE, code=BLOCKED)
    assert {one.mishap.after for one in wrong if one.mishap.after} == {
        Mishap(kind=MishapKind.REFUSED, action=2, step=wrong[0].mishap.root.step)
    }


def test_a_cancelled_run_can_be_resumed_unless_it_is_to_be_undone() -> None:
    wanted = [create("a"), create("b", needs=["a"])]
    stopped = found(started(wanted), MishapKind.CANCELLED, 0)
    assert (stopped.result, stopped.exit_code, stopped.left_behind) == (RunResult.INTERRUPTED, 130, 0)
    undone = found(started(wanted, policy=RunPolicy(on_cancel=OnCancel.COMPENSATE)), MishapKind.CANCELLED, 0)
    assert (undone.result, undone.exit_code) == (RunResult.CANCELLED, 4)


def test_a_run_of_nothing_has_nothing_to_go_wrong() -> None:
    assert what_if(started([]), World()) == []


def test_only_the_worst_of_very_much_is_named() -> None:
    wanted = [create(f"r{index}", type="pivot") for index in range(MOST_LEFT + 20)]
    begun = started(wanted, types=TYPES, policy=RunPolicy(on_failure=OnFailure.COMPENSATE, parallelism=1))
    last = what_if(begun, World())[-3]
    assert (last.left_behind, len(last.left)) == (MOST_LEFT + 19, MOST_LEFT)


def test_what_leaves_most_goes_first_and_of_as_much_the_graver() -> None:
    begun = started(
        [create("a"), create("b", needs=["a"], type="pivot"), create("c", needs=["b"])],
        types=TYPES,
        hooks=[hook("h", match_name="a", on_failure=HookFailure.CONTINUE)],
        policy=RunPolicy(on_failure=OnFailure.COMPENSATE),
    )
    ordered = worst_first(what_if(begun, World()))
    assert [one.left_behind for one in ordered] == sorted((one.left_behind for one in ordered), reverse=True)
    assert ordered[0].left_behind == 2

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import create, started, update
from tests.core.stories import hook
from wfctl.core.aftermath import BLOCKED, Left, Mark, Remnant, Tally, mark
from wfctl.core.events import RunStarted
from wfctl.core.fates import Fates, Undoing, fates, members, not_undone, taken_back, undone
from wfctl.core.imagine import replayed
from wfctl.core.mishap import Mishap, MishapKind, World
from wfctl.core.outcome import ActionStatus
from wfctl.core.plan import Step, TypeDeclaration

HOLDS = TypeDeclaration(undo_create="inverse")  # type: ignore[arg-type]
TYPES = {"pivot": TypeDeclaration(), "holds": HOLDS}
AFTER = Mishap(kind=MishapKind.REFUSED, action=9, step=Step.CREATE)


def plan() -> RunStarted:
    """base <- {plain, pivot}, other, holds <- top."""
    wanted = [
        create("base"),
        create("plain", needs=["base"]),
        create("pivot", needs=["base"], type="pivot"),
        create("other"),
        create("holds", type="holds"),
        create("top", needs=["holds"]),
    ]
    return started(wanted, types=TYPES, hooks=[hook("h", undo_exec=("true",), match_name="top")])


def known() -> tuple[Fates, list[Mark]]:
    run = replayed(World(), plan())
    marks = [mark(run, index) for index in range(6)]
    return fates(plan(), World(), run, marks), marks


def all_of(marks: list[Mark]) -> Tally:
    tally = Tally()
    for one in marks:
        tally.add(one)
    return tally


@given(st.sets(st.integers(0, 200)))
def test_a_set_has_its_members_in_order(wanted: set[int]) -> None:
    assert list(members(sum(1 << index for index in wanted))) == sorted(wanted)


def test_each_is_asked_alone() -> None:
    assert undone(plan(), World(), 1).status is ActionStatus.COMPENSATED
    pivot = undone(plan(), World(), 2)
    assert (pivot.status, pivot.left) == (1, Left(action=2, remnant=Remnant.NOT_UNDONE, code="not_compensable"))
    holds = undone(plan(), World(), 4)
    assert (holds.status, holds.left) == (5, Left(action=4, remnant=Remnant.UNDO_FAILED, code="holds_data"))


def test_the_first_undo_of_an_action_may_be_that_of_its_hook() -> None:
    mishap, own = not_undone(plan(), World(), 5, AFTER)
    assert mishap == Mishap(kind=MishapKind.UNDO_FAILED, action=5, hook="h", after=AFTER)
    assert own.left == Left(action=5, remnant=Remnant.UNDO_FAILED, code="undo_failed")


def test_who_stays_holds_what_it_stands_on() -> None:
    found, marks = known()
    end = taken_back(found, Undoing(alive=0b111111, kept=0, tally=all_of(marks), left=()), most=10)
    assert list(members(end.undone)) == [1, 3, 5]
    assert end.left == (
        Left(action=4, remnant=Remnant.UNDO_FAILED, code="holds_data"),
        Left(action=0, remnant=Remnant.NOT_UNDONE, code=BLOCKED),
        Left(action=2, remnant=Remnant.NOT_UNDONE, code="not_compensable"),
    )
    counts = end.tally.counts()
    assert (counts.success, counts.compensated, counts.compensation_failed) == (2, 3, 1)
    assert end.tally.left == 3


def test_only_so_many_are_named() -> None:
    found, marks = known()
    end = taken_back(found, Undoing(alive=0b111111, kept=0, tally=all_of(marks), left=()), most=1)
    assert [left.action for left in end.left] == [4]
    assert end.tally.left == 3


def test_what_is_not_there_holds_nothing() -> None:
    found, marks = known()
    end = taken_back(found, Undoing(alive=0b001011, kept=0, tally=all_of(marks), left=()), most=10)
    assert list(members(end.undone)) == [0, 1, 3]


def test_what_ended_badly_before_holds_what_it_stands_on() -> None:
    found, marks = known()
    end = taken_back(found, Undoing(alive=0b000011, kept=0b000010, tally=all_of(marks), left=()), most=10)
    assert end.undone == 0
    assert end.left == (Left(action=0, remnant=Remnant.NOT_UNDONE, code=BLOCKED),)


def test_one_undo_may_fail_here_alone() -> None:
    found, marks = known()
    _, own = not_undone(plan(), World(), 1, AFTER)
    undoing = Undoing(alive=0b001011, kept=0, tally=all_of(marks), left=(), failing=1, own=own)
    end = taken_back(found, undoing, most=10)
    assert list(members(end.undone)) == [3]
    assert [left.code for left in end.left] == ["undo_failed", BLOCKED]
    assert end.tally.counts().compensation_failed == 1


def test_an_action_without_anything_to_do_is_nothing_to_undo() -> None:
    begun = started([update("a", hooks_only=["gone"])])
    assert (undone(begun, World(), 0).status, undone(begun, World(), 0).undone) == (1, False)

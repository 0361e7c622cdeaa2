"""How it would end if a run took everything back: foreseen instead of played, since most of it is the same every time.

An action is undone unless something that stands on it stays, and how its own undo ends depends on it alone. So the undo of each
action is played once, in a run of that action alone, and who stays is read off the graph. Sets of actions are numbers here,
with the bit of each member's plan index set: what is asked of a thousand actions is then a few operations.

Knows nothing of what happened before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from wfctl.core.aftermath import BLOCKED, Left, Mark, Remnant, Tally, mark, rank
from wfctl.core.events import CancelRequested, RunStarted
from wfctl.core.imagine import Imagined, begun
from wfctl.core.itinerary import Work
from wfctl.core.mishap import Mishap, World, failed_undo
from wfctl.core.plan import OnCancel, OnFailure
from wfctl.core.run import RunState


def members(of: int) -> Iterator[int]:
    """The members of a set of actions, in plan order."""
    while of:
        lowest = of & -of
        yield lowest.bit_length() - 1
        of ^= lowest


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Actions whose marks change alike when they are taken back."""

    actions: int
    before: Mark
    after: Mark


class Fates(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beforehand. `below` each action is what it stands on; `left` is what stays of it, taken back alone.

    `stay` are those whose undo fails or is not declared; of these, `silent` are those of which nobody says that it failed.
    """

    groups: tuple[Group, ...]
    below: dict[int, int]
    left: dict[int, Left]
    stay: int
    silent: int


class Undoing(msgspec.Struct, frozen=True, kw_only=True):
    """A run at the moment when it begins to take everything back.

    `alive` have an effect, `kept` are those of them that have ended badly before. `tally` and `left` are of all marks, as of that
    moment. `own` is the mark of the one action (`failing`) whose undo fails here.
    """

    alive: int
    kept: int
    tally: Tally
    left: tuple[Left, ...]
    failing: int = 0
    own: Mark | None = None


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How it ends: all marks counted, the worst of what is left, and who is undone."""

    tally: Tally
    left: tuple[Left, ...]
    undone: int


def fates(started: RunStarted, world: World, end: RunState, before: list[Mark]) -> Fates:
    """What can be known beforehand. `end` is the run in which every action has succeeded, `before` are its marks."""
    marks = [undone(started, world, index) for index in range(len(started.actions))]
    alike: dict[tuple[Mark, Mark], int] = {}
    for index, after in enumerate(marks):
        nameless = msgspec.structs.replace(after, left=after.left and msgspec.structs.replace(after.left, action=0))
        pair = before[index], nameless
        alike[pair] = alike.get(pair, 0) | 1 << index
    return Fates(
        groups=tuple(Group(actions=actions, before=pair[0], after=pair[1]) for pair, actions in alike.items()),
        below=_below(end),
        left={index: after.left for index, after in enumerate(marks) if after.left is not None},
        stay=_set(not after.undone for after in marks),
        silent=_set(not after.undone and not after.person for after in marks),
    )


def _set(flags: Iterable[bool]) -> int:
    return sum(flag << index for index, flag in enumerate(flags))


def _below(end: RunState) -> dict[int, int]:
    """What each action stands on. One that has no effect, since only its hooks run, carries nothing."""
    below: dict[int, int] = {}
    for index in end.succession:  # what an action needs has ended before it
        stands_on = 0
        for need in end.facts[index].outline.requires:
            if need in below:
                stands_on |= below[need] | 1 << need
        below[index] = stands_on
    return below


def taken_back(fates: Fates, undoing: Undoing, most: int) -> End:
    """How taking everything back ends. At most `most` of what is left are named."""
    own = 1 << undoing.failing if undoing.own is not None else 0
    stay = undoing.alive & (fates.stay | own) | undoing.kept
    carry = 0
    for stayer in members(stay):
        carry |= fates.below.get(stayer, 0)
    blocked = undoing.alive & carry & ~undoing.kept
    failed = stay & ~carry & ~undoing.kept
    gone = undoing.alive & ~stay & ~carry
    tally = undoing.tally.copy()
    for group in fates.groups:
        moved = (group.actions & (failed | gone)).bit_count()
        tally.add(group.before, -moved)
        tally.add(group.after, moved - bool(own & group.actions))
    left = list(undoing.left)
    if undoing.own is not None:
        tally.add(undoing.own)
        left += [undoing.own.left] if undoing.own.left else []
    tally.left += blocked.bit_count()
    left += [fates.left[index] for index in islice(members(failed & ~fates.silent & ~own), most)]
    stuck = blocked | failed & fates.silent & ~own
    left += [_stuck(fates, index, blocked) for index in islice(members(stuck), most)]
    return End(tally=tally, left=tuple(sorted(left, key=rank)[:most]), undone=gone)


def _stuck(fates: Fates, index: int, blocked: int) -> Left:
    if blocked >> index & 1:
        return Left(action=index, remnant=Remnant.NOT_UNDONE, code=BLOCKED)
    return fates.left[index]


# --- one action alone --------------------------------------------------------------------------------------------------


def undone(started: RunStarted, world: World, index: int) -> Mark:
    """The mark of an action that has succeeded and is then taken back."""
    return _ended(_about_to_undo(started, world, index), index)


def not_undone(started: RunStarted, world: World, index: int, after: Mishap) -> tuple[Mishap, Mark]:
    """That the first undo of an action fails, and its mark then. Only of an action that has one."""
    run = _about_to_undo(started, world, index)
    command = run.flying.popleft()
    found = failed_undo(command, after)
    assert found is not None  # noqa: S101  (nothing but its undo is in flight then)
    run.go_wrong(msgspec.structs.replace(found, action=0), command)
    run.order()
    return msgspec.structs.replace(found, action=index), _ended(run, index)


def _about_to_undo(started: RunStarted, world: World, index: int) -> Imagined:
    """A run of this action alone, when it has succeeded and its undo, if there is one, is in flight."""
    outline = msgspec.structs.replace(started.actions[index], index=0, requires=())
    policy = msgspec.structs.replace(
        started.policy, on_failure=OnFailure.CONTINUE, on_cancel=OnCancel.COMPENSATE, max_compensations=0
    )
    alone = msgspec.structs.replace(started, actions=(outline,), policy=policy)
    run = begun(World(irreversible={0} if index in world.irreversible else frozenset()), alone)
    while not _rests(run):
        run.answer(run.flying.popleft())
        if not _rests(run):  # to order once more would end the run
            run.order()
    run.record(CancelRequested(reason="SIGINT"))
    run.order()
    return run


def _ended(run: Imagined, index: int) -> Mark:
    while not _rests(run):
        run.answer(run.flying.popleft())
        run.order()
    found = mark(run.state, 0)
    left = found.left and msgspec.structs.replace(found.left, action=index)
    return msgspec.structs.replace(found, left=left)


def _rests(run: Imagined) -> bool:
    return run.state.actions[0].work is Work.ENDED

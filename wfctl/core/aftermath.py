"""What is left behind when a run is over: what each action came to in a few words, and all of them counted.

Judges and counts; knows nothing of how a run came to its end.
"""

from __future__ import annotations

import enum

import msgspec

from wfctl.core.action import Ending, live_effect
from wfctl.core.assess import Signs, cut_short, needs_person, outcome_of
from wfctl.core.itinerary import Work
from wfctl.core.outcome import ActionOutcome, ActionStatus, Counts
from wfctl.core.run import RunState


class Remnant(enum.StrEnum):
    """How something is left behind, the worst first."""

    UNDO_FAILED = "undo_failed"
    IN_DOUBT = "in_doubt"
    RESIDUE = "residue"
    HALF_REPLACED = "half_replaced"
    NOT_UNDONE = "not_undone"


RANK = {remnant: rank for rank, remnant in enumerate(Remnant)}

BLOCKED = "blocked"
"""The code of something that stays because something else stands on it."""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Something an action leaves behind that is not as anybody wanted it. `code` says why it could not be helped."""

    action: int
    remnant: Remnant
    code: str = ""


def rank(left: Left) -> tuple[int, int]:
    """Sort key: the worst first, then in plan order."""
    return RANK[left.remnant], left.action


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What one action came to: what signs and counts are made of."""

    status: ActionStatus
    rested: bool
    in_doubt: bool
    person: bool
    remains: bool
    undone: bool
    cut_short: bool
    left: Left | None


_SKIPPED = Mark(
    status=ActionStatus.SKIPPED,
    rested=True,
    in_doubt=False,
    person=False,
    remains=False,
    undone=False,
    cut_short=False,
    left=None,
)


def mark(state: RunState, index: int) -> Mark:
    """The mark of an action as it stands."""
    action = state.actions[index]
    if action.ending is Ending.SKIPPED and action.error is None:
        return _SKIPPED  # by far the most, where many actions stand on one
    outcome = outcome_of(state, index)
    return Mark(
        status=outcome.status,
        rested=action.work is Work.ENDED,
        in_doubt=outcome.in_doubt,
        person=needs_person(outcome),
        remains=live_effect(action),
        undone=action.ending is Ending.COMPENSATED,
        cut_short=cut_short(action),
        left=_left(outcome),
    )


def _left(outcome: ActionOutcome) -> Left | None:
    """What the action leaves behind; an action that can still be resumed leaves nothing."""
    if not outcome.final:
        return None
    index, error = outcome.plan_index, outcome.error.code if outcome.error else ""
    if outcome.status is ActionStatus.COMPENSATION_FAILED:
        code = outcome.undo_error.code if outcome.undo_error else error
        return Left(action=index, remnant=Remnant.UNDO_FAILED, code=code)
    if outcome.in_doubt:
        return Left(action=index, remnant=Remnant.IN_DOUBT, code=error)
    if outcome.residue:
        return Left(action=index, remnant=Remnant.RESIDUE, code=error)
    if error == "half_replaced":
        return Left(action=index, remnant=Remnant.HALF_REPLACED, code=outcome.compensation)
    if outcome.status is ActionStatus.SUCCESS and outcome.compensation:
        blocked = outcome.compensation.startswith("blocked_by ")
        return Left(action=index, remnant=Remnant.NOT_UNDONE, code=BLOCKED if blocked else outcome.compensation)
    return None


class Tally:
    """Marks, counted. Cheap to copy and to correct."""

    __slots__ = ("_statuses", "cut_short", "in_doubt", "left", "person", "remains", "total", "undone", "unrested")

    def __init__(self) -> None:
        self._statuses = [0] * len(ActionStatus)
        self.total = self.unrested = self.in_doubt = self.person = 0
        self.remains = self.undone = self.cut_short = self.left = 0

    def copy(self) -> Tally:
        """An independent copy."""
        copy = Tally()
        for name in Tally.__slots__:
            setattr(copy, name, getattr(self, name))
        copy._statuses = self._statuses.copy()
        return copy

    def add(self, mark: Mark, times: int = 1) -> None:
        """Count a mark so many times; negative takes it out again."""
        self._statuses[mark.status] += times
        self.total += times
        self.unrested += times * (not mark.rested)
        self.in_doubt += times * mark.in_doubt
        self.person += times * mark.person
        self.remains += times * mark.remains
        self.undone += times * mark.undone
        self.cut_short += times * mark.cut_short
        self.left += times * (mark.left is not None)

    def signs(self, *, taken_back: bool) -> Signs:
        """What result and exit code are told from; `taken_back` says whether the run has begun to undo everything."""
        return Signs(
            clean=self._statuses[ActionStatus.SUCCESS] == self.total,
            rested=not self.unrested,
            taken_back=taken_back,
            person=bool(self.person),
            remains=bool(self.remains),
            undone=bool(self.undone),
            cut_short=bool(self.cut_short),
        )

    def counts(self) -> Counts:
        """How many ended in each status."""
        of = self._statuses
        return Counts(
            success=of[ActionStatus.SUCCESS],
            error=of[ActionStatus.ERROR],
            delete_failed=of[ActionStatus.DELETE_FAILED],
            compensated=of[ActionStatus.COMPENSATED],
            compensation_failed=of[ActionStatus.COMPENSATION_FAILED],
            skipped=of[ActionStatus.SKIPPED],
            in_doubt=self.in_doubt,
        )

from __future__ import annotations

import msgspec
import pytest

from wfctl.core.outcome import ActionOutcome, ActionStatus, Existence
from wfctl.core.plan import Operation, RunId, Step
from wfctl.core.retry import FORWARD, key
from wfctl.core.tombstone import Tombstone, tombstones

RUN = RunId("r-1")


UNDONE = ActionOutcome(
    plan_index=3,
    name="a",
    type="t",
    provider="cloud",
    operation=Operation.CREATE,
    status=ActionStatus.COMPENSATED,
    attempts=1,
    effect=Existence.NONE,
)


def create(**more: object) -> ActionOutcome:
    return msgspec.structs.replace(UNDONE, **more)


def test_a_create_that_was_undone_has_one() -> None:
    (found,) = tombstones(RUN, [create()])

    wanted = key(RUN, 3, Step.CREATE, FORWARD)
    assert found == Tombstone(run_id=RUN, name="a", type="t", provider="cloud", key=wanted, undone=True)
    assert found.address == "t.a"


def test_so_has_one_that_was_found_to_have_had_no_effect() -> None:
    (found,) = tombstones(RUN, [create(status=ActionStatus.ERROR, effect=Existence.NONE)])
    assert not found.undone


@pytest.mark.parametrize(
    "other",
    [
        create(status=ActionStatus.SUCCESS),
        create(status=ActionStatus.COMPENSATION_FAILED),
        create(status=ActionStatus.SKIPPED, attempts=0),
        create(status=ActionStatus.ERROR, attempts=0),
        create(status=ActionStatus.ERROR, effect=Existence.UNKNOWN, in_doubt=True),
        create(status=ActionStatus.ERROR, in_doubt=True),
        create(status=ActionStatus.ERROR, effect=Existence.EXISTS),
        create(operation=Operation.UPDATE),
    ],
)
def test_nothing_else_has(other: ActionOutcome) -> None:
    assert list(tombstones(RUN, [other])) == []

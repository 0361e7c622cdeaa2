"""Statuses are the wire's, and a tally counts each action once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfctl.core.outcome import ActionOutcome, ActionStatus, Counts, count
from wfctl.core.plan import Operation
from wfctl.protocol import iac_pb2

FINAL = [status for status in ActionStatus if status is not ActionStatus.UNSPECIFIED]


def ended(
    status: ActionStatus, *, in_doubt: bool = False, started: float = 0.0, finished: float = 0.0
) -> ActionOutcome:
    return ActionOutcome(
        plan_index=0,
        name="a",
        type="local.file",
        operation=Operation.CREATE,
        status=status,
        in_doubt=in_doubt,
        started_at=started,
        finished_at=finished,
    )


def test_statuses_have_the_names_and_tags_of_the_wire() -> None:
    on_the_wire = {name.removeprefix("ACTION_STATUS_"): tag for name, tag in iac_pb2.ActionStatus.items()}

    assert on_the_wire == {status.name: status.value for status in ActionStatus}


def test_an_address_is_type_and_name() -> None:
    assert ended(ActionStatus.SUCCESS).address == "local.file.a"


@pytest.mark.parametrize(
    ("started", "finished", "elapsed"),
    [(100.0, 102.5, 2.5), (100.0, 100.0, 0.0), (0.0, 1_790_000_000.0, 0.0), (0.0, 0.0, 0.0), (100.0, 90.0, 0.0)],
)
def test_time_goes_by_from_the_first_send_and_never_backwards(started: float, finished: float, elapsed: float) -> None:
    assert ended(ActionStatus.SUCCESS, started=started, finished=finished).elapsed == elapsed


def test_each_status_has_its_count() -> None:
    assert count(tuple(ended(status) for status in FINAL)) == Counts(
        success=1, error=1, delete_failed=1, compensated=1, compensation_failed=1, skipped=1
    )


def test_a_doubt_is_counted_beside_its_status() -> None:
    assert count((ended(ActionStatus.ERROR, in_doubt=True), ended(ActionStatus.ERROR))) == Counts(error=2, in_doubt=1)


def test_nothing_counts_nothing() -> None:
    assert count(()) == Counts()


@given(st.lists(st.sampled_from(FINAL), max_size=30))
def test_a_tally_is_complete(statuses: list[ActionStatus]) -> None:
    tally = count(tuple(map(ended, statuses)))
    counted = (
        tally.success,
        tally.error,
        tally.delete_failed,
        tally.compensated,
        tally.compensation_failed,
        tally.skipped,
    )

    assert sum(counted) == len(statuses)
    assert list(counted) == [statuses.count(status) for status in FINAL]

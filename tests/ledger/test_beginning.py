"""What stands in the way of a run, and what is left when something does."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.ledger.files import RUN, opened, raw
from tests.ledger.makers import Clock, append, batch, begun, claim, ended, finished, plan_of, wanted
from wfctl.core.outcome import ActionStatus, RunResult
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.beginning import expect_resumable, started_of
from wfctl.ledger.keeper import write_lease
from wfctl.ledger.lease import new_lease
from wfctl.ledger.store import RunRow

PLAN = plan_of(wanted("a"))


def test_a_run_held_by_another_engine_is_never_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        lease = new_lease(None, "default", claim(Clock()), run_id="far", engine="temporal")
        with raw(path) as connection:
            write_lease(connection, msgspec.structs.replace(lease, expires_at=None))

        with pytest.raises(WfctlError) as caught:
            store.create_run(PLAN, batch(begun(PLAN)))

    assert caught.value.code == "WORKSPACE_LOCKED"
    assert "engine temporal for run far, which began at an unknown time" in caught.value.message


def test_a_plan_of_an_interrupted_run_names_the_way_on(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        append(writer, batch(after=1, outcome=ended(result=RunResult.INTERRUPTED)))
        writer.release()

        with pytest.raises(WfctlError) as caught:
            store.create_run(PLAN, batch(begun(PLAN, "run-2", workspace="stage")))

    assert (
        caught.value.kind,
        caught.value.code,
        caught.value.hint,
    ) == (Kind.STALE_PLAN, "PLAN_USED", "wfctl resume run-1")


def test_a_refused_beginning_gives_the_lease_back(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        append(writer, batch(finished(), after=1, outcome=ended(ActionStatus.SUCCESS)))
        writer.release()
        before = store.lease("default")

        with pytest.raises(WfctlError):
            store.create_run(PLAN, batch(begun(PLAN, "run-2")))

        assert before == store.lease("default")
        assert [row.run_id for row in store.runs()] == [RUN]


def test_a_first_run_of_a_workspace_must_know_that_it_is_the_first(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store, pytest.raises(WfctlError) as caught:
        store.create_run(PLAN, batch(begun(PLAN, serial=3)))

    assert caught.value.code == "STATE_MOVED"


def test_the_engine_of_a_run_is_on_record(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        store.create_run(PLAN, batch(begun(PLAN)), engine="temporal")
        lease = store.lease("default")

        assert "temporal" == store.run(RUN).engine == (lease.engine if lease else "")


def test_the_first_record_is_the_beginning() -> None:
    assert started_of(batch(begun(PLAN))).run_id == RUN
    for wrong in (batch(), batch(finished())):
        with pytest.raises(WfctlError) as caught:
            started_of(wrong)
        assert caught.value.kind == Kind.INTERNAL


def test_only_what_is_over_cannot_be_resumed() -> None:
    row = RunRow(
        run_id=RUN,
        workspace="default",
        engine="local",
        operation="apply",
        plan_id="p",
        rules=1,
        epoch=1,
        status=RunResult.WAITING,
    )
    expect_resumable(row)

    with pytest.raises(WfctlError) as caught:
        expect_resumable(msgspec.structs.replace(row, status=RunResult.FAILED, result=RunResult.FAILED))

    assert caught.value.code == "RUN_FINISHED"

"""The writer's threads: appends in order, a lease that ends the writing, and an end that leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.ledger.files import RUN, opened, raw
from tests.ledger.makers import append, batch, begun, dispatched, plan_of, wanted
from wfctl.engine.ports import LeaseLostError

PLAN = plan_of(wanted("a"))


def test_appends_handed_over_together_are_made_in_order(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))

        async def together() -> None:
            batches = [batch(dispatched(attempt=n), after=n) for n in range(1, 20)]
            await asyncio.gather(*(writer.append(each) for each in batches))

        asyncio.run(together())

        assert list(range(1, 21)) == [recorded.seq for recorded in store.events(RUN)]


def test_the_loop_goes_on_while_an_append_waits_for_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store, raw(path) as holder:
        writer = store.create_run(PLAN, batch(begun(PLAN)))

        async def waiting() -> bool:
            holder.execute("BEGIN IMMEDIATE")
            task = asyncio.ensure_future(writer.append(batch(dispatched(), after=1)))
            for _ in range(100):
                await asyncio.sleep(0)
            early = task.done()
            holder.execute("ROLLBACK")
            await task
            return early

        assert not asyncio.run(waiting())
        assert writer.seq == 2


def test_after_a_lost_lease_nothing_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        with raw(path) as connection:
            connection.execute("UPDATE lease SET epoch = epoch + 1")

        with pytest.raises(LeaseLostError):
            append(writer, batch(dispatched(), after=1))

        assert not writer.may_send()


def test_a_released_writer_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with opened(tmp_path / "ledger.db") as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        during = {thread.name for thread in set(threading.enumerate()) - before}
        writer.release()

        assert {"wfctl-ledger", "wfctl-lease"} == during
        assert before == set(threading.enumerate())
        assert (writer.run_id, writer.epoch, writer.seq) == ("run-1", 1, 1)

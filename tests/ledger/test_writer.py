"""The writer and its threads: appends in order, a lease that ends the writing, and an end that leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.ledger.files import RUN, opened, raw
from tests.ledger.makers import Clock, append, batch, begun, dispatched, plan_of, wanted
from wfctl.engine.ports import Batch, LeaseLostError
from wfctl.ledger.sqlite import SqliteStore
from wfctl.ledger.store import RunWriter
from wfctl.ledger.writer import QUICK, SMALL

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


def appending(store: SqliteStore, writer: RunWriter, batches: Sequence[Batch], then: Callable[[], None]) -> list[str]:
    """Append, and tell in which thread each transaction was committed; `then` is called in each of them."""
    threads: list[str] = []
    here = threading.current_thread()

    def trace(sql: str) -> None:
        if sql == "COMMIT":
            threads.append("loop" if threading.current_thread() is here else threading.current_thread().name)
            then()

    async def each() -> None:
        for one in batches:
            await writer.append(one)

    (own,) = store._writers
    own._connection.set_trace_callback(trace)
    asyncio.run(each())
    return threads


def few(count: int) -> list[Batch]:
    return [batch(dispatched(attempt=n), after=n) for n in range(1, count + 1)]


def test_a_quick_append_is_made_where_it_is_asked_for(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        assert appending(store, writer, few(3), lambda: None) == ["loop"] * 3


def test_much_is_written_in_a_thread(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        much = batch(*(dispatched(attempt=n) for n in range(SMALL + 1)), after=1)
        little = batch(dispatched(attempt=100), after=SMALL + 2)
        assert appending(store, writer, [much, little], lambda: None) == ["wfctl-ledger", "loop"]


def test_after_a_slow_append_the_next_is_made_in_a_thread(tmp_path: Path) -> None:
    clock, taken = Clock(), iter([QUICK, QUICK, 0.0, 0.0])
    with opened(tmp_path / "ledger.db", clock) as store:
        writer = store.create_run(PLAN, batch(begun(PLAN)))
        threads = appending(store, writer, few(4), lambda: clock.pass_(next(taken)))
        assert threads == ["loop", "wfctl-ledger", "wfctl-ledger", "loop"]


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

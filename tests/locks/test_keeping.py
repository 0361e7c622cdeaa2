"""A lease is kept by a thread of its own, whatever the program does meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.makers import Clock, claim
from wfctl.ledger.keeper import Keeper, read_lease, write_lease
from wfctl.ledger.lease import LEASE, Clocks, new_lease
from wfctl.ledger.reading import Reader
from wfctl.ledger.schema import connect, create

RENEWALS = 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "ledger.db", unique="1")
    return tmp_path / "ledger.db"


@pytest.fixture
def keeper(path: Path) -> Iterator[Keeper]:
    """A keeper in a hurry, whose clock goes on by a second each time it looks."""
    lease = new_lease(None, "default", claim(Clock()), run_id="run-1", engine="local")
    ticks = itertools.count(int(lease.expires_boot))
    clocks = Clocks(wall=lambda: lease.expires_at or 0.0, boot=lambda: float(next(ticks)))
    connection = connect(path)
    write_lease(connection, lease)
    found = Keeper(connection, path, lease, clocks, renewal=0.001)
    yield found
    found.release()


def expiry(path: Path) -> float:
    with closing(connect(path)) as connection:
        lease = read_lease(Reader(connection, path), "default")
    assert lease is not None
    return lease.expires_boot


def watch(path: Path) -> list[float]:
    """Do nothing but look at the lease until it was renewed some times."""
    seen = [expiry(path)]
    while len(seen) <= RENEWALS:
        now = expiry(path)
        if now != seen[-1]:
            seen.append(now)
    return seen


def test_a_callback_that_keeps_the_event_loop_busy_starves_no_lease(path: Path, keeper: Keeper) -> None:
    async def main() -> list[float]:
        return watch(path)  # the loop does nothing else until this returns

    seen = asyncio.run(main())

    assert seen == sorted(seen)


def test_a_ledger_that_is_written_to_for_long_delays_a_renewal_and_no_more(path: Path, keeper: Keeper) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        before = expiry(path)
        assert before == expiry(path)
        holder.execute("ROLLBACK")

    assert watch(path)[-1] > before
    assert keeper.may_send()


def test_a_machine_that_wakes_up_renews_at_once(path: Path) -> None:
    """The thread's own waiting does not count the sleep; the lease's clock does."""
    clock = Clock()
    lease = new_lease(None, "default", claim(clock), run_id="run-1", engine="local")
    connection = connect(path)
    write_lease(connection, lease)
    keeper = Keeper(connection, path, lease, clock.clocks())
    clock.pass_(3600)
    while expiry(path) == lease.expires_boot:
        pass
    keeper.release()

    assert expiry(path) == clock.boot + LEASE

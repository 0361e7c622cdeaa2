"""Two engines and one workspace: whoever has lost it writes nothing and sends nothing, however it lost it."""

from __future__ import annotations

import os
import signal

import pytest

from tests.locks.conftest import Barrier, World
from wfctl.ledger.lease import LEASE

ALL = ["make-first", "make-slow", "make-last"]
"""Each effect once."""


def test_an_engine_stopped_past_its_lease_wakes_up_and_writes_nothing(world: World) -> None:
    """Its call lands while it is stopped; another takes over, finds it and goes on. What it learns on waking is not recorded."""
    landed = world.fifo("landed")
    old = world.slow()
    old.stop(signal.SIGSTOP)
    world.open_gate()
    landed.read_text()
    assert "is locked by" in world.run("apply", "-y", code=6), "a stopped process is no dead process"
    world.pass_(LEASE + 1)
    landed.unlink()
    new = world.run("resume")
    old.signal(signal.SIGCONT)
    old.end(6)

    assert "stopped renewing its lock, last heard of at" in new
    assert "yard.crate.slow: Creation complete, found by key" in new
    assert "Apply complete! Resources: 3 added" in new
    assert "workspace default was taken away" in old.said
    assert world.effects == ALL
    assert world.only_run()["result"] == "succeeded"
    assert world.document("lock", "list")["locks"] == []


@pytest.mark.parametrize(("before", "after"), [(1, 0), (0, 1), (2, 0), (0, 2), (3, 0), (0, 3), (4, 0)])
def test_wherever_an_engine_is_stopped_it_wakes_up_and_sends_nothing(world: World, before: int, after: int) -> None:
    """After an append an intent is on record and nothing is sent yet: the last moment at which only a clock can hold it back."""
    barrier = Barrier(world.folder, before=before, after=after)
    old = world.start("apply", "-y", hold=barrier.hold)
    barrier.reached()
    old.stop(signal.SIGSTOP)
    world.pass_(LEASE + 1)
    world.run("resume")
    old.signal(signal.SIGCONT)
    barrier.open()
    old.end(6)

    assert world.effects == ALL
    assert world.only_run()["result"] == "succeeded"


@pytest.mark.parametrize(("before", "after"), [(4, 0), (0, 4), (5, 0), (0, 5), (6, 0)])
def test_wherever_an_undo_is_stopped_it_wakes_up_and_sends_nothing(world: World, before: int, after: int) -> None:
    """An undo reads and compares before it sends, so that the workspace can be lost in the middle of it."""
    world.write("full", "")
    barrier = Barrier(world.folder, before=before, after=after)
    old = world.start("apply", "-y", "--on-failure", "compensate", hold=barrier.hold)
    barrier.reached()
    old.stop(signal.SIGSTOP)
    world.pass_(LEASE + 1)
    world.run("resume", code=4)
    old.signal(signal.SIGCONT)
    barrier.open()
    old.end(6)

    assert world.effects == ["make-first", "make-slow", "delete-slow", "delete-first"]
    assert world.only_run()["result"] == "compensated"


def test_what_an_undo_has_read_is_no_reason_to_send_any_more(world: World) -> None:
    """Stopped between its Read and its Delete: on waking it knows that the crate is there, and it is not its any more."""
    world.write("full", "")
    looked = world.fifo("looked")
    world.fifo("look")
    old = world.start("apply", "-y", "--on-failure", "compensate")
    looked.read_text()
    looked.unlink()
    old.stop(signal.SIGSTOP)
    world.pass_(LEASE + 1)
    with world.held_at("look"):
        world.run("resume", code=4)
    old.signal(signal.SIGCONT)
    old.end(6)

    assert world.effects == ["make-first", "make-slow", "delete-slow", "delete-first"]


def test_an_engine_that_was_not_missed_goes_on(world: World) -> None:
    """Its lease had run out, and nobody took the workspace: it renews the lease before it sends."""
    barrier = Barrier(world.folder, after=3)
    engine = world.start("apply", "-y", hold=barrier.hold)
    barrier.reached()
    world.pass_(LEASE + 1)
    barrier.open()
    engine.end(0)

    assert world.effects == ALL


def test_setting_the_time_of_day_ends_no_lease_and_harms_no_run(world: World) -> None:
    engine = world.slow()
    for hour in (3600.0, -3600.0):
        world.turn(wall=hour)
        assert "is locked by" in world.run("apply", "-y", code=6)
    world.open_gate()
    engine.end(0)

    assert world.only_run()["result"] == "succeeded"
    assert world.effects == ALL


def test_the_death_of_an_engine_is_told_with_what_to_type(world: World) -> None:
    engine = world.slow()
    engine.signal(signal.SIGKILL)
    engine.end(-signal.SIGKILL)
    run = world.only_run()["run_id"]

    refused = world.run("apply", "-y", code=6)
    assert f"run {run} of workspace default is not over: ana@" in refused
    assert f"(process {engine.pid}) died, last heard of at 2" in refused
    assert f"Next: wfctl resume {run}" in refused
    (lock,) = world.document("lock", "list")["locks"]
    assert (lock["run_id"], lock["standing"]) == (run, "died")

    world.folder.joinpath("gate").unlink()
    resumed = world.run("resume")
    assert f"(process {engine.pid}) died" in resumed
    assert f"run {run} is taken over." in resumed


def test_whoever_waits_for_a_lock_says_so_and_gets_it(world: World) -> None:
    engine = world.slow()
    waiting = world.start("apply", "-y", "--lock-timeout", "1m")
    waiting.until("Waiting for the lock: workspace default is locked by ana@")
    world.open_gate()
    engine.end(0)
    waiting.end(0)

    assert "No changes." in waiting.said


def test_of_twenty_that_begin_at_once_one_wins_and_nineteen_are_told_who(world: World) -> None:
    """All have planned and stand before the lock together; the winner stays in its run until the others have ended."""
    world.fifo("gate")
    begun, barrier = world.fifo("begun"), Barrier(world.folder, taking=True)
    engines = {engine.pid: engine for engine in (world.start("apply", "-y", hold=barrier.hold) for _ in range(20))}
    barrier.reached(20)
    barrier.open()
    begun.read_text()
    begun.unlink()
    (lock,) = world.document("lock", "list")["locks"]
    pid = lock["pid"]
    winner = engines.pop(pid)
    for loser in engines.values():
        loser.end(6)
        assert f"is locked by ana@{os.uname().nodename} (process {pid}) for run {lock['run_id']}" in loser.said
        assert f"Next: wait for it (--lock-timeout 10m), look at it (wfctl runs watch {lock['run_id']})" in loser.said
    world.open_gate()
    winner.end(0)

    assert world.only_run()["run_id"] == lock["run_id"]
    assert world.effects == ALL
    assert len(world.document("state", "list")["resources"]) == 3

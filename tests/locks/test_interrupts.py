"""Signals that come while no run is going on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest

from wfctl.cli.interrupts import Interrupted, interruptible

ALL = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


async def hang(number: signal.Signals, closed: list[str]) -> int:
    """Work that a signal catches while it waits, and that closes what it has opened."""
    try:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        closed.append("closed")
    return 0


@pytest.mark.parametrize("number", ALL)
def test_a_signal_ends_the_work_and_what_is_open_is_closed(number: signal.Signals) -> None:
    closed: list[str] = []

    with pytest.raises(Interrupted) as caught:
        interruptible(hang(number, closed))

    assert (caught.value.number, caught.value.exit_code) == (number, 128 + number)
    assert closed == ["closed"]


def test_work_that_comes_to_an_end_all_the_same_has_its_own_code() -> None:
    async def work() -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return 7
        return 0

    assert interruptible(work()) == 7


def test_work_that_cancels_itself_was_not_interrupted() -> None:
    async def work() -> int:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        interruptible(work())


def test_afterwards_signals_mean_what_they_meant_before() -> None:
    async def work() -> int:
        return 0

    before = [signal.getsignal(number) for number in ALL]

    assert interruptible(work()) == 0
    assert [signal.getsignal(number) for number in ALL] == before


def test_work_in_another_thread_leaves_signals_alone() -> None:
    async def work() -> int:
        return 3

    ended: list[int] = []
    thread = threading.Thread(target=lambda: ended.append(interruptible(work())))
    thread.start()
    thread.join()

    assert ended == [3]


STUBBORN = """
import asyncio, os, signal
from wfctl.cli.interrupts import interruptible

async def stubborn():
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
        os.write(1, b"x")
        os.kill(os.getpid(), number)
    os.write(1, b"never")

interruptible(stubborn())
"""


def test_the_third_signal_ends_work_that_does_not_listen() -> None:
    done = subprocess.run([sys.executable, "-c", STUBBORN], capture_output=True, check=False, timeout=60)

    assert (done.returncode, done.stdout) == (143, b"xxx"), done.stderr.decode()


NOHUP = """
import asyncio, os, signal
from wfctl.cli.interrupts import interruptible

async def work():
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.sleep(0)
    return 5

signal.signal(signal.SIGHUP, signal.SIG_IGN)
raise SystemExit(interruptible(work()))
"""


def test_with_nohup_the_end_of_the_terminal_means_nothing() -> None:
    assert subprocess.run([sys.executable, "-c", NOHUP], check=False, timeout=60).returncode == 5

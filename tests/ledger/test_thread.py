"""One thread, one piece of work after the other."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from wfctl.ledger.thread import OneThread


def test_work_is_done_in_order_and_elsewhere() -> None:
    thread = OneThread("t")
    seen: list[tuple[int, str]] = []

    async def several() -> list[int]:
        def work(n: int) -> int:
            seen.append((n, threading.current_thread().name))
            return n * n

        return list(await asyncio.gather(*(thread.do(partial(work, n)) for n in range(4))))

    assert asyncio.run(several()) == [0, 1, 4, 9]
    thread.close()
    assert [(n, "t") for n in range(4)] == seen


def test_what_goes_wrong_goes_to_the_one_that_waits_and_the_thread_lives_on() -> None:
    thread = OneThread("t")

    async def twice() -> str:
        with pytest.raises(ZeroDivisionError):
            await thread.do(lambda: 1 / 0)
        return await thread.do(lambda: "still here")

    assert asyncio.run(twice()) == "still here"
    thread.close()


def test_what_nobody_waits_for_is_done_nevertheless() -> None:
    thread = OneThread("t")
    go, done = threading.Event(), threading.Event()

    async def give_up() -> None:
        def work() -> None:
            go.wait()
            done.set()

        waiting = asyncio.ensure_future(thread.do(work))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(give_up())  # the loop is closed before the work is done
    go.set()
    thread.close()

    assert done.is_set()


def test_closing_twice_is_closing() -> None:
    thread = OneThread("t")

    thread.close()
    thread.close()

    assert "t" not in {other.name for other in threading.enumerate()}

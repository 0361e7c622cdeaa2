"""What signals mean to a verb while no run is going on: before it has begun, and when its plugins are being ended.

Knows nothing of verbs. A run that is going on takes the signals itself and gives them back at its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE: Final = 2
"""Signals that may have come before the next one ends a process that does not end by itself."""


class Interrupted(Exception):
    """A signal ended the verb; `number` is the first that came."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number

    @property
    def exit_code(self) -> int:
        """What a shell makes of a process that died of the signal."""
        return 128 + self.number


def interruptible(work: Coroutine[None, None, int]) -> int:
    """Carry out the work of a verb. Raises Interrupted, after everything that was open has been closed."""
    return asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[None, None, int]) -> int:
    task = asyncio.ensure_future(work)
    came: list[int] = []
    with _told(task, came):
        try:
            return await task
        except asyncio.CancelledError:
            if not came:
                raise
    raise Interrupted(came[0])


@contextlib.contextmanager
def _told(task: asyncio.Future[int], came: list[int]) -> Iterator[None]:
    """Cancel a task when a signal comes, and note which; the third leaves at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def heard(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (what the signal module calls)
        if len(came) >= _PATIENCE:
            os._exit(128 + number)
        came.append(number)
        loop.call_soon_threadsafe(task.cancel)

    # Whoever started this with nohup wants it to outlive the terminal.
    numbers = [one for one in _SIGNALS if (one, signal.getsignal(one)) != (signal.SIGHUP, signal.SIG_IGN)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        loop.add_signal_handler(number, _nothing)  # for its wakeup: a signal must not be lost on a loop about to sleep
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _nothing() -> None:
    """What the loop itself does on a signal."""

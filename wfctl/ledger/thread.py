"""One thread that does one piece of work after the other, and a way to wait for each from an event loop.

Knows nothing of the work. A pool of the standard library would do; this costs half as much for each piece, and the loop of
a run hands over thousands.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class _Piece(Generic[T]):
    """One piece of work, and where its result is awaited."""

    def __init__(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop
        self.future: asyncio.Future[T] = loop.create_future()

    def do(self) -> None:
        """Do it, in the worker's thread, and tell the loop."""
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001  (whatever it is belongs to the one that waits)
            self._tell(self._fail, error)
        else:
            self._tell(self._succeed, result)

    def _tell(self, how: Callable[[object], None], value: object) -> None:
        try:
            self._loop.call_soon_threadsafe(how, value)
        except RuntimeError:
            # the loop is closed: nobody waits any more, and the work is done all the same
            return

    def _succeed(self, result: object) -> None:
        if not self.future.done():
            self.future.set_result(result)  # type: ignore[arg-type]  # what `do` was given by the work

    def _fail(self, error: object) -> None:
        if not self.future.done():
            self.future.set_exception(error)  # type: ignore[arg-type]  # what `do` caught


class OneThread:
    """A thread of its own. What is handed over is done even if nobody waits for it any more."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[_Piece[object] | None] = SimpleQueue()
        # daemon: a program that ends without `close` must not hang; a piece cut short is a transaction rolled back
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[], T]) -> T:
        """Do a piece of work after all that came before, and wait for it. Raises what it raises."""
        piece = _Piece(work, asyncio.get_running_loop())
        self._queue.put(piece)  # type: ignore[arg-type]  # the queue does not care what comes of a piece
        return await piece.future

    def close(self) -> None:
        """Finish what was handed over and end the thread. May be called twice."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (piece := self._queue.get()) is not None:
            piece.do()

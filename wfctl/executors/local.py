"""Run in this process: asyncio tasks carry out the orders, signals and timers become facts.

Decides nothing: a signal is only ever a `CancelRequested` in the mailbox.

The ladder: the first SIGINT, SIGTERM or SIGHUP, the end of the run's time or word from another process lets what is in flight
land and starts nothing new; the next signal, or the end of the grace time, abandons what is in flight, whose intents are on
record; one more leaves at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import msgspec

from wfctl.core.commands import Command, CompensateAction, DispatchAction, Finalize, StartBackoff
from wfctl.core.events import CancelRequested, Event, Recorded
from wfctl.core.outcome import RunOutcome
from wfctl.core.run import RunState
from wfctl.engine.drive import drive
from wfctl.engine.perform import Performer
from wfctl.engine.ports import Answer, Batch, LeaseLostError, Ledger, Observer
from wfctl.errors import WfctlError
from wfctl.executors import spill
from wfctl.executors.fence import LedgerTroubleError

INBOX_INTERVAL: Final = 0.2
"""Seconds between looks for what other processes ask of this run."""

_TURNS: Final = 3
"""Turns of the event loop between the first answer and the append of all that are there. More make no fuller batches."""

TIMEOUT: Final = "timeout"
"""The reason of a CancelRequested that came because the run's time was over."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOHUP: Final = (signal.SIGHUP, signal.SIG_IGN)


class LedgerFailedError(Exception):
    """The record could not be written. What was in flight has landed; `spilled` holds the answers, if there were any."""

    def __init__(self, problem: Exception, spilled: Path | None, *, sent: bool) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.spilled = spilled
        self.sent = sent


class LocalRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a local execution needs. Times in seconds; `grace` None = wait without limit, `timeout` 0 = none.

    What the performer sends passes a `fence` over the same ledger.
    `clock` gives Unix seconds; `inbox` the facts other processes have asked for; `spill` names the file for answers that
    could not be recorded.
    """

    ledger: Ledger
    performer: Performer
    observer: Observer
    clock: Callable[[], float]
    spill: Path
    first: tuple[Answer, ...] = ()
    handle_signals: bool = True
    grace: float | None = None
    timeout: float = 0.0
    inbox: Callable[[], Sequence[Event]] | None = None


async def execute(state: RunState, run: LocalRun) -> RunOutcome:
    """Drive one run to its end. Raises LedgerFailedError, and LeaseLostError when another process took the run over."""
    shell = _LocalShell(state, run)
    with shell.signals():
        try:
            return await drive(state, shell, run.first)
        except LeaseLostError:
            await shell.land()
            raise
        except LedgerTroubleError as failed:
            raise await shell.give_up(failed.problem) from failed.problem
        finally:
            await shell.close()


class _LocalShell:
    """The mailbox, the tasks and the timers of one run."""

    def __init__(self, state: RunState, run: LocalRun) -> None:
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._mailbox: asyncio.Queue[Answer | None] = asyncio.Queue()
        self._tasks: dict[asyncio.Task[None], Command] = {}
        self._broken: BaseException | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._recording = True
        self._sent = any(action.sent for action in state.actions)
        self._taken: list[Answer] = list(run.first)
        self._refused: Sequence[Recorded] = ()
        self._stage = 0
        self._rung = 0
        self._abandoned = asyncio.Event()
        self._inbox = self._loop.create_task(self._watch_inbox()) if run.inbox else None
        if run.timeout:
            self._later(run.timeout, self._time_over)

    # --- what the loop needs -------------------------------------------------------------------------------------------

    def stamp(self, seq: int, event: Event) -> Recorded:
        return Recorded(seq=seq, at=self._run.clock(), event=event)

    async def append(self, batch: Batch) -> None:
        try:
            await self._run.ledger.append(batch)
        except LeaseLostError:
            raise
        except Exception as problem:
            self._refused = batch.records[: len(self._taken)]
            raise LedgerTroubleError(problem) from problem
        for answer in self._taken:
            waiting = self._waiting.pop(id(answer), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        self._taken = []

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        self._run.observer.publish(records, state)

    def start(self, command: Command) -> None:
        self._sent = self._sent or isinstance(command, DispatchAction | CompensateAction | Finalize)
        task = self._loop.create_task(self._carry_out(command))
        self._tasks[task] = command
        task.add_done_callback(self._finished)

    async def receive(self) -> list[Answer]:
        first = await self._mailbox.get()
        # An answer that has arrived needs a few turns of the loop to be unwrapped. Those that can join this append do.
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        self._taken = [answer for answer in (first, *self._drain()) if answer is not None]
        if self._broken is not None:
            raise self._broken
        return self._taken

    def _drain(self) -> Iterator[Answer | None]:
        while not self._mailbox.empty():
            yield self._mailbox.get_nowait()

    # --- carrying out --------------------------------------------------------------------------------------------------

    async def _carry_out(self, command: Command) -> None:
        self._post(await self._run.performer.perform(command, self._announce))

    async def _announce(self, answer: Answer) -> None:
        """Put a fact on record while its command goes on; returns when it is durable, or will never be."""
        self._post(answer)
        if self._recording:
            durable = self._loop.create_future()
            self._waiting[id(answer)] = durable
            await durable

    def _post(self, answer: Answer) -> None:
        self._mailbox.put_nowait(answer)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled() and task.exception() is not None:
            # A lost lease or a mistake of ours: wake the loop, which would wait for ever for an answer that will not come.
            self._broken = task.exception()
            self._mailbox.put_nowait(None)

    # --- stopping ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Turn signals into facts while the run lasts; afterwards they mean what they meant before."""
        if not self._run.handle_signals:
            yield
            return
        # Whoever started this with nohup wants it to outlive the terminal.
        numbers = [number for number in _SIGNALS if (number, signal.getsignal(number)) != _NOHUP]
        before = {number: signal.getsignal(number) for number in numbers}
        for number in numbers:
            self._loop.add_signal_handler(number, self._ask, number.name)
            # The loop's own handler only wakes it. This one is called even while the loop waits for a slow reader.
            signal.signal(number, self._climb)
        try:
            yield
        finally:
            for number, handler in before.items():
                self._loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def _climb(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  (what the signal module calls)
        """The next rung of the ladder, at the very moment of the signal."""
        if self._rung >= 2:
            _leave(number)
        self._rung += 1

    def _ask(self, reason: str) -> None:
        """The first asks for a stop, the next for an end."""
        self._stage = min(self._stage + 1, 2)
        self._rung = max(self._rung, self._stage)
        self._post(Answer(event=CancelRequested(reason=reason, stage=self._stage)))
        if self._stage == 1:
            self._give_grace(reason)
        else:
            self._abandoned.set()

    def _give_grace(self, reason: str) -> None:
        if self._run.grace is not None:
            self._later(self._run.grace, lambda: self._grace_over(reason))

    def _grace_over(self, reason: str) -> None:
        if self._stage < 2:
            self._ask(reason)

    def _time_over(self) -> None:
        if self._stage == 0:
            self._ask(TIMEOUT)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(seconds, call))

    async def _watch_inbox(self) -> None:
        inbox = self._run.inbox
        while inbox is not None:
            await asyncio.sleep(INBOX_INTERVAL)
            with contextlib.suppress(WfctlError):  # what cannot be read now is there the next time
                for event in inbox():
                    self._take(event)

    def _take(self, event: Event) -> None:
        """Word from another process; a stop is the first rung, as if it came by signal."""
        self._post(Answer(event=event))
        if isinstance(event, CancelRequested) and self._stage == 0:
            self._stage = 1
            self._rung = max(self._rung, self._stage)
            self._give_grace(event.reason)

    # --- ending --------------------------------------------------------------------------------------------------------

    async def land(self) -> list[Answer]:
        """Let what is in flight come to an answer, until the end of the grace time or a second signal; give up pauses.

        Returns what could not be recorded.
        """
        self._stop_recording()
        for task, command in self._tasks.items():
            if isinstance(command, StartBackoff):
                task.cancel()
        abandoned: asyncio.Task[object] = self._loop.create_task(self._abandoned.wait())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._run.grace):
                while self._tasks and not abandoned.done():
                    await asyncio.wait([*self._tasks, abandoned], return_when=asyncio.FIRST_COMPLETED)
        abandoned.cancel()
        return [*self._taken, *(answer for answer in self._drain() if answer is not None)]

    def _stop_recording(self) -> None:
        # A call that has told its early identity goes on: it cannot be called back, and its answer is wanted.
        self._recording = False
        for durable in self._waiting.values():
            if not durable.done():
                durable.set_result(None)

    async def give_up(self, problem: Exception) -> LedgerFailedError:
        """The record is lost: send nothing more, let what is in flight land, and save its answers in a file."""
        answers = await self.land()
        spilled = None
        with contextlib.suppress(OSError):
            spilled = spill.write(self._run.spill, answers, self._refused)
        return LedgerFailedError(problem, spilled, sent=self._sent)

    async def close(self) -> None:
        """Cancel whatever still runs: timers, pauses, abandoned calls."""
        for timer in self._timers:
            timer.cancel()
        tasks = [*self._tasks, *([self._inbox] if self._inbox else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _leave(number: int) -> NoReturn:
    # Nothing to save: intents were durable before anything was sent.
    os._exit(128 + number)

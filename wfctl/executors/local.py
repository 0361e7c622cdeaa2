"""Run in this process: asyncio tasks carry out the orders, signals and timers become facts.

Decides nothing: a signal is only ever a `CancelRequested` in the mailbox.

The ladder: the first SIGINT, SIGTERM or SIGHUP lets what is in flight land and starts nothing new; the second (or the end
of the grace time) abandons what is in flight, whose intents are on record; the third leaves at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from wfctl.core.commands import Command, CompensateAction, DispatchAction, StartBackoff
from wfctl.core.events import CancelRequested, Event, Recorded, encode
from wfctl.core.outcome import CausePhase, RunOutcome
from wfctl.core.run import RunState
from wfctl.engine.calls import not_sent
from wfctl.engine.drive import drive
from wfctl.engine.perform import Performer
from wfctl.engine.ports import Answer, Batch, LeaseLostError, Ledger, Observer

INBOX_INTERVAL: Final = 0.2
"""Seconds between looks for what other processes ask of this run."""

FENCE_INTERVAL: Final = 0.1
FENCE_PATIENCE: Final = 60.0
"""How long an order waits for a lease that is about to be renewed, in seconds."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LedgerFailedError(Exception):
    """The record could not be written. What was in flight has landed; `spilled` holds the answers, if there were any."""

    def __init__(self, problem: Exception, spilled: Path | None, *, sent: bool) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.spilled = spilled
        self.sent = sent


class _AppendError(Exception):
    """What the ledger raised, kept apart from mistakes of ours."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(str(problem))
        self.problem = problem


class LocalRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a local execution needs. Times in seconds; `grace` None = wait without limit, `timeout` 0 = none.

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
        except _AppendError as failed:
            raise await shell.give_up(failed.problem) from failed.problem
        finally:
            await shell.close()


class _LocalShell:
    """The mailbox, the tasks and the timers of one run."""

    def __init__(self, state: RunState, run: LocalRun) -> None:
        self._state = state
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._mailbox: asyncio.Queue[Answer | None] = asyncio.Queue()
        self._tasks: dict[asyncio.Task[None], Command] = {}
        self._broken: BaseException | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._taken: list[Answer] = list(run.first)
        self._presses = 0
        self._inbox = self._loop.create_task(self._watch_inbox()) if run.inbox else None
        if run.timeout:
            self._later(run.timeout, lambda: self._cancel("timeout", stage=1))

    # --- what the loop needs -------------------------------------------------------------------------------------------

    def stamp(self, seq: int, event: Event) -> Recorded:
        return Recorded(seq=seq, at=self._run.clock(), event=event)

    async def append(self, batch: Batch) -> None:
        try:
            await self._run.ledger.append(batch)
        except LeaseLostError:
            raise
        except Exception as problem:
            raise _AppendError(problem) from problem
        for answer in self._taken:
            waiting = self._waiting.pop(id(answer), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        self._taken = []

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        self._run.observer.publish(records, state)

    def start(self, command: Command) -> None:
        task = self._loop.create_task(self._carry_out(command))
        self._tasks[task] = command
        task.add_done_callback(self._finished)

    async def receive(self) -> list[Answer]:
        first = await self._mailbox.get()
        self._taken = [answer for answer in (first, *self._drain()) if answer is not None]
        if self._broken is not None:
            raise self._broken
        return self._taken

    def _drain(self) -> Iterator[Answer | None]:
        while not self._mailbox.empty():
            yield self._mailbox.get_nowait()

    # --- carrying out --------------------------------------------------------------------------------------------------

    async def _carry_out(self, command: Command) -> None:
        mutates = isinstance(command, DispatchAction | CompensateAction)
        if mutates and not await self._fence_open():
            if isinstance(command, DispatchAction):
                message = "the lease on the workspace could not be renewed in time; nothing was sent"
                self._post(not_sent(command.action, command.step, "lease_short", message, CausePhase.DISPATCH))
            return
        self._post(await self._run.performer.perform(command, self._announce))

    async def _fence_open(self) -> bool:
        """Nothing is sent unless the lease outlives the sending by a margin."""
        if self._run.ledger.may_send():
            return True
        deadline = self._loop.time() + FENCE_PATIENCE
        while self._loop.time() < deadline:
            await asyncio.sleep(FENCE_INTERVAL)
            if self._run.ledger.may_send():
                return True
        return False

    async def _announce(self, answer: Answer) -> None:
        """Put a fact on record while its command goes on; returns when it is durable."""
        durable = self._loop.create_future()
        self._waiting[id(answer)] = durable
        self._post(answer)
        await durable

    def _post(self, answer: Answer) -> None:
        self._mailbox.put_nowait(answer)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled() and task.exception() is not None:
            # A mistake of ours: wake the loop, which would wait for ever for an answer that will not come.
            self._broken = task.exception()
            self._mailbox.put_nowait(None)

    # --- stopping ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Turn signals into facts while the run lasts."""
        if not self._run.handle_signals:
            yield
            return
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self._pressed, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                self._loop.remove_signal_handler(number)

    def _pressed(self, number: signal.Signals) -> None:
        self._presses += 1
        if self._presses > 2:
            _leave(number)
        self._cancel(number.name, stage=self._presses)
        if self._presses == 1 and self._run.grace is not None:
            self._later(self._run.grace, lambda: self._cancel(number.name, stage=2))

    def _cancel(self, reason: str, *, stage: int) -> None:
        self._post(Answer(event=CancelRequested(reason=reason, stage=stage)))

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(seconds, call))

    async def _watch_inbox(self) -> None:
        inbox = self._run.inbox
        while inbox is not None:
            await asyncio.sleep(INBOX_INTERVAL)
            for event in inbox():
                self._post(Answer(event=event))

    # --- ending --------------------------------------------------------------------------------------------------------

    async def land(self) -> list[Answer]:
        """Let what is in flight come to an answer; give up pauses. Returns what could not be recorded."""
        for task, command in self._tasks.items():
            if isinstance(command, StartBackoff):
                task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=self._run.grace)
        return [*self._taken, *(answer for answer in self._drain() if answer is not None)]

    async def give_up(self, problem: Exception) -> LedgerFailedError:
        """The record is lost: send nothing more, let what is in flight land, and save its answers in a file."""
        sent = any(action.sent for action in self._state.actions)
        answers = await self.land()
        spilled = None
        with contextlib.suppress(OSError):
            spilled = _spill(self._run.spill, answers)
        return LedgerFailedError(problem, spilled, sent=sent)

    async def close(self) -> None:
        """Cancel whatever still runs: timers, pauses, abandoned calls."""
        for timer in self._timers:
            timer.cancel()
        tasks = [*self._tasks, *([self._inbox] if self._inbox else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _leave(number: signal.Signals) -> NoReturn:
    # Nothing to save: intents were durable before anything was sent.
    os._exit(128 + number)


def _spill(path: Path, answers: Sequence[Answer]) -> Path | None:
    """Write answers as JSON lines, private and fsynced, with their documents.

    Answers that bring secrets are left out: nothing is written in clear, and a probe will find them again.
    """
    kept = (answer for answer in answers if not answer.secrets and not isinstance(answer.event, CancelRequested))
    lines = [_spilled(answer) for answer in kept]
    if not lines:
        return None
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, b"".join(lines))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


def _spilled(answer: Answer) -> bytes:
    documents = {digest: body.decode() for digest, body in answer.documents.items()}
    return msgspec.json.encode({"event": msgspec.Raw(encode(answer.event)), "documents": documents}) + b"\n"

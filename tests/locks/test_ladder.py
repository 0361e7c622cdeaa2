"""The ladder of a local run: what asks it to stop, and what the next one that asks means."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.ledger.makers import applied, begun, plan_of, records, wanted
from wfctl.core.commands import Command, DispatchAction
from wfctl.core.events import CancelRequested, Event, Recorded
from wfctl.core.outcome import RunOutcome, RunResult
from wfctl.core.run import RunState, fold
from wfctl.engine.perform import Announce
from wfctl.engine.ports import Answer, Batch, LeaseLostError
from wfctl.errors import Kind, WfctlError
from wfctl.executors.fence import LedgerTroubleError
from wfctl.executors.local import LedgerFailedError, LocalRun, execute

TWO_IN_A_ROW = plan_of(wanted("a"), wanted("b", depends_on=("a",)))


class Record:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def append(self, batch: Batch) -> None:
        self.events += [recorded.event for recorded in batch.records]

    def may_send(self) -> bool:
        return True

    def renew(self) -> bool:
        return True

    def stops(self) -> list[tuple[str, int]]:
        """Each request to stop: its reason and its stage."""
        return [(event.reason, event.stage) for event in self.events if isinstance(event, CancelRequested)]


class Plugin:
    """Carries out dispatches: each waits until `landed` is set. `sent` is called when the first one is under way."""

    def __init__(self, sent: Callable[[], None] = lambda: None, trouble: Exception | None = None) -> None:
        self.landed = asyncio.Event()
        self._sent = sent
        self._trouble = trouble

    async def perform(self, command: Command, announce: Announce) -> Answer:
        assert isinstance(command, DispatchAction)
        self._sent()
        if self._trouble:
            raise self._trouble
        await self.landed.wait()
        return Answer(event=applied(command.action))


class Witness:
    """Calls `seen` with each event that has become durable."""

    def __init__(self, seen: Callable[[Event], None]) -> None:
        self._seen = seen

    def publish(self, records: Sequence[Recorded], state: RunState) -> None:
        for recorded in records:
            self._seen(recorded.event)


class Stage:
    """One run with its record, its plugin and what happens when it is asked to stop."""

    def __init__(self, tmp_path: Path) -> None:
        self.record = Record()
        self.spill = tmp_path / "spill.jsonl"

    def run(
        self,
        plugin: Callable[[], Plugin],
        seen: Callable[[Plugin, Event], None] = lambda plugin, event: None,
        *,
        grace: float | None = None,
        timeout: float = 0.0,
        inbox: Callable[[], Sequence[Event]] | None = None,
    ) -> RunOutcome:
        async def main() -> RunOutcome:
            acting = plugin()
            local = LocalRun(
                ledger=self.record,
                performer=acting,  # type: ignore[arg-type]  # it only has to perform
                observer=Witness(lambda event: seen(acting, event)),
                clock=lambda: 1_790_000_000.0,
                spill=self.spill,
                grace=grace,
                timeout=timeout,
                inbox=inbox,
            )
            return await execute(fold(records(begun(TWO_IN_A_ROW))), local)

        return asyncio.run(main())


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def press(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


def land(plugin: Plugin, event: Event) -> None:
    """What is in flight lands once the run was asked to stop."""
    if isinstance(event, CancelRequested):
        plugin.landed.set()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
def test_the_first_signal_lets_what_is_in_flight_land(stage: Stage, number: signal.Signals, code: int) -> None:
    outcome = stage.run(lambda: Plugin(press(number)), land)

    assert (outcome.result, outcome.exit_code) == (RunResult.INTERRUPTED, code)
    assert [action.status.name for action in outcome.actions] == ["SUCCESS", "SKIPPED"]
    assert stage.record.stops() == [(number.name, 1)]


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_second_signal_abandons_it_whichever_it_is(stage: Stage, second: signal.Signals) -> None:
    def seen(plugin: Plugin, event: Event) -> None:
        if isinstance(event, CancelRequested) and event.stage == 1:
            press(second)()

    outcome = stage.run(lambda: Plugin(press(signal.SIGINT)), seen)

    assert (outcome.result, outcome.exit_code) == (RunResult.INTERRUPTED, 130)
    assert outcome.actions[0].in_doubt
    assert stage.record.stops() == [("SIGINT", 1), (second.name, 2)]


def test_the_end_of_the_grace_time_is_a_second_signal(stage: Stage) -> None:
    outcome = stage.run(lambda: Plugin(press(signal.SIGTERM)), grace=0.01)

    assert (outcome.exit_code, outcome.actions[0].in_doubt) == (143, True)
    assert stage.record.stops() == [("SIGTERM", 1), ("SIGTERM", 2)]


def test_the_end_of_the_time_is_a_first_signal_and_grace_follows_it(stage: Stage) -> None:
    outcome = stage.run(Plugin, timeout=0.01, grace=0.01)

    assert (outcome.result, outcome.exit_code) == (RunResult.INTERRUPTED, 11)
    assert stage.record.stops() == [("timeout", 1), ("timeout", 2)]


def test_a_signal_after_the_end_of_the_time_is_the_second(stage: Stage) -> None:
    def seen(plugin: Plugin, event: Event) -> None:
        if isinstance(event, CancelRequested) and event.reason == "timeout":
            press(signal.SIGINT)()

    outcome = stage.run(Plugin, seen, timeout=0.01)

    assert outcome.exit_code == 11
    assert stage.record.stops() == [("timeout", 1), ("SIGINT", 2)]


def test_word_from_another_process_is_a_first_signal(stage: Stage) -> None:
    letters = [[CancelRequested(reason="cli")]]

    def seen(plugin: Plugin, event: Event) -> None:
        if isinstance(event, CancelRequested) and event.reason == "cli":
            press(signal.SIGINT)()

    outcome = stage.run(Plugin, seen, inbox=lambda: letters.pop() if letters else [])

    assert outcome.result is RunResult.INTERRUPTED
    assert stage.record.stops() == [("cli", 1), ("SIGINT", 2)]


def test_an_inbox_that_cannot_be_read_is_read_again(stage: Stage) -> None:
    looks = [[CancelRequested(reason="cli")], None]

    def inbox() -> Sequence[Event]:
        found = looks.pop() if looks else []
        if found is None:
            raise WfctlError(Kind.LEDGER, "LEDGER_BUSY", "busy")
        return found

    stage.run(Plugin, land, inbox=inbox)

    assert stage.record.stops() == [("cli", 1)]


def test_signals_mean_afterwards_what_they_meant_before(stage: Stage) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, frame: heard.append(number))

    stage.run(lambda: Plugin(press(signal.SIGHUP)), land)
    press(signal.SIGHUP)()
    after = signal.signal(signal.SIGHUP, before)

    assert callable(after)
    assert heard == [signal.SIGHUP]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_was_started_with_nohup_outlives_its_terminal(stage: Stage) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def plugin() -> Plugin:
        acting = Plugin(press(signal.SIGHUP))
        acting.landed.set()
        return acting

    outcome = stage.run(plugin)
    signal.signal(signal.SIGHUP, before)

    assert outcome.result is RunResult.SUCCEEDED
    assert stage.record.stops() == []


def test_a_lease_lost_in_the_middle_of_an_order_ends_the_run(stage: Stage) -> None:
    with pytest.raises(LeaseLostError):
        stage.run(lambda: Plugin(trouble=LeaseLostError("gone")))


def test_a_ledger_lost_in_the_middle_of_an_order_ends_the_run(stage: Stage) -> None:
    broken = WfctlError(Kind.LEDGER, "LEDGER_IO", "broken")

    with pytest.raises(LedgerFailedError) as caught:
        stage.run(lambda: Plugin(trouble=LedgerTroubleError(broken)))

    assert caught.value.problem is broken


THIRD = """
import asyncio, os, signal
from pathlib import Path
from tests.locks.test_ladder import Plugin, Stage
from wfctl.core.events import CancelRequested

def seen(plugin, event):
    if isinstance(event, CancelRequested):
        os.kill(os.getpid(), signal.SIGINT)
        if event.stage == 1:
            os.write(1, b"second")
            os.kill(os.getpid(), signal.SIGTERM)
            os.write(1, b"never")

Stage(Path("/nowhere")).run(lambda: Plugin(lambda: os.kill(os.getpid(), signal.SIGINT)), seen)
"""


def test_the_third_signal_leaves_at_once() -> None:
    """Even from the middle of a callback: the loop is not asked."""
    done = subprocess.run([sys.executable, "-c", THIRD], capture_output=True, check=False, timeout=60)

    assert (done.returncode, done.stdout) == (143, b"second"), done.stderr.decode()

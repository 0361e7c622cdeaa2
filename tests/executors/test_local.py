"""A run in a real process: real signals, a record that breaks, and no waiting but for a word that was said."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
import pytest

from wfctl.core import events
from wfctl.core.events import ActionApplied, ActionIdentified

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a child that hangs is killed, so that its test fails instead of hanging too."""


class Child:
    """The process, the lines it has said, and the word it waits for."""

    def __init__(self, spill: Path, plan: str, *options: str) -> None:
        self.spill = spill
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.executors.child", plan, str(spill), *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(PATIENCE, self._process.kill)
        self._watchdog.start()

    def tell(self, *lines: str) -> Child:
        """Say something to it."""
        _pipe(self._process.stdin).write("".join(f"{line}\n" for line in lines))
        _pipe(self._process.stdin).flush()
        return self

    def until(self, *lines: str) -> Child:
        """Read on until each of these lines was said."""
        missing = set(lines) - set(self.said)
        for line in _pipe(self._process.stdout):
            self.said.append(line.strip())
            missing.discard(line.strip())
            if not missing:
                return self
        raise AssertionError(f"never said: {sorted(missing)}; said: {self.said}")

    def press(self, number: signal.Signals) -> Child:
        os.kill(self._process.pid, number)
        return self

    def end(self) -> int:
        """Read to its end; the code it left with, below nought for the signal that killed it."""
        self.said.extend(line.strip() for line in _pipe(self._process.stdout))
        code = self._process.wait()
        self._watchdog.cancel()
        return code

    def close(self) -> None:
        """End it if it still runs."""
        self._watchdog.cancel()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            _pipe(pipe).close()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


class Launch:
    """Starts children and ends them after the test."""

    def __init__(self, spill: Path) -> None:
        self._spill = spill
        self.children: list[Child] = []

    def __call__(self, plan: str, *options: str) -> Child:
        self.children.append(Child(self._spill, plan, *options))
        return self.children[-1]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    starting = Launch(tmp_path / "run.spill.jsonl")
    yield starting
    for child in starting.children:
        child.close()


def spilled(child: Child) -> list[events.Event]:
    """The facts in its spill file."""
    lines = child.spill.read_bytes().splitlines()
    return [events.decode(msgspec.json.encode(msgspec.json.decode(line)["event"])) for line in lines]


def test_a_run_to_its_end(launch: Launch) -> None:
    child = launch("a>b").tell("go", "land a", "land b")

    assert child.end() == 0
    assert child.said[-2:] == ["outcome succeeded SUCCESS SUCCESS", "in doubt"]
    sends = [line for line in child.said if line.startswith(("recorded ActionDispatched", "sent"))]
    assert sends == ["recorded ActionDispatched 0", "sent a", "recorded ActionDispatched 1", "sent b"]


class TestSignals:
    @pytest.mark.parametrize(
        ("number", "code"),
        [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
        ids=["INT", "TERM", "HUP"],
    )
    def test_the_first_lets_what_is_in_flight_land_and_starts_nothing_new(
        self, launch: Launch, number: signal.Signals, code: int
    ) -> None:
        child = launch("a>b").tell("go").until("sent a")
        child.press(number).until("recorded CancelRequested")
        child.tell("land a")

        assert child.end() == code
        assert child.said[-2:] == ["outcome interrupted SUCCESS SKIPPED", "in doubt"]
        assert "recorded ActionApplied 0" in child.said
        assert "sent b" not in child.said

    def test_the_second_abandons_it(self, launch: Launch) -> None:
        child = launch("a b").tell("go").until("sent a", "sent b")
        child.tell("land a").until("recorded ActionApplied 0")
        child.press(signal.SIGINT).until("recorded CancelRequested")
        child.press(signal.SIGINT)

        assert child.end() == 130
        assert child.said[-2:] == ["outcome interrupted SUCCESS ERROR", "in doubt b"]
        assert child.said.count("recorded RunFinished") == 1

    def test_the_third_leaves_at_once_whatever_does_not_listen(self, launch: Launch) -> None:
        child = launch("stubborn").tell("go").until("sent stubborn")
        child.press(signal.SIGINT).until("recorded CancelRequested")
        child.press(signal.SIGINT).until("recorded RunFinished", "cancelled stubborn")
        child.press(signal.SIGTERM)

        assert child.end() == 143
        assert child.said[-1] == "cancelled stubborn"

    def test_the_end_of_the_grace_time_abandons_too(self, launch: Launch) -> None:
        child = launch("a", "0.01").tell("go").until("sent a").press(signal.SIGTERM)

        assert child.end() == 143
        assert child.said[-1] == "in doubt a"
        assert child.said.count("recorded CancelRequested") == 2

    def test_the_end_of_the_time_is_a_first_signal(self, launch: Launch) -> None:
        child = launch("a>b", "", "0.01").tell("go").until("recorded CancelRequested").tell("land a")

        assert child.end() == 11
        assert child.said[-2] == "outcome interrupted SUCCESS SKIPPED"


class TestLedgerLost:
    def test_nothing_new_is_sent_and_what_is_in_flight_lands_in_a_private_file(self, launch: Launch) -> None:
        child = launch("a b c").tell("go").until("sent a", "sent b", "sent c")
        child.tell("ledger fails", "land a").until("not recorded ActionApplied")
        child.tell("land b", "land c")

        assert child.end() == 5
        assert child.said[-1] == "LedgerFailedError disk full True True"
        assert stat.S_IMODE(child.spill.stat().st_mode) == 0o600
        assert sorted(event.action for event in spilled(child) if isinstance(event, ActionApplied)) == [0, 1, 2]

    def test_no_order_follows_an_answer_that_could_not_be_recorded(self, launch: Launch) -> None:
        child = launch("a>b").tell("go").until("sent a").tell("ledger fails", "land a")

        assert child.end() == 5
        assert "sent b" not in child.said
        assert [type(event) for event in spilled(child)] == [ActionApplied]

    def test_before_anything_was_sent_there_is_nothing_to_save(self, launch: Launch) -> None:
        child = launch("a").tell("ledger fails").until("heard ledger fails").tell("go")

        assert child.end() == 5
        assert child.said[-1] == "LedgerFailedError disk full False False"
        assert "sent a" not in child.said
        assert not child.spill.exists()

    def test_an_answer_with_secrets_is_not_written_in_clear(self, launch: Launch) -> None:
        child = launch("s").tell("go").until("sent s").tell("ledger fails", "land s")

        assert child.end() == 5
        assert child.said[-1] == "LedgerFailedError disk full False True"
        assert not child.spill.exists()

    def test_a_call_that_tells_its_identity_then_goes_on_and_lands(self, launch: Launch) -> None:
        child = launch("a!").tell("go").until("sent a").tell("ledger fails", "name a").until("goes on a").tell("land a")

        assert child.end() == 5
        assert [type(event) for event in spilled(child)] == [ActionIdentified, ActionApplied]

    def test_two_signals_end_the_wait_and_what_is_known_is_saved(self, launch: Launch) -> None:
        child = launch("a b").tell("go").until("sent a", "sent b")
        child.tell("ledger fails", "land a").until("not recorded ActionApplied")
        child.press(signal.SIGINT).press(signal.SIGTERM)

        assert child.end() == 5
        assert "landed b" not in child.said
        assert [event.action for event in spilled(child) if isinstance(event, ActionApplied)] == [0]

    def test_what_lands_later_than_the_grace_time_is_not_waited_for(self, launch: Launch) -> None:
        child = launch("a b", "0.01").tell("go").until("sent a", "sent b").tell("ledger fails", "land a")

        assert child.end() == 5
        assert [event.action for event in spilled(child) if isinstance(event, ActionApplied)] == [0]


class TestLeaseLost:
    def test_what_is_in_flight_lands_and_nothing_is_written_or_sent(self, launch: Launch) -> None:
        child = launch("a>b").tell("go").until("sent a").tell("lease lost", "land a")

        assert child.end() == 6
        assert child.said[-1] == "LeaseLostError taken"
        assert "landed a" in child.said
        assert "sent b" not in child.said
        assert not child.spill.exists()

    def test_a_call_that_tells_its_identity_does_not_hang(self, launch: Launch) -> None:
        child = launch("a!").tell("go").until("sent a").tell("lease lost", "name a").until("goes on a").tell("land a")

        assert child.end() == 6

    def test_behind_a_closed_fence_nothing_is_sent(self, launch: Launch) -> None:
        child = launch("a").tell("fence closed").until("heard fence closed").tell("go")

        assert child.end() == 6
        assert "recorded ActionDispatched 0" in child.said
        assert "sent a" not in child.said
        assert child.said[-1].startswith("LeaseLostError the lease ran out")


def test_an_early_identity_is_durable_before_the_create_goes_on(launch: Launch) -> None:
    child = launch("a!").tell("go", "name a").until("goes on a").tell("land a")

    assert child.end() == 0
    assert child.said.index("recorded ActionIdentified 0") < child.said.index("goes on a")
    assert child.said.index("goes on a") < child.said.index("landed a")


def test_a_mistake_of_ours_surfaces_and_nothing_hangs(launch: Launch) -> None:
    child = launch("a b").tell("go").until("sent a", "sent b").tell("break a")

    assert child.end() == 6
    assert child.said[-1] == "ZeroDivisionError a mistake of ours"
    assert "landed b" not in child.said

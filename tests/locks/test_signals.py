"""The ladder of signals on real processes: what each rung leaves behind, and that a resume makes up for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.locks.conftest import Barrier, Engine, World
from tests.locks.test_two_engines import ALL

INT, TERM, HUP, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL
CODES = [(INT, 130), (TERM, 143), (HUP, 129)]


def statuses(engine: Engine) -> list[tuple[str, bool, bool]]:
    """Of each action its status, whether that is the final word, and whether it is in doubt."""
    outcomes = [line["outcome"] for line in engine.lines if line["type"] == "action_outcome"]
    return [(outcome["status"], outcome["final"], outcome["in_doubt"]) for outcome in outcomes]


# --- the rungs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), CODES)
def test_the_first_signal_lets_what_is_in_flight_land(world: World, number: int, code: int) -> None:
    engine = world.slowly("apply", "-y", "--json")
    engine.signal(number)
    engine.until('"stage":1')
    world.open_gate()
    engine.end(code)

    assert statuses(engine) == [("SUCCESS", True, False), ("SUCCESS", True, False), ("SKIPPED", False, False)]
    assert engine.lines[-1]["run"]["result"] == "interrupted"
    assert world.effects == ["make-first", "make-slow"]
    world.run("resume")
    assert world.effects == ALL


@pytest.mark.parametrize("second", [INT, TERM, HUP])
def test_the_second_signal_leaves_in_doubt_what_had_not_happened(world: World, second: int) -> None:
    engine = world.slowly("apply", "-y", "--json")
    engine.signal(INT)
    engine.until('"stage":1')
    engine.signal(second)
    engine.end(130)

    assert statuses(engine)[1] == ("ERROR", False, True)
    assert engine.lines[-1]["run"]["next_command"] == f"wfctl resume {engine.lines[-1]['run']['id']}"
    assert world.effects == ["make-first"]
    world.folder.joinpath("gate").unlink()
    assert "yard.crate.slow: Read: the call had no effect" in world.run("resume")
    assert world.effects == ALL


def test_the_second_signal_leaves_in_doubt_what_had_happened_too(world: World) -> None:
    """The crate stands, and the plugin has not said so yet."""
    landed = world.fifo("landed")
    world.fifo("hang")
    engine = world.start("apply", "-y", "--json")
    landed.read_text()
    engine.signal(INT)
    engine.until('"stage":1')
    engine.signal(TERM)
    engine.end(130)
    assert statuses(engine)[1] == ("ERROR", False, True)

    for name in ("landed", "hang"):
        world.folder.joinpath(name).unlink()
    assert "yard.crate.slow: Creation complete, found by key" in world.run("resume")
    assert world.effects == ALL, "it was not made twice"


def test_the_end_of_the_grace_time_is_the_second_signal(world: World) -> None:
    engine = world.slowly("apply", "-y", "--json", "--grace", "50ms", CI="true")
    engine.signal(TERM)
    engine.end(143)

    stages = [line["interrupted"]["stage"] for line in engine.lines if line["type"] == "interrupted"]
    assert stages == [1, 2]
    world.folder.joinpath("gate").unlink()
    world.run("resume")
    assert world.effects == ALL


def test_the_end_of_the_run_s_time_is_the_first(world: World) -> None:
    engine = world.start("apply", "-y", "--json", "--timeout", "1ms")
    engine.end(11)

    assert engine.lines[-1]["run"]["cancelled_by"] == "timeout"
    world.run("resume")
    assert world.effects == ALL


def test_a_stop_from_another_terminal_is_the_first_and_ctrl_c_then_the_second(world: World) -> None:
    engine = world.slow()
    world.run("runs", "cancel")
    engine.until("Stopping (cli)")
    engine.signal(INT)
    engine.end(130)

    assert "Stopping at once (SIGINT): 1 call in flight given up" in engine.said


# --- how a build server ends a job -------------------------------------------------------------------------------------


@pytest.mark.parametrize("waits", ["nowhere", "after SIGINT", "after SIGTERM", "everywhere"])
def test_interrupt_terminate_kill_loses_nothing(world: World, waits: str) -> None:
    """A hosted runner's SIGINT, SIGTERM and SIGKILL, each as soon as the one before was sent or heard."""
    engine = world.slowly("apply", "-y", CI="true")
    engine.signal(INT)
    if waits in ("after SIGINT", "everywhere"):
        engine.until("Stopping (SIGINT)")
    engine.signal(TERM)
    if waits in ("after SIGTERM", "everywhere"):
        engine.until("Stopping at once")
    engine.signal(KILL)
    assert engine.end() in (130, 143, -KILL)

    world.folder.joinpath("gate").unlink()
    world.run("resume")
    assert world.effects == ALL


# --- before and after a run --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_while_plugins_start_ends_the_verb_in_order(world: World, number: int, code: int) -> None:
    start = world.fifo("start")
    engine = world.start("apply", "-y", "--json")
    # Open once the plugin waits there; that lets it go on only when it is closed.
    with start.open("w"):
        engine.signal(number)
        engine.end(code)

    assert engine.lines[-1]["run"]["id"] is None
    assert [line["diagnostic"]["code"] for line in engine.lines if line["type"] == "diagnostic"] == ["INTERRUPTED"]
    assert world.document("runs", "list")["runs"] == []


@pytest.mark.parametrize("json", [True, False], ids=["json", "text"])
def test_a_signal_after_the_run_changes_nothing_of_what_was_said(world: World, json: bool) -> None:
    """The plugin is stopped, so ending it takes long; whoever does not want to wait for that need not."""
    barrier = Barrier(world.folder, before=4)
    engine = world.start("apply", "-y", *(["--json"] if json else []), hold=barrier.hold)
    barrier.reached()
    os.kill(int((world.folder / "pid").read_text()), signal.SIGSTOP)
    barrier.open()
    engine.until('"run_complete"' if json else "Apply complete!")
    engine.signal(INT)
    engine.end(0)

    assert "nterrupted" not in engine.said


# --- a terminal --------------------------------------------------------------------------------------------------------


AS_A_SHELL_DOES = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.argv[1] == "nohup":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, "-m", "wfctl", *sys.argv[2:]])
"""


class Terminal:
    """A terminal with the real program in it, started as a shell would: leader of a session, in the foreground."""

    def __init__(self, world: World, *arguments: str, nohup: bool = False) -> None:
        self.screen, theirs = os.openpty()
        self.said = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", AS_A_SHELL_DOES, "nohup" if nohup else "", *arguments],
            cwd=world.folder,
            env={**world.environment, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, words: bytes) -> None:
        while words not in self.said:
            self.said += os.read(self.screen, 65536)

    def type(self, keys: bytes) -> None:
        os.write(self.screen, keys)

    def close(self) -> None:
        """The window is closed."""
        os.close(self.screen)
        self.screen = -1

    def end(self) -> int:
        """Read to the end; the exit code."""
        with suppress(OSError):
            while self.screen >= 0 and (piece := os.read(self.screen, 65536)):
                self.said += piece
        return self.process.wait(timeout=60)


@pytest.fixture
def terminals(world: World) -> Iterator[list[Terminal]]:
    found: list[Terminal] = []
    yield found
    for terminal in found:
        if terminal.screen >= 0:
            os.close(terminal.screen)
        terminal.process.kill()
        terminal.process.wait()


def in_terminal(world: World, terminals: list[Terminal], *, nohup: bool = False) -> Terminal:
    """An apply at its slow step."""
    world.fifo("gate")
    begun = world.fifo("begun")
    terminals.append(Terminal(world, "apply", "-y", nohup=nohup))
    begun.read_text()
    begun.unlink()
    return terminals[-1]


def test_plugins_do_not_get_the_terminal_s_ctrl_c(world: World, terminals: list[Terminal]) -> None:
    terminal = in_terminal(world, terminals)
    terminal.type(b"\x03")
    terminal.until(b"Stopping (SIGINT)")
    world.open_gate()

    assert terminal.end() == 130, terminal.said.decode()
    assert not (world.folder / "heard").exists()
    assert world.effects == ["make-first", "make-slow"]
    assert terminal.said.endswith(b"\n")
    assert terminal.said.rfind(b"\x1b[?25h") > terminal.said.rfind(b"\x1b[?25l"), "the cursor is there again"


def test_ctrl_c_twice_gives_up_what_is_in_flight(world: World, terminals: list[Terminal]) -> None:
    terminal = in_terminal(world, terminals)
    terminal.type(b"\x03")
    terminal.until(b"Stopping (SIGINT)")
    terminal.type(b"\x03")

    assert terminal.end() == 130
    assert b"Stopping at once" in terminal.said
    assert not (world.folder / "heard").exists()


def test_a_closed_terminal_is_a_first_signal_and_what_lands_is_recorded(
    world: World, terminals: list[Terminal]
) -> None:
    terminal = in_terminal(world, terminals)
    terminal.close()
    watching = world.start("runs", "watch")
    watching.until("Stopping (SIGHUP)")
    world.open_gate()

    assert terminal.end() == 129
    watching.end(0)
    assert world.effects == ["make-first", "make-slow"]
    assert world.only_run()["exit_code"] == 129


def test_with_nohup_a_run_outlives_its_terminal(world: World, terminals: list[Terminal]) -> None:
    terminal = in_terminal(world, terminals, nohup=True)
    terminal.close()
    world.open_gate()

    assert terminal.end() == 0
    assert world.effects == ALL

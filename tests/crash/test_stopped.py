"""Stopped by a signal while a program is just there, and taken up again, a run leaves what it would have left.

Every way of stopping at every place: the command line alone is signalled, as a terminal or a build server does it.
`WFCTL_CRASH_HOW="int int"` tries one way alone.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Final

import pytest

from tests.crash.forge import Ended, Forge, Forges, Running, Tally
from tests.crash.gates import Gate
from tests.crash.places import PLACES, Place
from tests.crash.world import Seen, agree, differences, seen
from wfctl.core.outcome import RunResult

ONLY: Final = [how for how in [os.environ.get("WFCTL_CRASH_HOW", "")] if how]

INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL
INTERRUPTED, TERMINATED = 130, 143

Act = Callable[[Running, Gate], None]


def signalled(number: signal.Signals, words: str = "") -> Act:
    """Send a signal, and wait until the run has said that it heard."""

    def act(running: Running, _gate: Gate) -> None:
        running.signal(number)
        if words:
            running.until(words)

    return act


def without_plugin(running: Running, _gate: Gate) -> None:
    """Kill the plugin."""
    running.kill_plugin()


def let_through(_running: Running, gate: Gate) -> None:
    """Let the program go on."""
    gate.open()


STOPPING: Final = "Stopping ("
AT_ONCE: Final = "Stopping at once"

STOPS: Final[dict[str, tuple[tuple[Act, ...], tuple[int, ...]]]] = {
    "kill": ((signalled(KILL),), (-KILL,)),
    "plugin": ((without_plugin, let_through), ()),
    "plugin and kill": ((without_plugin, signalled(KILL)), (-KILL,)),
    "int": ((signalled(INT, STOPPING), let_through), (INTERRUPTED,)),
    "term": ((signalled(TERM, STOPPING), let_through), (TERMINATED,)),
    "int int": ((signalled(INT, STOPPING), signalled(INT)), (INTERRUPTED,)),
    "term term": ((signalled(TERM, STOPPING), signalled(TERM)), (TERMINATED,)),
    "int term kill": ((signalled(INT, STOPPING), signalled(TERM, AT_ONCE), signalled(KILL)), (INTERRUPTED, -KILL)),
    # The second signal ends the run by itself, and may do so before the third arrives.
    "int term kill, all at once": ((signalled(INT), signalled(TERM), signalled(KILL)), (INTERRUPTED, -KILL)),
    "int kill": ((signalled(INT, STOPPING), signalled(KILL)), (-KILL,)),
    "int plugin": ((signalled(INT, STOPPING), without_plugin, let_through), (INTERRUPTED,)),
}
"""What is done to a run, one thing after the other, and how it may end besides ending as it would have."""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_stopped_and_taken_up_again(forges: Forges, tally: Tally, place: Place) -> None:
    begun = forges.first.laid_out(place.scenario)
    undisturbed = forges.first.run(place.scenario.do)
    assert undisturbed.status == place.scenario.code, undisturbed.out
    wanted = seen(forges.first.project)

    def stop(forge: Forge, how: str) -> list[str]:
        forge.lay_out(begun)
        tally.signals += 1
        return [f"{place.name}, {how}: {wrong}" for wrong in Stopped(forge, place, how, wanted).wrong()]

    agree(forges.each(ONLY or STOPS, stop))


class Stopped:
    """One run, stopped in one way."""

    def __init__(self, forge: Forge, place: Place, how: str, wanted: Seen) -> None:
        self._forge = forge
        self._place = place
        self._acts, self._codes = STOPS[how]
        self._wanted = wanted

    def wrong(self) -> list[str]:
        """Stop it, resume it, and tell what is not as it should be."""
        stopped = self._stop()
        if stopped.status not in (*self._codes, self._place.scenario.code, *([3] if self._place.put_off else [])):
            return [f"ended with {stopped.status}\n{stopped.out}"]
        resumed = stopped
        if stopped.status in self._codes:
            resumed = self._forge.run("resume")
        try:
            found = self._differences()
        except AssertionError as problem:
            found = [str(problem)]
        return [f"{wrong}\n--- stopped\n{stopped.out[-1500:]}\n--- resumed\n{resumed.out[-600:]}" for wrong in found]

    def _stop(self) -> Ended:
        gate = Gate(self._forge.project, self._place.gate)
        try:
            running = self._forge.start("cli", self._place.scenario.do, "-y")
            gate.arrived()
            for act in self._acts:
                act(running, gate)
            gate.open()
            return running.end()
        finally:
            gate.close()

    def _differences(self) -> list[str]:
        found = seen(self._forge.project)
        if self._place.put_off and found.exit_code == 3:
            return _lost(self._wanted, found)
        return differences(self._wanted, found)


def _lost(wanted: Seen, found: Seen) -> list[str]:
    """Work that was put off went with a plugin: the run says so, and everything else is as it should be."""
    done = {name for name in wanted.files if "milled" in name}
    same = {
        name: text
        for name, text in wanted.files.items()
        if name not in done | (found.files.keys() ^ wanted.files.keys())
    }
    assert found.result == RunResult.FAILED
    return [
        *([f"state differs: {found.state}"] if found.state != wanted.state else []),
        *([f"outcomes differ: {found.outcomes}"] if found.outcomes != wanted.outcomes else []),
        *([f"files differ: {found.files}"] if {name: found.files.get(name) for name in same} != same else []),
    ]

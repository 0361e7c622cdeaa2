"""Killed at any instant and taken up again, a run leaves what it would have left.

For each scenario the boundaries of the run are counted once; then, for each of them, the run is killed there and resumed, and
for some the resuming is killed as well. What is to be seen afterwards must not differ from the run that nobody disturbed.

`WFCTL_CRASH=deep` kills the resuming at each of its boundaries, `WFCTL_CRASH_SEED=N` chooses other samples, and
`WFCTL_CRASH_AT=17` or `=17/3` looks at one boundary (and one of its resuming) alone.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.crash.forge import Ended, Forge, Forges, Tally
from tests.crash.instants import Target
from tests.crash.scenarios import SCENARIOS, Scenario
from tests.crash.world import agree, differences, seen

DEEP = os.environ.get("WFCTL_CRASH") == "deep"
ONLY = os.environ.get("WFCTL_CRASH_AT", "")
SEED = int(os.environ.get("WFCTL_CRASH_SEED", "1"))
SAMPLE = 0.12
"""The share of the crash points that get a second one."""

KILLED = -9


scenarios = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@scenarios
def test_killed_and_taken_up_again(forges: Forges, tally: Tally, scenario: Scenario) -> None:
    breaking = Breaking(forges.first, scenario, tally)
    if ONLY:
        wrong = breaking.at(forges.first, int(ONLY.partition("/")[0]))
    else:
        wrong = forges.each(range(1, len(breaking.labels) + 1), breaking.at)
        # Calls side by side may be answered together or not, so some runs have a few boundaries more.
        beyond = len(breaking.labels)
        while beyond not in breaking.survived:
            beyond += 1
            wrong += breaking.at(forges.first, beyond)
    agree(wrong)


@scenarios
def test_the_plugin_alone_is_killed(forges: Forges, tally: Tally, scenario: Scenario) -> None:
    """The engine lives: it starts the plugin again and goes on, without anybody's help."""
    breaking = Breaking(forges.first, scenario, tally)
    calls = [number for number, label in enumerate(breaking.labels, 1) if label.startswith("during")]
    wrong = forges.each([int(ONLY)] if ONLY else calls, breaking.without_plugin)
    agree(wrong)


class Breaking:
    """Breaks the run of a scenario off, takes it up again, and tells what is different in the end."""

    def __init__(self, forge: Forge, scenario: Scenario, tally: Tally) -> None:
        self._scenario = scenario
        self._tally = tally
        self._begun = forge.laid_out(scenario)
        undisturbed = forge.run(scenario.do)
        assert undisturbed.status == scenario.code, undisturbed.out
        assert undisturbed.report is not None
        self._wanted = seen(forge.project)
        self.labels = undisturbed.report.labels
        self.survived: set[int] = set()

    def at(self, forge: Forge, boundary: int) -> list[str]:
        """Kill the run at a boundary and resume it; for some boundaries, kill the resuming too."""
        forge.lay_out(self._begun)
        killed = forge.run(self._scenario.do, Target(at=boundary))
        if killed.status == self._scenario.code and not killed.killed_at:
            self.survived.add(boundary)  # it had fewer boundaries this time
            return self._wrong(forge, "nowhere", killed)
        assert killed.status == KILLED, killed.out
        self._tally.kills += 1
        crashed = forge.keep("crashed")
        resumed = self._recover(forge)
        wrong = self._wrong(forge, killed.killed_at, resumed)
        for second in self._seconds(boundary, len(resumed.report.labels) if resumed.report else 0):
            forge.lay_out(crashed)
            again = self._recover(forge, Target(at=second, victim="both"))
            self._tally.kills += 1
            self._tally.twice += 1
            wrong += self._wrong(forge, f"{killed.killed_at}, then {again.killed_at}", self._recover(forge))
        return wrong

    def without_plugin(self, forge: Forge, boundary: int) -> list[str]:
        """Kill the plugin at a boundary."""
        forge.lay_out(self._begun)
        ended = forge.run(self._scenario.do, Target(at=boundary, victim="plugin"))
        self._tally.plugins += 1
        return self._wrong(forge, f"{ended.killed_at} (the plugin)", ended)

    def _seconds(self, boundary: int, count: int) -> list[int]:
        """The boundaries of the resuming to kill it at."""
        dice = random.Random(f"{SEED} {self._scenario.name} {boundary}")
        if ONLY:
            return [int(second) for second in ONLY.split("/")[1:]]
        if DEEP:
            return list(range(1, count + 1))
        return [dice.randint(1, count)] if count and dice.random() < SAMPLE else []

    def _recover(self, forge: Forge, target: Target | None = None) -> Ended:
        """What a person does: resume; where there is nothing to resume, because no run had begun, do it anew."""
        resumed = forge.run("resume", target)
        nothing = resumed.report is not None and resumed.report.error == "NOTHING_UNFINISHED"
        return forge.run(self._scenario.do, target) if nothing and not forge.has_begun(self._scenario) else resumed

    def _wrong(self, forge: Forge, where: str, ended: Ended) -> list[str]:
        try:
            found = differences(self._wanted, seen(forge.project))
        except AssertionError as problem:
            found = [str(problem)]
        return [f"{self._scenario.name}, seed {SEED}, killed at {where}: {one}\n{ended.out[-600:]}" for one in found]

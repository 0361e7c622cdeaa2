"""A plugin dies under a run: what was in flight is in doubt at once, the plugin is started again once, and the run goes on."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.crash.forge import Ended, Forge, Forges, Tally
from tests.crash.gates import Gate
from tests.crash.instants import plugins_of
from tests.crash.scenarios import Scenario, config, file, module
from tests.crash.world import agree, differences, kinds_of_last_run, seen
from wfctl.core.outcome import ActionStatus

BOXES = Scenario(
    name="boxes",
    wanted=config(module("crate.box", "a"), module("crate.box", "b"), module("crate.box", "c", depends_on=["a", "b"])),
)
MILLS = Scenario(
    name="mills", wanted=config(module("crate.mill", "one"), module("crate.mill", "two", depends_on=["one"]))
)
INCOMPLETE, NEEDS_PERSON, PLUGIN = 3, 5, 10


@pytest.fixture
def forge(forges: Forges) -> Forge:
    return forges.first


def dying(forge: Forge, *gates: str) -> Ended:
    """Apply, and kill the plugin each time somebody waits at every gate of a group."""
    groups = [[Gate(forge.project, name) for name in group.split()] for group in gates]
    running = forge.start("cli", "apply", "-y")
    for group in groups:
        for gate in group:
            gate.arrived()
        running.kill_plugin()
        for gate in group:
            gate.open()
    ended = running.end()
    for group in groups:
        for gate in group:
            gate.close()
    return ended


@pytest.mark.parametrize("when", ["before", "after"])
def test_everything_in_flight_is_in_doubt_at_once_and_looked_up(forge: Forge, tally: Tally, when: str) -> None:
    begun = forge.laid_out(BOXES)
    assert forge.run("apply").status == 0
    wanted = seen(forge.project)

    forge.lay_out(begun)
    ended = dying(forge, f"gate-{when}-a gate-{when}-b")
    tally.plugins += 1

    assert ended.status == 0, ended.out
    agree(differences(wanted, seen(forge.project)))
    events = kinds_of_last_run(forge.project)
    for action in (0, 1):
        own = [kind for kind, index in events if index == action]
        again = ["ActionFoundAbsent", "ActionDispatched"] if when == "before" else []
        assert own == ["ActionDispatched", "ActionLeftInDoubt", "ProbeStarted", *again, "ActionApplied"]


def test_it_is_started_again_once_and_then_a_person_is_asked(forge: Forge, tally: Tally) -> None:
    begun = forge.laid_out(BOXES)
    assert forge.run("apply").status == 0
    wanted = seen(forge.project)

    forge.lay_out(begun)
    ended = dying(forge, "gate-before-a gate-before-b", "gate-after-c")
    tally.plugins += 2

    assert ended.status == NEEDS_PERSON, ended.out
    assert "after it had been started again" in ended.out
    run = next(word for word in ended.out.split() if word.startswith("r-"))
    (box,) = [path.stem for path in (forge.project / "crates").glob("*.json") if '"name": "c"' in path.read_text()]
    settled = forge.start("cli", "settle", run, "c", "--as", f"present:{box}").end()
    assert settled.status == 0, settled.out
    assert forge.run("apply").status == 0
    assert seen(forge.project).files == wanted.files


def test_what_another_plugin_makes_goes_on(forge: Forge, tally: Tally) -> None:
    """One plugin dies twice; the other is not concerned, and what hangs on neither is done."""
    forge.laid_out(
        Scenario(
            name="two",
            wanted=config(
                module("crate.box", "a"),
                module("crate.box", "b", depends_on=["a"]),
                file("after-a", depends_on=["a"]),
                file("after-b", depends_on=["b"]),
            ),
        )
    )
    gates = [Gate(forge.project, name) for name in ("gate-before-a", "gate-after-b")]
    running = forge.start("cli", "apply", "-y")
    for gate in gates:
        gate.arrived()
        kill_crates(running.pid)
        gate.open()
    ended = running.end()
    for gate in gates:
        gate.close()
    tally.plugins += 2

    assert ended.status == NEEDS_PERSON, ended.out
    shown = json.loads(forge.start("cli", "runs", "show", "--json").end().out.splitlines()[0])
    told = {one["name"]: ActionStatus(one["status"]).name for one in shown["outcome"]["actions"]}
    assert told == {"a": "SUCCESS", "b": "ERROR", "after-a": "SUCCESS", "after-b": "SKIPPED"}


def kill_crates(engine: int) -> None:
    for plugin in plugins_of(engine):
        if b"crate.py" in Path(f"/proc/{plugin}/cmdline").read_bytes():
            os.kill(plugin, signal.SIGKILL)


def test_while_a_plan_is_made_nothing_is_lost_by_it(forge: Forge, tally: Tally) -> None:
    read = [
        "/bin/sh",
        "-c",
        "test -p ../read.at && echo > ../read.at && read -r _ < ../read.go; test -f s && echo '{}'",
    ]
    step = module("local.step", "s", do=["touch", "s"], read=read)
    forge.laid_out(Scenario(name="read", wanted=config(step)))
    assert forge.start("cli", "apply", "-y").end().status == 0
    gate = Gate(forge.project, "read")
    running = forge.start("cli", "apply", "-y")
    gate.arrived()
    gate.lift()
    running.kill_plugin()
    ended = running.end()
    gate.close()
    tally.plugins += 1

    assert ended.status == PLUGIN, ended.out
    assert "nothing was changed; plan again when the cause is gone" in ended.out
    assert "No changes" in forge.start("cli", "apply", "-y").end().out


class TestWorkThatWasPutOff:
    def test_it_dies_with_the_plugin_and_the_run_says_so(self, forge: Forge, tally: Tally) -> None:
        forge.laid_out(MILLS)
        ended = dying(forge, "gate-before-two")
        tally.plugins += 1

        self.expect_lost(forge, ended, lost=["one"], done=["two"])
        assert "wfctl plan" in ended.out
        assert ("FinalizeLost", None) in kinds_of_last_run(forge.project)

    def test_it_dies_with_the_engine_and_the_resumed_run_says_so(self, forge: Forge, tally: Tally) -> None:
        forge.laid_out(MILLS)
        self.kill_engine(forge, "gate-before-two")
        tally.signals += 1

        self.expect_lost(forge, forge.start("cli", "resume").end(), lost=["one"], done=["two"])
        kinds = [kind for kind, _ in kinds_of_last_run(forge.project)]
        assert kinds[kinds.index("RunResumed") + 1] == "FinalizeLost"

    def test_so_does_that_of_an_action_whose_answer_was_lost(self, forge: Forge, tally: Tally) -> None:
        forge.laid_out(MILLS)
        self.kill_engine(forge, "gate-after-two")
        tally.signals += 1

        resumed = forge.start("cli", "resume").end()
        self.expect_lost(forge, resumed, lost=["one", "two"], done=[])
        assert "crate.mill.two had put off" in resumed.out

    def test_a_flush_that_is_killed_is_lost_too(self, forge: Forge, tally: Tally) -> None:
        forge.laid_out(MILLS)
        ended = dying(forge, "gate-before-finalize")
        tally.plugins += 1

        self.expect_lost(forge, ended, lost=["one", "two"], done=[])

    def kill_engine(self, forge: Forge, name: str) -> None:
        gate = Gate(forge.project, name)
        running = forge.start("cli", "apply", "-y")
        gate.arrived()
        running.signal(signal.SIGKILL)
        running.end()
        gate.open()
        gate.close()

    def expect_lost(self, forge: Forge, ended: Ended, *, lost: list[str], done: list[str]) -> None:
        assert ended.status == INCOMPLETE, ended.out
        found = seen(forge.project)
        assert [outcome.split()[3] for outcome in found.outcomes] == ["SUCCESS", "SUCCESS"]
        milled = {Path(name).name.removeprefix("milled-") for name in found.files if "milled-" in name}
        assert milled == set(done)
        assert not milled & set(lost)

"""A create whose answer is lost, of a type that is found by its name alone: what was not there before came of it."""

from __future__ import annotations

import json
import signal

from tests.crash.forge import Ended, Forge, Forges, Tally
from tests.crash.gates import Gate
from tests.crash.scenarios import Scenario, config, hook, module
from tests.crash.world import kinds_of_last_run

SHELF = module("cloud.shelf", "s")
SCRIPTS = {"fails": "#!/bin/sh\nexit 1\n"}
PERSON = 5


def lost(forge: Forge, **apply: object) -> Ended:
    """Kill wfctl when the shelf is there and the answer is not, and resume."""
    forge.laid_out(Scenario(name="shelf", wanted=config(SHELF, **apply), scripts=SCRIPTS))
    gate = Gate(forge.project, "gate-after-s")
    running = forge.start("cli", "apply", "-y")
    gate.arrived()
    running.signal(signal.SIGKILL)
    running.end()
    gate.open()
    gate.close()
    return forge.start("cli", "resume").end()


def provenance(forge: Forge) -> str:
    (row,) = json.loads(forge.start("cli", "state", "list", "--json").end().out.splitlines()[0])["resources"]
    return str(row["provenance"])


def test_it_is_kept(forges: Forges, tally: Tally) -> None:
    forge = forges.first
    resumed = lost(forge)
    tally.signals += 1

    assert resumed.status == 0, resumed.out
    assert [kind for kind, action in kinds_of_last_run(forge.project) if action == 0] == [
        "ActionDispatched",
        "ActionClearBefore",
        "ProbeStarted",
        "ActionApplied",
    ]
    assert len(list((forge.project / "crates").glob("*.json"))) == 1
    assert provenance(forge) == "inferred"
    assert forge.start("cli", "plan", "--detailed-exitcode").end().status == 0


def test_it_is_never_deleted_to_undo_it(forges: Forges, tally: Tally) -> None:
    forge = forges.first
    resumed = lost(forge, hooks=[hook("smoke", "applied", "fails")])
    tally.signals += 1

    assert resumed.status == PERSON, resumed.out
    assert "not_ours" in resumed.out
    assert len(list((forge.project / "crates").glob("*.json"))) == 1


def test_what_was_there_before_is_nobodys(forges: Forges, tally: Tally) -> None:
    """Another one of that name: nobody can tell which of the two is found."""
    forge = forges.first
    forge.laid_out(Scenario(name="shelf", wanted=config(SHELF)))
    (forge.project / "crates").mkdir()
    theirs = {"name": "s", "key": "", "shape": "square", "colour": "grey"}
    (forge.project / "crates" / "0000000000000000.json").write_text(json.dumps(theirs))
    gate = Gate(forge.project, "gate-after-s")
    running = forge.start("cli", "apply", "-y")
    gate.arrived()
    running.signal(signal.SIGKILL)
    running.end()
    gate.open()
    gate.close()
    tally.signals += 1
    resumed = forge.start("cli", "resume").end()

    assert resumed.status == PERSON, resumed.out
    assert "nothing says that this run made it" in resumed.out

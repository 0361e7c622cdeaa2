"""A step whose program fails or is killed: what is said of it, with and without a program that reads, and the way on."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.crash.forge import Ended, Forge, Forges, Running, Tally
from tests.crash.gates import SHELL, Gate
from tests.crash.scenarios import Scenario, config, module
from tests.crash.world import kinds_of_last_run, seen
from wfctl.core.outcome import ActionStatus

STEP = (
    SHELL
    + """\
case $1 in
    do) gate ../before; touch effect; echo done >> ../journal; gate ../after ;;
    fails) exit 3 ;;
    breaks) touch effect; exit 3 ;;
    dies) touch effect; kill -9 $$ ;;
    hangs) touch effect; exec sleep 60 ;;
    undo) rm -f effect ;;
    read) test -f effect && echo '{}' ;;
    puzzled) exit 9 ;;
esac
"""
)
UNDO, READ = ["../step", "undo"], ["../step", "read"]
UNDONE_ALL, PERSON = 4, 5


def scenario(do: str, **settings: object) -> Scenario:
    return Scenario(
        name="step", wanted=config(module("local.step", "s", do=["../step", do], **settings)), scripts={"step": STEP}
    )


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """A program that fails, and what is to be said of its step."""

    do: str
    settings: dict[str, object]
    status: str
    effect: str
    code: int
    stays: bool


FAILING = {
    "before its effect": Failing(
        do="fails", settings={"undo": UNDO, "read": READ}, status="ERROR", effect="none", code=UNDONE_ALL, stays=False
    ),
    "after its effect": Failing(
        do="breaks",
        settings={"undo": UNDO, "read": READ},
        status="COMPENSATED",
        effect="CREATED",
        code=UNDONE_ALL,
        stays=False,
    ),
    "by taking too long": Failing(
        do="hangs",
        settings={"undo": UNDO, "read": READ, "timeout": 1},
        status="COMPENSATED",
        effect="CREATED",
        code=UNDONE_ALL,
        stays=False,
    ),
    "after its effect, without undo": Failing(
        do="breaks",
        settings={"read": READ},
        status="COMPENSATION_FAILED",
        effect="CREATED",
        code=PERSON,
        stays=True,
    ),
    "by its own word, and nothing reads": Failing(
        do="fails", settings={"undo": UNDO}, status="ERROR", effect="none", code=UNDONE_ALL, stays=False
    ),
    "by a signal, and nothing reads": Failing(
        do="dies", settings={"undo": UNDO}, status="ERROR", effect="unknown", code=PERSON, stays=True
    ),
    "by taking too long, and nothing reads": Failing(
        do="hangs", settings={"undo": UNDO, "timeout": 1}, status="ERROR", effect="unknown", code=PERSON, stays=True
    ),
    "after its effect, and read cannot tell": Failing(
        do="breaks",
        settings={"undo": UNDO, "read": ["../step", "puzzled"]},
        status="ERROR",
        effect="unknown",
        code=PERSON,
        stays=True,
    ),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_program_that_fails(forges: Forges, how: str) -> None:
    forge, failing = forges.first, FAILING[how]
    forge.laid_out(scenario(failing.do, **failing.settings))
    ended = forge.start("cli", "apply", "-y").end()

    seen(forge.project)
    told = outcome(forge)
    assert (ActionStatus(told["status"]).name, told["effect"]) == (failing.status, failing.effect), ended.out
    assert (ended.status, told["in_doubt"]) == (failing.code, failing.effect == "unknown")
    assert (forge.project / "build" / "effect").exists() is failing.stays
    assert ("ActionIdentified", 0) in kinds_of_last_run(forge.project)
    if failing.effect == "unknown":
        assert f"--as 'present:{told['provider_id']}|absent'" in ended.out


def test_what_a_program_did_that_failed_is_a_residue_where_it_is_only_found_later(forges: Forges) -> None:
    """Until `read` could tell, nobody knew; what a probe finds then is told and not touched."""
    forge = forges.first
    read = ["/bin/sh", "-c", "test -f effect || exit 1; test -f ../asked || { touch ../asked; exit 9; }"]
    forge.laid_out(scenario("breaks", undo=UNDO, read=read))
    ended = forge.start("cli", "apply", "-y").end()

    assert ended.status == PERSON, ended.out
    assert "found by id after the plugin had answered with an error" in ended.out
    assert (forge.project / "build" / "effect").exists()


# --- killed ------------------------------------------------------------------------------------------------------------


def engine(running: Running) -> None:
    running.signal(signal.SIGKILL)


def plugin(running: Running) -> None:
    running.kill_plugin()


Kill = Callable[[Running], None]
kills = pytest.mark.parametrize("kill", [engine, plugin])


def killed(forge: Forge, kill: Kill, at: str) -> Ended:
    """Apply, kill something while `do` is just there, and resume where that is needed."""
    gate = Gate(forge.project, at)
    running = forge.start("cli", "apply", "-y")
    gate.arrived()
    gate.lift()
    kill(running)
    ended = running.end()
    gate.close()
    return forge.start("cli", "resume").end() if ended.status == -signal.SIGKILL else ended


@kills
@pytest.mark.parametrize("at", ["before", "after"])
def test_killed_while_its_program_runs_it_is_found_by_the_id_it_told(
    forges: Forges, tally: Tally, kill: Kill, at: str
) -> None:
    forge = forges.first
    forge.laid_out(scenario("do", undo=UNDO, read=READ))
    ended = killed(forge, kill, at)
    tally.signals += 1

    assert ended.status == 0, ended.out
    assert (forge.project / "journal").read_text() == "done\n"
    words = "Creation complete, found by id" if at == "after" else "Creation complete after"
    assert words in ended.out


@kills
@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("said", ["present", "absent"])
def test_killed_where_nothing_reads_a_person_is_asked_and_believed(
    forges: Forges, tally: Tally, kill: Kill, at: str, said: str
) -> None:
    forge = forges.first
    forge.laid_out(scenario("do", undo=UNDO))
    ended = killed(forge, kill, at)
    tally.signals += 1

    assert ended.status == PERSON, ended.out
    answer = f"present:{outcome(forge)['provider_id']}" if said == "present" else "absent"
    assert answer in ended.out
    run = next(word for word in ended.out.split() if word.startswith("r-"))
    settle = ["settle", run, "s", "--as", answer]
    assert "the driver could not tell" in forge.start("cli", *settle).end().out
    assert forge.start("cli", *settle, "--no-verify", "--reason", "I looked").end().status == 0
    assert forge.start("cli", "apply", "-y").end().status == 0
    assert "No changes" in forge.start("cli", "plan").end().out
    done = {("before", "present"): 0, ("after", "absent"): 2}.get((at, said), 1)
    assert journal(forge.project).count("done") == done


def outcome(forge: Forge) -> dict[str, Any]:
    """What became of the step in the last run."""
    shown = json.loads(forge.start("cli", "runs", "show", "--json").end().out.splitlines()[0])
    told: dict[str, Any] = shown["outcome"]["actions"][0]
    return told


def journal(project: Path) -> list[str]:
    path = project / "journal"
    return path.read_text().split() if path.exists() else []

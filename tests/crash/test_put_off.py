"""Steps that are put off until the end of the run: what is said of them when that end is bad, with the real plugin."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.crash.forge import Ended, Forge, Forges, Tally
from tests.crash.gates import SHELL, Gate
from tests.crash.scenarios import Module, Scenario, config, file, hook, module
from tests.crash.world import kinds_of_last_run, seen
from wfctl.core.outcome import ActionStatus

STEP = (
    SHELL
    + """\
case $1 in
    do) gate "../before-$2"; touch "$2"; echo "$2" >> ../journal; gate "../after-$2" ;;
    fails) exit 3 ;;
    breaks) touch "$2"; exit 3 ;;
    dies) kill -9 $$ ;;
    undo) rm "$2"; echo "undo $2" >> ../journal ;;
    read) test -f "$2" && echo '{"said": 1}' ;;
esac
"""
)
SCRIPTS = {"step": STEP, "fails": "#!/bin/sh\nexit 1\n"}
INCOMPLETE, UNDONE_ALL, PERSON, INTERRUPTED = 3, 4, 5, 130


def late(name: str, do: str = "do", *, undo: bool = True, read: bool = True, **settings: object) -> Module:
    """A step that is put off."""
    ways = {"undo": ["../step", "undo", name]} if undo else {}
    ways |= {"read": ["../step", "read", name]} if read else {}
    return module("local.step", name, do=["../step", do, name], defer=True, **ways, **settings)


def applied(forge: Forge, *wanted: Module, **apply: object) -> Ended:
    forge.laid_out(Scenario(name="late", wanted=config(*wanted, **apply), scripts=SCRIPTS))
    return forge.start("cli", "apply", "-y").end()


def statuses(forge: Forge) -> dict[str, tuple[str, str]]:
    """The status of each action of the last run, and its evidence."""
    shown: dict[str, Any] = json.loads(forge.start("cli", "runs", "show", "--json").end().out.splitlines()[0])
    return {one["name"]: (ActionStatus(one["status"]).name, one["evidence"]) for one in shown["outcome"]["actions"]}


def journal(project: Path) -> list[str]:
    path = project / "journal"
    return path.read_text().splitlines() if path.exists() else []


def test_it_runs_after_everything_else_in_the_order_of_the_plan(forges: Forges) -> None:
    forge = forges.first
    now = module("local.step", "now", do=["../step", "do", "now"], depends_on=["two"])
    ended = applied(forge, late("one"), late("two", depends_on=["one"]), now)

    assert ended.status == 0, ended.out
    assert journal(forge.project) == ["now", "one", "two"]
    kinds = [kind for kind, _ in kinds_of_last_run(forge.project)]
    assert kinds[-3:] == ["FinalizeStarted", "FinalizeReported", "RunFinished"]
    assert forge.start("cli", "plan", "--detailed-exitcode").end().status == 0


def test_where_nothing_is_put_off_nothing_is_flushed(forges: Forges) -> None:
    assert applied(forges.first, file("a")).status == 0
    assert "FinalizeStarted" not in [kind for kind, _ in kinds_of_last_run(forges.first.project)]


def test_one_that_fails_is_undone_where_a_read_proves_it(forges: Forges) -> None:
    forge = forges.first
    ended = applied(
        forge,
        late("good"),
        late("nothing", "fails"),
        late("half", "breaks"),
        late("stays", "breaks", undo=False),
        late("word", "fails", read=False),
        late("unknown", "dies", read=False),
    )

    assert ended.status == PERSON, ended.out
    told = statuses(forge)
    assert told.pop("good")[0] == "SUCCESS"
    assert told == {
        "nothing": ("COMPENSATED", "plugin, read"),
        "half": ("COMPENSATED", "plugin, read"),
        "word": ("COMPENSATED", "plugin, read"),
        "stays": ("COMPENSATION_FAILED", ""),
        "unknown": ("COMPENSATION_FAILED", ""),
    }
    assert {path.name for path in (forge.project / "build").iterdir()} == {".wfctl-local", "good", "stays"}
    rows = json.loads(forge.start("cli", "state", "list", "--json").end().out.splitlines()[0])["resources"]
    assert {row["name"]: row["mark"] for row in rows} == {"good": "", "stays": "quarantined", "unknown": "quarantined"}
    seen(forge.project)


def test_an_error_beside_the_actions_changes_no_status_and_fails_the_run(forges: Forges) -> None:
    """Somebody took the note of a step away before the flush: nobody knows what was to be run."""
    forge = forges.first
    forge.laid_out(
        Scenario(name="late", wanted=config(late("lost"), late("kept", depends_on=["lost"])), scripts=SCRIPTS)
    )
    gate = Gate(forge.project, "before-kept")
    (forge.project / "infra.yaml").write_text(
        json.dumps(config(late("lost"), module("local.step", "now", do=["../step", "do", "kept"], depends_on=["lost"])))
    )
    running = forge.start("cli", "apply", "-y")
    gate.arrived()
    with closing(sqlite3.connect(forge.project / "build" / ".wfctl-local" / "registry.db")) as registry:
        registry.execute("DELETE FROM entry WHERE name = 'lost'")
        registry.commit()
    gate.open()
    ended = running.end()
    gate.close()

    assert ended.status == INCOMPLETE, ended.out
    assert "lost/do: the registry has no note of what was put off" in ended.out
    assert {status for status, _ in statuses(forge).values()} == {"SUCCESS"}
    again = forge.start("cli", "apply", "-y").end()
    assert again.status == 0, again.out
    assert journal(forge.project) == ["kept", "lost"]


def test_taken_back_before_the_end_it_is_never_run(forges: Forges) -> None:
    forge = forges.first
    smoke = hook("smoke", "applied", "fails", match={"name": "b"})
    ended = applied(forge, late("a", undo=False), file("b", depends_on=["a"]), on_failure="compensate", hooks=[smoke])

    assert ended.status == UNDONE_ALL, ended.out
    assert {status for status, _ in statuses(forge).values()} == {"COMPENSATED"}
    assert journal(forge.project) == []


def test_an_interrupted_run_does_it_when_it_is_resumed(forges: Forges, tally: Tally) -> None:
    forge = forges.first
    first = module("local.step", "first", do=["../step", "do", "first"], depends_on=["one"])
    then = module("local.step", "then", do=["../step", "do", "then"], depends_on=["first"])
    forge.laid_out(Scenario(name="late", wanted=config(late("one"), first, then), scripts=SCRIPTS))
    gate = Gate(forge.project, "before-first")
    running = forge.start("cli", "apply", "-y")
    gate.arrived()
    running.signal(signal.SIGINT)
    running.until("Stopping")
    gate.open()
    interrupted = running.end()
    gate.close()
    tally.signals += 1

    assert interrupted.status == INTERRUPTED, interrupted.out
    assert journal(forge.project) == ["first"]
    resumed = forge.start("cli", "resume").end()
    assert resumed.status == 0, resumed.out
    assert journal(forge.project) == ["first", "then", "one"]


@pytest.mark.parametrize("victim", ["wfctl", "plugin", "both"])
@pytest.mark.parametrize("at", ["before-now", "after-now", "before-one", "after-one", "before-two"])
def test_killed_at_any_place_it_is_done_once(forges: Forges, tally: Tally, victim: str, at: str) -> None:
    forge = forges.first
    now = module(
        "local.step",
        "now",
        do=["../step", "do", "now"],
        read=["../step", "read", "now"],
        depends_on=["one"],
    )
    forge.laid_out(Scenario(name="late", wanted=config(late("one"), late("two"), now), scripts=SCRIPTS))
    gate = Gate(forge.project, at)
    running = forge.start("cli", "apply", "-y")
    gate.arrived()
    gate.lift()
    if victim != "wfctl":
        running.kill_plugin()
    if victim != "plugin":
        running.signal(signal.SIGKILL)
    ended = running.end()
    gate.close()
    tally.signals += 1
    resumed = forge.start("cli", "resume").end() if victim != "plugin" else ended

    assert resumed.status == 0, resumed.out
    assert sorted(journal(forge.project)) == ["now", "one", "two"]
    seen(forge.project)
    plan = forge.start("cli", "plan", "--detailed-exitcode").end()
    assert plan.status == 0, plan.out

"""One run, looked at and stopped from another terminal."""

from __future__ import annotations

import signal

from tests.locks.conftest import World
from tests.locks.test_two_engines import ALL
from wfctl.ledger.lease import LEASE

# --- locks -------------------------------------------------------------------------------------------------------------


def test_a_lock_is_listed_with_its_holder_and_broken_only_by_force(world: World) -> None:
    old = world.slow()
    (lock,) = world.document("lock", "list")["locks"]
    assert (lock["workspace"], lock["standing"]) == ("default", "held")
    assert lock["holder"] == f"{lock['owner']} (process {old.pid})"
    assert (lock["pid"], lock["epoch"], lock["engine"]) == (old.pid, 1, "local")
    assert lock["until"] > lock["since"] > 0
    listed = world.run("lock", "list")
    assert all(word in listed for word in ("HOLDER", lock["holder"], lock["run_id"], "held"))

    refused = world.run("lock", "break", code=6)
    assert "gives signs of life" in refused
    assert f"wfctl runs cancel {lock['run_id']}" in refused
    assert "nobody holds a lock for r-other" in world.run("lock", "break", "r-other", "--force", code=1)

    broken = world.run("lock", "break", lock["run_id"], "--force", "--reason", "it hangs")
    assert f"Took workspace default away from {lock['holder']}." in broken
    assert world.run("lock", "list") == "No workspace is locked.\n"
    world.open_gate()
    old.end(6)
    assert "the lock is at epoch 2 now, and this process writes under 1" in old.said

    resumed = world.run("resume")
    assert f"broke the lock of {lock['holder']} at 2" in resumed
    assert ": it hangs." in resumed
    assert world.effects == ALL, "what the old owner had sent is found"
    assert "it hangs" not in world.run("apply", "-y"), "it is told once"


def test_the_lock_of_a_dead_engine_needs_no_force_and_the_name_of_terraform_is_known(world: World) -> None:
    engine = world.slow()
    engine.signal(signal.SIGKILL)
    engine.end()
    assert "Took workspace default away" in world.run("force-unlock", "default")
    assert "nobody holds a lock for default" in world.run("lock", "break", code=1)


def test_where_nothing_was_ever_done_there_is_no_lock(world: World) -> None:
    assert world.run("lock", "list") == "No workspace is locked.\n"
    assert world.run("lock", "break", "--force", code=1)


# --- stopping from elsewhere -------------------------------------------------------------------------------------------


def test_a_run_is_asked_to_stop_and_says_who_wanted_it(world: World) -> None:
    engine = world.slow()
    asked = world.run("runs", "cancel", "--reason", "wrong branch")
    assert f"(process {engine.pid}) hears of it within a second." in asked
    engine.until("Stopping (cli: wrong branch): nothing new will start")
    world.open_gate()
    engine.end(130)

    assert world.effects == ["make-first", "make-slow"]
    world.run("resume")
    assert world.effects == ALL


def test_a_stop_for_good_survives_the_death_of_the_engine_it_was_written_to(world: World) -> None:
    """It is stopped, so it reads no letters, and killed; whoever resumes the run ends it."""
    engine = world.slow()
    engine.stop(signal.SIGSTOP)
    world.run("runs", "cancel", "--final", "--reason", "not any more")
    engine.signal(signal.SIGKILL)
    engine.end()
    world.folder.joinpath("gate").unlink()
    resumed = world.run("resume", code=3)

    assert "Stopping (cli: not any more)" in resumed
    assert world.only_run()["result"] == "cancelled"
    assert "make-last" not in world.effects


def test_a_stop_that_could_be_resumed_is_overtaken_by_whoever_resumes(world: World) -> None:
    engine = world.slow()
    engine.stop(signal.SIGSTOP)
    world.run("runs", "cancel")
    engine.signal(signal.SIGKILL)
    engine.end()
    world.folder.joinpath("gate").unlink()

    world.run("resume")
    assert world.only_run()["result"] == "succeeded"


def test_a_run_whose_engine_is_dead_or_silent_has_nothing_to_stop(world: World) -> None:
    engine = world.slow()
    engine.stop(signal.SIGSTOP)
    world.pass_(LEASE + 1)
    silent = world.run("runs", "cancel", code=1)
    engine.signal(signal.SIGKILL)
    engine.end()
    dead = world.run("runs", "cancel", code=1)
    run = world.only_run()["run_id"]

    assert f"nobody drives run {run}: ana@" in silent
    assert f"(process {engine.pid}) stopped renewing its lock" in silent
    assert f"(process {engine.pid}) died" in dead
    assert f"wfctl resume {run}" in dead


# --- watching ----------------------------------------------------------------------------------------------------------


def test_a_run_is_watched_from_its_beginning_to_its_end(world: World) -> None:
    engine = world.slow()
    watching = world.start("runs", "watch")
    machine = world.start("runs", "watch", "--json")
    watching.until("yard.crate.slow: Creating...")
    machine.until('"apply_start"')
    world.open_gate()
    engine.end(0)
    watching.end(0)
    machine.end(0)

    story = engine.said[engine.said.index("Run r-") :]
    assert watching.said == story, "the same words as where it runs"
    kinds = [line["type"] for line in machine.lines]
    assert kinds[:2] == ["version", "run_start"]
    assert kinds.count("apply_complete") == kinds.count("action_outcome") == 3
    assert machine.lines[-1]["run"]["result"] == "succeeded"


def test_watching_ends_well_however_the_run_ends_unless_its_code_is_asked_for(world: World) -> None:
    engine = world.slow()
    watching = world.start("runs", "watch", world.only_run()["run_id"])
    strict = world.start("runs", "watch", "--exit-status")
    engine.signal(signal.SIGTERM)
    watching.until("Stopping (SIGTERM)")
    world.open_gate()
    engine.end(143)
    watching.end(0)
    strict.end(143)
    assert world.start("runs", "watch", world.only_run()["run_id"], "--exit-status").end(143)


def test_whoever_watches_a_run_is_told_of_the_death_of_its_engine(world: World) -> None:
    engine = world.slow()
    watching = world.start("runs", "watch")
    watching.until("yard.crate.slow: Creating...")
    engine.signal(signal.SIGKILL)
    engine.end()
    watching.end(1)

    assert f"(process {engine.pid}) died" in watching.said
    assert "wfctl resume r-" in watching.said


def test_who_stops_watching_does_not_stop_the_run(world: World) -> None:
    engine = world.slow()
    watching = world.start("runs", "watch")
    watching.until("yard.crate.slow: Creating...")
    watching.signal(signal.SIGINT)
    watching.end(130)
    world.open_gate()
    engine.end(0)

    assert "Not watching any more; the run goes on." in watching.said


def test_a_run_that_was_taken_over_is_told_from_its_beginning(world: World) -> None:
    old = world.slow()
    old.signal(signal.SIGINT)
    old.until("Stopping (SIGINT)")
    old.signal(signal.SIGINT)
    old.end(130)
    new = world.slowly("resume")
    watching = world.start("runs", "watch")
    watching.until("Run resumed, epoch 2")
    world.open_gate()
    new.end(0)
    watching.end(0)

    assert "Stopping at once (SIGINT): 1 call in flight given up" in watching.said
    assert "Apply complete! Resources: 3 added" in watching.said
    assert world.effects == ALL

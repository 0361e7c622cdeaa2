from __future__ import annotations

import signal
from typing import Any

from tests.cli.conftest import Gate
from tests.cli.shell import Shell


def newest(shell: Shell) -> dict[str, Any]:
    found: dict[str, Any] = shell.document("runs", "list", "--limit", "1")["runs"][0]
    return found


def killed(project: Shell, gate: Gate) -> str:
    """Kill a run in the middle of its slow step; its id."""
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    running.signal(signal.SIGKILL)
    running.end()
    gate.remove()
    return str(newest(project)["run_id"])


def test_a_killed_run_is_resumed_and_nothing_is_done_twice(project: Shell, gate: Gate) -> None:
    run = killed(project, gate)
    assert newest(project)["result"] == "interrupted"
    assert "wfctl resume" in project.run("runs", "show").stdout

    lines = project.lines("resume", run)
    assert lines[-1]["run"]["id"] == run
    assert lines[-1]["run"]["counts"]["success"] == 3
    assert project.read("slow.log") == "run\n"
    again = project.run("resume", run, code=1)
    assert "is over: succeeded" in again.stderr


def test_a_run_is_not_resumed_with_another_configuration_unless_accepted(project: Shell, gate: Gate) -> None:
    run = killed(project, gate)
    project.write("infra.yaml", project.read("infra.yaml").replace("one", "two"))
    refused = project.run("resume", code=7)
    assert "configuration: it is not what the plan was made for" in refused.stderr
    project.run("resume", run, "--accept-changed")
    assert project.read("build/first.txt") == "one\n", "the plan of the run is what counts"


def test_a_run_of_another_workspace_names_it_in_what_to_type(project: Shell, gate: Gate) -> None:
    running = project.start("apply", "-y", "--env", "prod")
    running.until("local.step.slow: Creating...")
    running.signal(signal.SIGKILL)
    running.end()
    gate.remove()
    (run,) = [one["run_id"] for one in project.document("runs", "list", "--all")["runs"]]

    last = project.run("runs", "show", run).stdout.splitlines()[-1]
    assert last == f"Next: wfctl resume --env prod {run}"
    project.run(*last.split()[2:])


def test_a_plan_says_that_a_run_is_not_over(project: Shell, gate: Gate) -> None:
    run = killed(project, gate)
    planned = project.run("plan")
    assert planned.stdout.endswith(f"Next: wfctl resume {run}\n")
    assert f"Warning: run {run} of workspace default is not over" in planned.stderr
    project.run("resume")
    assert "not over" not in project.run("plan").stderr


def test_a_run_that_nobody_drives_can_be_ended_for_good(project: Shell, gate: Gate) -> None:
    killed(project, gate)
    assert "--final" in project.run("runs", "cancel", code=1).stderr
    project.run("runs", "cancel", "--final", code=3)
    assert newest(project)["result"] == "cancelled"
    project.run("destroy", "-y")


def test_a_run_is_asked_to_stop_from_another_terminal(project: Shell, gate: Gate) -> None:
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    assert "was asked to stop" in project.run("runs", "cancel").stdout
    running.until("Stopping")
    gate.open()
    assert running.end() == 130
    project.run("resume")


def test_nothing_unfinished_is_nothing_to_resume(project: Shell) -> None:
    assert "no unfinished run" in project.run("resume", code=1).stderr
    assert "r-none" in project.run("resume", "r-none", code=1).stderr


def test_a_run_is_followed_from_another_terminal_to_its_end(project: Shell, gate: Gate) -> None:
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    watching = project.start("runs", "watch")
    watching.until("local.step.slow: Creating...")
    (held,) = project.document("lock", "list")["locks"]
    assert (held["workspace"], held["standing"]) == ("default", "held")
    assert "signs of life" in project.run("lock", "break", code=6).stderr
    gate.open()
    assert (running.end(), watching.end()) == (0, 0)
    assert "Apply complete!" in watching.said
    assert project.document("lock", "list")["locks"] == []
    assert "NOT_LOCKED" in project.run("lock", "break", "--json", code=1).stdout


def test_a_broken_lock_stops_its_holder_and_the_run_can_be_resumed(project: Shell, gate: Gate) -> None:
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    project.run("lock", "break", "--force", "--reason", "the machine is on fire")
    gate.open()
    assert running.end() == 6, running.said
    assert "nobody drives" in project.run("runs", "watch", code=1).stderr
    project.run("resume")
    assert project.read("slow.log") == "run\n"

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import Gate
from tests.cli.shell import Shell


def test_a_project_is_planned_applied_and_destroyed(project: Shell) -> None:
    planned = project.run("plan", "--detailed-exitcode", code=2)
    assert "Plan: 3 to add, 0 to change, 0 to destroy." in planned.stdout
    assert not (project.folder / "build").exists()
    assert not (project.folder / ".wfctl").exists(), "plan changes nothing"

    applied = project.run("apply", "--auto-approve")
    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in applied.stdout
    assert project.read("build/first.txt") == "one\n"
    assert json.loads(project.read("smoke.json"))["effect"] == "CREATED"

    again = project.run("apply", "-auto-approve")
    assert "No changes." in again.stdout
    project.run("plan", "-detailed-exitcode")

    destroyed = project.run("destroy", "-y")
    assert "Destroy complete! Resources: 3 destroyed." in destroyed.stdout
    assert project.document("state", "list")["resources"] == []
    assert not (project.folder / "build/first.txt").exists()


def test_a_saved_plan_is_applied_once_and_without_a_question(project: Shell) -> None:
    project.run("plan", "-out=plan.json")
    assert (project.folder / "plan.json").stat().st_mode & 0o777 == 0o600
    assert "Plan: 3 to add" in project.run("show", "plan.json").stdout
    assert len(project.document("show", "plan.json")["actions"]) == 3

    project.run("apply", "plan.json")
    run = project.document("runs", "list")["runs"][0]["run_id"]
    used = project.run("apply", "--plan", "plan.json", code=7)
    assert run in used.stderr


def test_a_saved_plan_that_does_not_fit_any_more_is_refused_naming_what_moved(project: Shell) -> None:
    project.run("plan", "-o", "plan.json")
    project.write("infra.yaml", project.read("infra.yaml").replace("one", "two"))
    refused = project.run("apply", "plan.json", code=7)
    assert "configuration: it is not what the plan was made for" in refused.stderr
    assert not (project.folder / "build").exists()


def test_nobody_to_ask_is_no_yes(project: Shell) -> None:
    refused = project.run("apply", code=9)
    assert "--auto-approve" in refused.stderr
    assert project.document("runs", "list")["runs"] == []


TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes stdin the terminal that controls the session, so that Ctrl-C typed there is a signal, and becomes the program."""


@pytest.mark.parametrize(("answer", "code"), [(b"yes\n", 0), (b"y\n", 9), (b"\n", 9), (b"\x04", 9), (b"\x03", 9)])
def test_only_the_word_yes_is_a_yes(project: Shell, answer: bytes, code: int) -> None:
    terminal, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, *Shell._argv(("apply", "--no-color"))],
        cwd=project.folder,
        env={**project.environment, "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = _read_until(terminal, b"Only yes is accepted: ")
    os.write(terminal, answer)
    said += _read_until(terminal, None)
    assert process.wait(timeout=60) == code, said.decode()
    assert (project.folder / "build/first.txt").exists() is (code == 0)
    os.close(terminal)


def _read_until(terminal: int, words: bytes | None) -> bytes:
    said = b""
    while words is None or words not in said:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        said += piece
    return said


def test_a_failed_hook_undoes_its_action_and_compensate_undoes_the_rest(project: Shell) -> None:
    project.write("smoke.refuses", "")
    failed = project.run("apply", "-y", "--on-failure=compensate", code=4)
    assert "3 COMPENSATED" in failed.stdout
    assert "infra.yaml:20:7" in failed.stdout
    assert project.document("state", "list")["resources"] == []
    shown = project.run("runs", "show").stdout
    assert "compensated, exit 4" in shown
    assert "hook smoke failed" in shown


def test_json_lines_alone_are_on_stdout_and_the_last_is_the_end(project: Shell) -> None:
    lines = project.lines("apply", "-auto-approve")
    kinds = [line["type"] for line in lines]
    assert kinds.count("planned_change") == 3
    assert kinds.count("action_outcome") == 3
    assert kinds.index("run_start") < kinds.index("apply_start") < kinds.index("action_outcome")
    assert lines[-1]["run"]["result"] == "succeeded"


def test_json_lines_can_go_into_a_file_besides(project: Shell) -> None:
    done = project.run("apply", "-y", "--json-into", "run.jsonl")
    assert "Apply complete!" in done.stdout
    assert json.loads(project.read("run.jsonl").splitlines()[-1])["type"] == "run_complete"


def test_quiet_says_nothing_of_what_goes_well(project: Shell) -> None:
    done = project.run("apply", "-y", "--quiet")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_build_server_gets_groups_and_a_summary(project: Shell) -> None:
    done = project.run("apply", "-y", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(project.folder / "summary.md"))
    assert "::group::" in done.stdout
    assert "| 1 | create |" in project.read("summary.md")


def test_a_run_goes_on_when_nobody_reads_its_output(project: Shell) -> None:
    running = project.start("apply", "-y")
    assert running.process.stdout is not None
    running.process.stdout.close()
    assert running.process.wait(timeout=60) == 0
    assert len(project.document("state", "list")["resources"]) == 3


def test_an_interrupted_run_is_resumed_where_it_stopped(project: Shell, gate: Gate) -> None:
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    running.signal(signal.SIGINT)
    running.until("Stopping (SIGINT)")
    gate.open()
    assert running.end() == 130
    assert "wfctl resume" in running.said

    refused = project.run("apply", "-y", code=6)
    assert "wfctl resume r-" in refused.stderr
    resumed = project.run("resume")
    assert "Apply complete! Resources: 3 added" in resumed.stdout
    assert project.read("slow.log") == "run\n", "nothing is done twice"


def test_a_workspace_has_one_owner_at_a_time(project: Shell, gate: Gate) -> None:
    running = project.start("apply", "-y")
    running.until("local.step.slow: Creating...")
    refused = project.lines("apply", "-y", code=6)
    assert refused[-1]["run"]["cause"]["code"] == "WORKSPACE_LOCKED"
    waiting = project.start("apply", "-y", "--lock-timeout", "60s")
    waiting.until("Waiting for the lock")
    gate.open()
    assert running.end() == 0, running.said
    assert waiting.end() == 0, waiting.said
    assert "No changes." in waiting.said


def test_a_protected_resource_is_not_destroyed_by_mistake(shell: Shell) -> None:
    shell.write(
        "infra.yaml",
        "modules:\n"
        "  - {name: here, type: iac.provider, config: {provider: local, root: build}}\n"
        "  - {name: kept, type: local.file, protected: true, config: {path: kept.txt, content: x}}\n",
    )
    shell.run("apply", "-y")
    refused = shell.run("destroy", "-y", code=8)
    assert "--allow-replace=kept" in refused.stderr
    shell.run("destroy", "-y", "--allow-replace=kept")


def test_a_mistake_in_the_configuration_is_shown_where_it_is(shell: Shell) -> None:
    shell.write("infra.yaml", "modules:\n  - {name: a, type: iac.provider, config: {}}\n  - {type: local.file}\n")
    for verb in ("plan", "apply", "validate"):
        refused = shell.run(verb, code=1)
        assert "infra.yaml:3:" in refused.stderr
        assert shell.lines(verb, code=1)[-1]["run"]["id"] is None


def test_a_plugin_that_is_not_there_is_an_error_of_its_own(shell: Shell) -> None:
    shell.write(
        "infra.yaml",
        "modules:\n"
        "  - {name: cloud, type: iac.provider, config: {provider: nimbus}}\n"
        "  - {name: a, type: infra.vpc, config: {iac_provider: cloud}}\n",
    )
    assert "nimbus" in shell.run("plan", code=10).stderr


def test_steps_without_read_are_believed_and_undone_in_reverse(shell: Shell) -> None:
    wanted = {
        "one": "do: [echo, x]",
        "two": "do: [echo, x], depends_on: [one]",
        "three": "do: ['false'], depends_on: [two]",
    }
    undo = "undo: [sh, -c, 'echo {} >> undone']"
    named = ((name, f"{do}, {undo.format(name)}") for name, do in wanted.items())
    modules = [f"  - {{name: {name}, type: local.step, config: {{{step}}}}}" for name, step in named]
    here = "  - {name: here, type: iac.provider, config: {provider: local, root: build}}"
    shell.write("infra.yaml", "\n".join(["modules:", here, *modules]))

    *outcomes, last = shell.lines("apply", "-y", "--on-failure=compensate", code=4)
    statuses = [line["outcome"]["status_code"] for line in outcomes if line["type"] == "action_outcome"]
    assert statuses == [4, 4, 2]
    assert (last["run"]["cause"]["plan_index"], last["run"]["cause"]["phase"]) == (2, "dispatch")
    assert shell.read("build/undone").split() == ["two", "one"]

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from wfctl import __version__

HEAVY = ("msgspec", "yaml", "rich", "grpc", "google", "cryptography", "sqlite3", "asyncio")


@pytest.mark.parametrize("arguments", [["--help"], ["runs", "--help"], ["version"], ["--version"]])
def test_help_and_version_import_next_to_nothing(shell: Shell, arguments: list[str]) -> None:
    # What is imported is what it costs; times would only measure the machine.
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "wfctl", *arguments],
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {name for name in imported if name.split(".")[0] in HEAVY}
    own = {name for name in imported if name.startswith("wfctl")}
    allowed = {"wfctl", "wfctl.cli", "wfctl.cli.main", "wfctl.cli.streams", "wfctl.cli.verbs", "wfctl.cli.root"}
    assert own <= allowed
    assert "typer" not in imported
    if "--help" not in arguments:
        assert "click" not in imported
        assert done.stdout == f"wfctl {__version__}\n"


def test_the_version_with_options_is_a_verb(shell: Shell) -> None:
    assert json.loads(shell.run("version", "-json").stdout) == {"wfctl": __version__}


def test_arguments_can_come_from_the_environment_and_typed_ones_win(shell: Shell) -> None:
    assert shell.run("version", WFCTL_CLI_ARGS="--json").stdout.startswith("wfctl ")
    assert shell.run("version", "--no-color", WFCTL_CLI_ARGS="--json").stdout.startswith("{")
    assert "--limit" in shell.run("runs", "list", WFCTL_CLI_ARGS_runs_list="--limit 0", code=1).stderr
    assert (
        "no infra.yaml"
        in shell.run("runs", "list", "--limit", "1", WFCTL_CLI_ARGS_runs_list="--limit 0", code=1).stderr
    )
    assert "WFCTL_CLI_ARGS" in shell.run("runs", "list", WFCTL_CLI_ARGS="'", code=1).stderr


def test_a_reader_who_leaves_is_no_error(shell: Shell) -> None:
    for verb in ("--help", "help exit-codes", "plugin list"):
        line = f"{sys.executable} -m wfctl {verb} | true; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(
            ["bash", "-c", line], cwd=shell.folder, env=shell.environment, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_stdout_is_no_error(shell: Shell) -> None:
    line = f"{sys.executable} -m wfctl help exit-codes >&-"
    done = subprocess.run(
        ["bash", "-c", line], cwd=shell.folder, env=shell.environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("verb", ["version", "--help", "help exit-codes", "plan", "plan --json", "state pull"])
def test_output_that_found_a_full_disk_is_an_error(project: Shell, verb: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m wfctl {verb} > /dev/full"],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == b"Error: not all of the output could be written: No space left on device"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_run_that_cannot_be_told_ends_as_it_ends(project: Shell) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m wfctl apply -y > /dev/full"],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0
    assert "not all of the output could be written" in done.stderr
    assert "succeeded" in project.run("runs", "list").stdout


def test_a_traceback_is_shown_to_those_who_ask(shell: Shell) -> None:
    shell.write("infra.yaml", "modules: 7\n")
    assert "Traceback" not in shell.run("plan", code=1).stderr
    done = subprocess.run(
        Shell._argv(("plan", "--debug")), cwd=shell.folder, env=shell.environment, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"Traceback" in done.stderr


def test_completion_knows_the_verbs(shell: Shell) -> None:
    assert "_WFCTL_COMPLETE" in shell.run("completion", "bash").stdout
    shell.environment |= {"_WFCTL_COMPLETE": "bash_complete", "COMP_WORDS": "wfctl runs ", "COMP_CWORD": "2"}
    assert shell.run().stdout.split() == ["plain,list", "plain,show", "plain,watch", "plain,cancel", "plain,prune"]

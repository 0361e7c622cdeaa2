from __future__ import annotations

import json

import pytest

from tests.cli.shell import Shell

PROJECT = """\
modules:
  - {{name: here, type: iac.provider, config: {{provider: local, root: build}}}}
  - {{name: first, type: local.file, config: {{path: first.txt, content: "{}"}}}}
"""


@pytest.fixture
def long_lived(shell: Shell) -> Shell:
    """One resource, changed by three runs."""
    for content in ("one", "two", "three"):
        shell.write("infra.yaml", PROJECT.format(content))
        shell.run("apply", "-y")
    return shell


def test_old_runs_keep_their_outcome_and_lose_the_rest(long_lived: Shell) -> None:
    newest, second, oldest = (run["run_id"] for run in long_lived.document("runs", "list")["runs"])
    before = long_lived.run("state", "pull").stdout

    assert f"Run {oldest} (apply, succeeded) goes." in long_lived.run("runs", "prune", "--keep", "1", code=9).stdout
    told = long_lived.run("runs", "prune", "--keep", "1", "-y").stdout

    assert "Pruned 2 runs" in told
    assert ".wfctl/backups/" in told
    assert long_lived.run("state", "pull").stdout == before
    assert long_lived.document("state", "verify")["counted"]["pruned_runs"] == 2
    listed = {run["run_id"]: run for run in long_lived.document("runs", "list")["runs"]}
    assert (listed[oldest]["pruned"], listed[oldest]["actions"], listed[oldest]["result"]) == (True, 1, "succeeded")
    assert not listed[newest]["pruned"]
    assert "succeeded (pruned)" in long_lived.run("runs", "list").stdout
    page = long_lived.run("runs", "show", second).stdout
    assert "local.file.first" in page
    assert "Its events were pruned." in page


def test_life_goes_on_after_pruning(long_lived: Shell) -> None:
    long_lived.run("runs", "prune", "--keep", "0", "-y")
    long_lived.write("infra.yaml", PROJECT.format("four"))
    long_lived.run("apply", "-y", "--on-failure", "compensate")
    long_lived.run("runs", "prune", "--older-than", "0s", "-y")
    long_lived.run("destroy", "-y")

    assert long_lived.document("state", "verify")["findings"] == []
    assert long_lived.document("state", "list")["resources"] == []


def test_nothing_old_enough_is_said_and_done(long_lived: Shell) -> None:
    assert "no run to prune" in long_lived.run("runs", "prune").stdout
    assert "no run to prune" in long_lived.run("runs", "prune", "--older-than", "1h").stdout
    assert len(long_lived.document("runs", "list")["runs"]) == 3


def test_a_pruned_run_cannot_be_asked_for_its_events(long_lived: Shell) -> None:
    oldest = long_lived.document("runs", "list")["runs"][-1]["run_id"]
    long_lived.run("runs", "prune", "--keep", "0", "-y")

    assert "was pruned" in long_lived.run("runs", "watch", oldest, code=1).stderr
    assert json.loads(long_lived.run("runs", "show", oldest, "--events", "--json").stdout)["events"] == []


def test_where_nothing_was_recorded_there_is_nothing_to_prune(shell: Shell) -> None:
    shell.write("infra.yaml", PROJECT.format("one"))
    assert "nothing was ever recorded" in shell.run("runs", "prune", code=1).stderr

"""What a failed undo leaves: a runbook with every way out, of which each leads out, and a list of what nobody has settled."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.cli.lodge import applied, outcomes, rooms
from tests.cli.shell import Shell


@pytest.fixture
def stuck(lodge: Shell) -> str:
    """A run whose rollback failed at the suite, so that the lobby had to stay; its id."""
    run = applied(lodge)
    (lodge.folder / "broken").touch()
    lodge.run("rollback", run, "-y", code=5)
    return run


def ways(shell: Shell, run: str) -> dict[str, list[str]]:
    """The commands of the runbook's only step, by what they mean."""
    (step,) = shell.document("runs", "show", run, "--runbook")["runbook"]
    return {way["means"]: shlex.split(way["command"])[1:] for way in step["ways"]}


def left(shell: Shell) -> list[tuple[str, str]]:
    rows = shell.document("runs", "list", "--residue")["residues"]
    return [(row["address"], row["provider_id"]) for row in rows]


def test_it_tells_what_is_left_both_errors_and_every_way_out(lodge: Shell, stuck: str) -> None:
    told = lodge.run("runs", "show", stuck, "--runbook").stdout

    assert "1. lodge.room.suite is still there [id=suite.room] (COMPENSATION_FAILED, provider here)" in told
    assert "the door is stuck" in told
    for command in (
        f"wfctl rollback {stuck} --resume --address lodge.room.suite",
        f"wfctl settle {stuck} lodge.room.suite --as absent",
        f"wfctl settle {stuck} lodge.room.suite --as present:suite.room",
        f"wfctl rollback {stuck} --address lodge.room.suite --orphan lodge.room.suite",
        f"wfctl rollback {stuck}",
        "wfctl state verify",
    ):
        assert f"\n       {command}\n" in told
    assert "take back what had to stay for it (lodge.room.lobby)" in told


def test_it_is_printed_at_the_end_of_the_run_and_what_is_left_comes_last(lodge: Shell) -> None:
    run = applied(lodge)
    (lodge.folder / "broken").touch()
    summary = lodge.folder / "summary.md"
    server = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    told = lodge.run("rollback", run, "-y", code=5, **server).stdout

    assert told.index("undo failed on lodge.room.suite") < told.index("Runbook of run") < told.index("Left behind")
    assert "Left behind, and kept in the state:\n  lodge.room.suite [id=suite.room], provider here\n\nNext: " in told
    page = summary.read_text()
    assert "Rollback incomplete" in page
    assert page.index("lodge.room.lobby") < page.index("**Left behind, and kept in the state:**")
    assert "suite.room" in page.partition("**Left behind")[2]


def test_trying_again_leads_out(lodge: Shell, stuck: str) -> None:
    (lodge.folder / "broken").unlink()
    lodge.run(*ways(lodge, stuck)["the cause is gone: try the undo again"], "-y")

    assert outcomes(lodge, stuck)["suite"]["status"] == 4
    assert left(lodge) == []
    lodge.run("rollback", stuck, "-y")
    assert outcomes(lodge, stuck)["lobby"]["status"] == 4


def test_removing_it_by_hand_leads_out(lodge: Shell, stuck: str) -> None:
    settle = ways(lodge, stuck)["you removed it by hand"]
    assert "it is there" in lodge.run(*settle, code=1).stderr
    (lodge.folder / "suite.room").unlink()
    lodge.run(*settle)

    assert left(lodge) == []
    assert "has left nothing for a person" in lodge.run("runs", "show", stuck, "--runbook").stdout


def test_keeping_it_leads_out(lodge: Shell, stuck: str) -> None:
    lodge.run(*ways(lodge, stuck)["it is there and stays"])

    assert left(lodge) == []
    assert "No changes." in lodge.run("plan").stdout


def test_forgetting_it_leads_out_and_touches_nothing_else(lodge: Shell, stuck: str) -> None:
    lodge.run(*ways(lodge, stuck)["it stays as it is, and the state forgets it"], "-y")

    assert left(lodge) == []
    assert [one["name"] for one in lodge.document("state", "list")["resources"]] == ["lobby"]
    assert (lodge.folder / "suite.room").exists()
    assert (lodge.folder / "lobby.room").exists()


def test_what_is_left_is_listed_until_somebody_has_settled_it(lodge: Shell, stuck: str) -> None:
    assert left(lodge) == [("lodge.room.suite", "suite.room")]
    told = lodge.run("runs", "list", "--residue").stdout
    assert "COMPENSATION_FAILED: " in told
    assert f"Next: wfctl runs show {stuck} --runbook" in told
    applied(lodge, rooms("lobby", "suite=red>lobby", "shed"))
    assert len(left(lodge)) == 1, "another run does not settle it"

    lodge.run("settle", stuck, "suite", "--as", "present:suite.room")
    assert "Nothing is left behind" in lodge.run("runs", "list", "--residue").stdout


def test_what_was_applied_again_with_success_is_settled_by_that(lodge: Shell) -> None:
    hook = "apply: {hooks: [{name: smoke, on: applied, exec: [./smoke.sh], on_failure: continue}]}\n"
    lodge.write("smoke.sh", "#!/bin/sh\nrm -f broken\nexit 1\n", mode=0o755)
    smoke: Path = lodge.folder / "smoke.sh"
    (lodge.folder / "broken").mkdir()  # nothing can remove it with rm -f
    applied(lodge, rooms("lobby", apply=hook), code=5)
    assert left(lodge) == [("lodge.room.lobby", "lobby.room")]

    (lodge.folder / "broken").rmdir()
    smoke.write_text("#!/bin/sh\nexit 0\n")
    lodge.run(*ways(lodge, str(lodge.document("runs", "list")["runs"][0]["run_id"]))["it is there and stays"])
    lodge.run("apply", "-y")
    assert left(lodge) == []


def test_nothing_is_left_where_nothing_went_wrong(lodge: Shell) -> None:
    assert "Nothing is left behind" in lodge.run("runs", "list", "--residue").stdout
    run = applied(lodge)
    assert left(lodge) == []
    assert "has left nothing for a person" in lodge.run("runs", "show", run, "--runbook").stdout
    assert "cannot be given together" in lodge.run("runs", "show", run, "--runbook", "--events", code=1).stderr


STAGE = """\
modules:
  - {name: stage, type: iac.provider, config: {provider: scripted}}
  - {name: x, type: scripted.blind, config: {shape: %s}}
apply: {retries: {first: 10ms, max: 10ms}}
"""


@pytest.fixture(params=["create", "replace"])
def unknown(shell: Shell, request: pytest.FixtureRequest) -> str:
    """A run of which nobody can tell whether it made its object, nor by what id to ask; its id."""
    if request.param == "replace":
        applied(shell, STAGE % "round")
    return applied(shell, STAGE % "square, script: {create: lost}", code=5)


def test_what_no_driver_can_be_asked_for_is_settled_as_the_runbook_says(shell: Shell, unknown: str) -> None:
    told = ways(shell, unknown)
    assert list(told) == ["it is not there", "it is there and stays"]
    refused = " ".join(shell.run("settle", unknown, "x", "--as", "absent", code=1).stderr.split())
    assert "no id is known to ask the driver by" in refused
    assert "without asking the driver, by adding --no-verify --reason TEXT" in refused
    shell.run(*told["it is not there"])

    assert left(shell) == []
    shell.write("infra.yaml", STAGE % "square")
    shell.run("apply", "-y")


def test_what_comes_next_there_is_the_runbook(shell: Shell, unknown: str) -> None:
    told = shell.document("runs", "show", unknown)
    assert told["outcome"]["actions"][0]["provider_id"] == "", "the old object tells nothing of the new one"
    assert f"\nNext: wfctl runs show {unknown} --runbook" in shell.run("runs", "show", unknown).stdout


def test_what_is_there_is_looked_at_by_the_id_that_a_person_names(shell: Shell, unknown: str) -> None:
    there = ways(shell, unknown)["it is there and stays"]
    made = [
        told["thing"]["id"] for told in map(json.loads, shell.read("world.jsonl").splitlines()) if told["is"] == "there"
    ]
    assert there[-1] == "present:ID"
    shell.run(*there[:-1], f"present:{made[-1]}")

    assert left(shell) == []
    assert "No changes." in shell.run("plan").stdout

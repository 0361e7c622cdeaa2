"""`wfctl rollback` as a person types it: real processes, a real ledger, and two plugins whose worlds can be looked at."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Sequence
from typing import Any

import pytest

from tests.cli.lodge import HEAD, applied, newest, outcomes, rooms
from tests.cli.shell import Shell

SITE = """\
modules:
  - {name: here, type: iac.provider, config: {provider: local, root: build}}
  - {name: site, type: local.directory, config: {path: site}}
  - {name: index, type: local.file, config: {path: site/index.html, content: "%s", depends_on: [site]}}
"""


STAND = """\
modules:
  - {name: stage, type: iac.provider, config: {provider: scripted}}
  - {name: site, type: scripted.%s, config: {shape: %s}}
  - {name: label, type: scripted.inverse, config: {text: one, depends_on: [site]}}
"""
TREE = "  - {name: tree, type: scripted.inverse, config: {text: green}}\n"
SIGN = '  - {name: sign, type: scripted.inverse, config: {of: "${site.id}"}}\n'


def statuses(shell: Shell, run: str) -> list[int]:
    return [one["status"] for one in outcomes(shell, run).values()]


def facts(shell: Shell, run: str, type: str) -> list[dict[str, Any]]:
    events = shell.document("runs", "show", run, "--events")["events"]
    return [one["event"] for one in events if one["event"]["type"] == type]


def journal(shell: Shell) -> list[str]:
    return shell.read("journal").splitlines()


def there(shell: Shell) -> list[str]:
    return sorted(room.stem for room in shell.folder.glob("*.room"))


def held(shell: Shell) -> list[str]:
    return [one["name"] for one in shell.document("state", "list")["resources"]]


def sound(shell: Shell, code: int = 0) -> None:
    """The ledger is whole, and the state follows from it."""
    shell.run("state", "verify", code=code)


# --- what it does ------------------------------------------------------------------------------------------------------


def test_after_a_rollback_everything_is_as_before_the_run(lodge: Shell) -> None:
    run = applied(lodge)
    done = lodge.run("rollback", run, "-y")

    assert "Rollback complete! 2 undone. Nothing it did is left." in done.stdout
    assert there(lodge) == held(lodge) == []
    assert journal(lodge)[-4:] == [
        "asked to delete suite.room",
        "gone suite.room",
        "asked to delete lobby.room",
        "gone lobby.room",
    ]
    assert statuses(lodge, run) == [4, 4]
    sound(lodge)
    assert "2 to add" in lodge.run("plan").stdout


def test_a_change_a_new_one_and_a_deletion_are_taken_back_together(lodge: Shell) -> None:
    applied(lodge, rooms("lobby=wide", "suite=red", "attic=dark"))
    run = applied(lodge, rooms("lobby=narrow", "suite=red", "cellar=cold"))
    lodge.run("rollback", run, "--auto-approve")

    assert there(lodge) == held(lodge) == ["attic", "lobby", "suite"]
    assert (lodge.read("lobby.room"), lodge.read("attic.room")) == ("wide", "dark")
    sound(lodge)
    lodge.write("infra.yaml", rooms("lobby=wide", "suite=red", "attic=dark"))
    assert "No changes." in lodge.run("plan").stdout


def test_runs_are_taken_back_one_after_the_other_the_last_first(lodge: Shell) -> None:
    first = applied(lodge, rooms("lobby=wide"))
    second = applied(lodge, rooms("lobby=narrow"))
    refused = lodge.run("rollback", first, "-y", code=7).stderr
    assert f"lodge.room.lobby was updated by run {second} (apply) at 20" in " ".join(refused.split())
    assert f"roll back the later run first: wfctl rollback {second}\n" in refused
    assert lodge.read("lobby.room") == "narrow", "nothing was undone"

    lodge.run("rollback", second, "-y")
    lodge.run("rollback", first, "-y")
    assert there(lodge) == held(lodge) == []
    sound(lodge)


def test_a_failed_run_is_rolled_back_too(lodge: Shell) -> None:
    hook = "apply: {hooks: [{name: smoke, on: applied, match: {name: suite}, exec: ['false'], on_failure: warn}]}\n"
    run = applied(lodge, rooms("lobby", "suite=red>lobby", apply=hook))
    lodge.run("rollback", run, "-y")
    assert there(lodge) == []


def test_with_a_dry_run_it_says_what_it_would_do_and_touches_nothing(lodge: Shell) -> None:
    run = applied(lodge)
    before = journal(lodge)
    lodge.write("suite.room", "blue")
    told = lodge.run("rollback", run, "--dry-run").stdout

    assert "! lodge.room.suite cannot be undone: changed_since: lodge.room.suite was changed since" in told
    assert "lodge.room.lobby stays: blocked_by lodge.room.suite" in told
    lodge.write("suite.room", "red")
    told = lodge.run("rollback", run, "--dry-run").stdout
    assert "lodge.room.suite was created: will be deleted [id=suite.room]" in told
    assert "Rollback: 2 to undo, 0 to stay." in told
    planned = [line for line in lodge.lines("rollback", run, "--dry-run") if line["type"] == "compensation_planned"]
    assert [(one["compensation"]["resource"]["resource_name"], one["compensation"]["fate"]) for one in planned] == [
        ("suite", "undo"),
        ("lobby", "undo"),
    ]
    assert journal(lodge) == before
    assert facts(lodge, run, "RollbackRequested") == []


def test_programs_hear_of_it_line_by_line(lodge: Shell) -> None:
    run = applied(lodge)
    lines = lodge.lines("rollback", run, "-y")

    types = [line["type"] for line in lines]
    assert types[:3] == ["version", "run_start", "rollback_start"]
    assert lines[1]["run"]["operation"] == "rollback"
    assert types.count("compensation_complete") == 2
    assert [line["outcome"]["status"] for line in lines if line["type"] == "action_outcome"] == ["COMPENSATED"] * 2
    assert (lines[-1]["run"]["result"], lines[-1]["run"]["next_command"]) == ("compensated", "")


# --- how much of it ----------------------------------------------------------------------------------------------------


def test_only_what_came_after_an_action(lodge: Shell) -> None:
    run = applied(lodge, rooms("lobby", "suite=red>lobby", "bath=warm>suite"))
    done = lodge.run("rollback", run, "--to-action", "1", "-y")

    assert "Rollback complete! 2 undone, 1 left as asked." in done.stdout
    assert there(lodge) == held(lodge) == ["lobby"]
    assert statuses(lodge, run) == [1, 4, 4]


def test_one_resource_and_what_stands_on_it(lodge: Shell) -> None:
    run = applied(lodge, rooms("lobby", "suite=red>lobby", "shed"))
    lodge.run("rollback", run, "--address", "lobby", "-y")
    assert there(lodge) == ["shed"]


def test_what_is_skipped_stays_and_leaves_a_trace_for_ever(lodge: Shell) -> None:
    run = applied(lodge, rooms("lobby", "suite=red>lobby", "shed"))
    done = lodge.run("rollback", run, "--skip", "suite", "--reason", "guests", "-y", code=3)

    assert "lodge.room.lobby (blocked_by lodge.room.suite), lodge.room.suite (skipped)" in done.stdout
    assert there(lodge) == held(lodge) == ["lobby", "suite"]
    (fact,) = facts(lodge, run, "RollbackRequested")
    assert (fact["skipped"], fact["actor"].split("@")[0], fact["reason"]) == ([1], "ana", "guests")
    assert "skipped lodge.room.suite; asked for by ana@" in lodge.run("runs", "show", run).stdout
    assert outcomes(lodge, run)["suite"]["status"] == 1, "what was skipped is not called undone"
    sound(lodge)


def test_an_orphan_is_forgotten_and_stays(lodge: Shell) -> None:
    run = applied(lodge)
    lodge.run("rollback", run, "--orphan", "lodge.room.suite", "--address", "suite", "-y")

    assert there(lodge) == ["lobby", "suite"]
    assert held(lodge) == ["lobby"]
    assert facts(lodge, run, "RollbackRequested")[0]["orphaned"] == [1]
    sound(lodge)
    told = lodge.run("rollback", run, "-y", code=3).stdout
    assert "lodge.room.lobby (blocked_by lodge.room.suite), lodge.room.suite (orphaned)" in told
    assert there(lodge) == ["lobby", "suite"]
    assert "gone" not in lodge.read("journal"), "no later rollback touches it either"


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (("--address", "attic"), "no action for attic"),
        (("--skip", "attic"), "no action for attic"),
        (("--to-action", "9"), "there is no 9"),
        (("--address", "lobby", "--to-action", "1"), "cannot be given together"),
    ],
)
def test_a_wish_that_makes_no_sense_is_exit_1(lodge: Shell, flags: Sequence[str], complaint: str) -> None:
    run = applied(lodge)
    assert complaint in lodge.run("rollback", run, *flags, "-y", code=1).stderr
    assert there(lodge) == ["lobby", "suite"]


# --- whether it may ----------------------------------------------------------------------------------------------------


def test_without_a_yes_nothing_happens(lodge: Shell) -> None:
    run = applied(lodge)
    assert "--auto-approve" in lodge.run("rollback", run, code=9).stderr
    assert facts(lodge, run, "RollbackRequested") == []
    assert there(lodge) == ["lobby", "suite"]


def test_there_is_nothing_to_take_back_and_that_is_fine(lodge: Shell) -> None:
    lodge.write(
        "infra.yaml",
        rooms("lobby", apply="apply: {hooks: [{name: no, on: before, exec: ['false'], on_failure: stop}]}\n"),
    )
    run = applied(lodge, code=4)
    done = lodge.run("rollback", run, "-y")

    assert "Nothing that run" in done.stdout
    assert facts(lodge, run, "RollbackRequested") == []
    assert lodge.document("runs", "list")["runs"][0]["exit_code"] == 4, "the run is what it was"
    run = applied(lodge, rooms("lobby"))
    lodge.run("rollback", run, "-y")
    assert "Nothing that run" in lodge.run("rollback", run, "-y").stdout


def test_what_a_later_run_put_on_top_is_not_pulled_from_under_it(lodge: Shell) -> None:
    first = applied(lodge, rooms("lobby"))
    second = applied(lodge, rooms("lobby", "suite=red>lobby"))
    refused = " ".join(lodge.run("rollback", first, "-y", code=7).stderr.split())

    assert f"lodge.room.suite depends on lodge.room.lobby, made by run {second}" in refused
    assert there(lodge) == ["lobby", "suite"]


@pytest.mark.parametrize("type", ["inverse", "inverse_swap"])
def test_what_stood_on_it_before_a_replace_does_not_keep_it_from_being_undone(shell: Shell, type: str) -> None:
    applied(shell, STAND % (type, "round"))
    second = applied(shell, STAND % (type, "square"))
    assert "site" in shell.run("rollback", second, "--dry-run").stdout
    shell.run("rollback", second, "-y")

    assert statuses(shell, second) == [4]
    sound(shell)
    shell.write("infra.yaml", STAND % (type, "round"))
    assert "No changes." in shell.run("plan").stdout


def test_what_a_later_run_put_on_a_replaced_one_does_and_the_way_around_it_works(shell: Shell) -> None:
    applied(shell, STAND % ("inverse", "round"))
    second = applied(shell, STAND % ("inverse", "square") + TREE)
    third = applied(shell, STAND % ("inverse", "square") + TREE + SIGN)
    refused = " ".join(shell.run("rollback", second, "-y", code=7).stderr.split())

    assert f"scripted.inverse.sign depends on scripted.inverse.site, made by run {third}" in refused
    assert "inverse.label depends" not in refused
    assert f"roll back the later run first: wfctl rollback {third}; or leave what moved" in refused
    (way,) = re.findall(r"by adding ((?:--skip \S+ ?)+)", refused)
    assert way.split() == ["--skip", "scripted.inverse.site"]
    shell.run("rollback", second, *way.split(), "-y")
    assert held(shell) == ["label", "sign", "site"]
    sound(shell)


def test_one_that_a_later_run_changed_counts_and_a_way_that_leaves_nothing_to_undo_is_not_named(shell: Shell) -> None:
    applied(shell, STAND % ("inverse", "round"))
    second = applied(shell, STAND % ("inverse", "square"))
    third = applied(shell, (STAND % ("inverse", "square")).replace("one", "two"))
    refused = " ".join(shell.run("rollback", second, "-y", code=7).stderr.split())

    assert f"label depends on scripted.inverse.site, and was updated by run {third} (apply) at 20" in refused
    assert "--skip" not in refused
    shell.run("rollback", third, "-y")
    shell.run("rollback", second, "-y")
    assert statuses(shell, second) == [4]
    sound(shell)


def test_what_moved_can_be_left_as_it_is(lodge: Shell) -> None:
    first = applied(lodge, rooms("lobby=wide", "shed"))
    applied(lodge, rooms("lobby=narrow", "shed"))
    lodge.run("rollback", first, "--skip", "lobby", "-y")

    assert there(lodge) == ["lobby"]
    assert lodge.read("lobby.room") == "narrow"


def test_an_edit_of_the_state_is_a_move(lodge: Shell) -> None:
    run = applied(lodge)
    lodge.run("state", "rm", "suite", "-y")
    refused = " ".join(lodge.run("rollback", run, "-y", code=7).stderr.split())

    assert f"lodge.room.suite was edited in the state by run {newest(lodge)} (state rm)" in refused


def test_only_a_run_that_is_over(lodge: Shell) -> None:
    run = applied(lodge)
    os.mkfifo(lodge.folder / "gate")
    destroying = lodge.start("destroy", "-y")
    destroying.until("Destroying...")
    for one in (run, newest(lodge)):
        assert "locked" in lodge.run("rollback", one, "-y", code=6).stderr
    destroying.signal(signal.SIGKILL)
    destroying.end()
    other = lodge.run("rollback", newest(lodge), "-y", code=1).stderr
    assert "wfctl resume" in other
    assert "--final" in other
    assert "not over" in lodge.run("rollback", run, "-y", code=6).stderr
    assert "there is no run r-none" in lodge.run("rollback", "r-none", "-y", code=1).stderr


def test_a_pruned_run_cannot_be_rolled_back(lodge: Shell) -> None:
    run = applied(lodge, rooms("lobby"))
    applied(lodge, rooms("lobby", "shed"))
    lodge.run("runs", "prune", "--keep", "1", "-y")
    assert "pruned" in lodge.run("rollback", run, "-y", code=1).stderr


# --- what the world says -----------------------------------------------------------------------------------------------


def test_what_somebody_removed_meanwhile_is_undone_already(lodge: Shell) -> None:
    run = applied(lodge)
    (lodge.folder / "suite.room").unlink()
    assert "and is as before already: read: already absent" in lodge.run("rollback", run, "--dry-run").stdout
    lodge.run("rollback", run, "-y")

    assert there(lodge) == held(lodge) == []
    assert outcomes(lodge, run)["suite"]["evidence"] == "read: already absent"


def test_what_somebody_changed_meanwhile_is_not_touched(lodge: Shell) -> None:
    run = applied(lodge, rooms("lobby", "suite=red>lobby", "shed"))
    lodge.write("suite.room", "painted blue by hand")
    lodge.run("rollback", run, "-y", code=5)

    assert there(lodge) == held(lodge) == ["lobby", "suite"], "and what it stands on stays"
    assert lodge.read("suite.room") == "painted blue by hand"
    found = outcomes(lodge, run)
    assert [one["status"] for one in found.values()] == [1, 5, 4]
    assert found["suite"]["undo_error"]["code"] == "changed_since"
    assert found["lobby"]["compensation"] == "blocked_by lodge.room.suite"
    sound(lodge)


def test_what_was_there_before_is_never_deleted(lodge: Shell) -> None:
    lodge.write("suite.room", "an old room")
    run = applied(lodge)
    lodge.run("rollback", run, "-y", code=5)

    assert "suite" in there(lodge)
    assert outcomes(lodge, run)["suite"]["undo_error"]["code"] == "not_ours"


def test_what_is_protected_stays_also_when_the_configuration_forgot(lodge: Shell) -> None:
    text = HEAD + "  - {name: lobby, type: lodge.room, config: {text: wide, protected: true}}\n"
    run = applied(lodge, text)
    lodge.write("infra.yaml", rooms("lobby=wide"))
    lodge.run("rollback", run, "-y", code=5)

    assert there(lodge) == ["lobby"]
    assert outcomes(lodge, run)["lobby"]["undo_error"]["code"] == "protected"


def test_what_was_protected_after_the_run_is_not_deleted_either(lodge: Shell) -> None:
    run = applied(lodge, rooms("lobby=wide"))
    lodge.write("infra.yaml", HEAD + "  - {name: lobby, type: lodge.room, config: {text: wide, protected: true}}\n")
    assert "lodge.room.lobby is protected now" in lodge.run("rollback", run, "-y", code=7).stderr
    assert there(lodge) == ["lobby"]


def test_a_folder_that_holds_something_stays_and_says_how_much(shell: Shell) -> None:
    run = applied(shell, SITE % "one")
    shell.write("build/site/visitor.txt", "mine")
    assert "2 to undo" in shell.run("rollback", run, "--dry-run").stdout, "its own file would have gone by then"
    shell.run("rollback", run, "-y", code=5)

    assert shell.read("build/site/visitor.txt") == "mine"
    assert not (shell.folder / "build/site/index.html").exists()
    error = outcomes(shell, run)["site"]["undo_error"]
    assert (error["code"], "(1)" in error["message"]) == ("holds_data", True)
    sound(shell)


# --- what goes wrong ---------------------------------------------------------------------------------------------------


def test_an_undo_that_fails_stops_nothing_else_and_is_tried_again_when_told_so(lodge: Shell) -> None:
    run = applied(lodge)
    (lodge.folder / "broken").touch()
    failed = lodge.run("rollback", run, "-y", code=5).stdout
    assert "the door is stuck" in failed
    assert there(lodge) == ["lobby", "suite"]
    assert lodge.document("state", "list")["resources"][1]["mark"] == "quarantined"

    for flags in ((), ("--address", "suite")):
        assert f"wfctl rollback {run} --resume" in lodge.run("rollback", run, *flags, "-y", code=5).stderr
    assert len(facts(lodge, run, "RollbackRequested")) == 1
    (lodge.folder / "broken").unlink()
    lodge.run("rollback", run, "--resume", "-y")
    assert there(lodge) == held(lodge) == []
    assert statuses(lodge, run) == [4, 4]
    sound(lodge)


def test_an_undo_is_by_id_and_when_that_fails_not_by_anything_else(lodge: Shell) -> None:
    run = applied(lodge)
    (lodge.folder / "broken").touch()
    lodge.run("rollback", run, "-y", code=5)

    assert [line for line in journal(lodge) if line.startswith("asked")] == ["asked to delete suite.room"]


def test_a_run_of_deletions_is_taken_back_too(lodge: Shell) -> None:
    applied(lodge, rooms("lobby=wide", "suite=red>lobby"))
    lodge.run("destroy", "-y")
    run = newest(lodge)
    lodge.run("rollback", run, "-y")

    assert there(lodge) == held(lodge) == ["lobby", "suite"]
    assert journal(lodge)[-2:] == ["made lobby.room", "made suite.room"], "what others stand on comes first"
    assert "No changes." in lodge.run("plan").stdout
    sound(lodge)


def test_the_lock_is_free_after_a_failed_rollback_and_other_resources_go_on(lodge: Shell) -> None:
    run = applied(lodge)
    (lodge.folder / "broken").touch()
    lodge.run("rollback", run, "-y", code=5)

    assert lodge.document("lock", "list")["locks"] == []
    applied(lodge, rooms("lobby", "suite=red>lobby", "shed"), code=0)
    assert "shed" in there(lodge)
    lodge.write("infra.yaml", rooms("lobby", "suite=blue>lobby", "shed"))
    assert "QUARANTINED" in lodge.run("plan", "--json", code=5).stdout


def test_the_first_error_stays_first_when_the_undo_fails_too(lodge: Shell) -> None:
    (lodge.folder / "broken").touch()
    hook = "apply: {hooks: [{name: smoke, on: applied, match: {name: suite}, exec: ['false'], on_failure: stop}]}\n"
    run = applied(lodge, rooms("lobby", "suite=red>lobby", apply=hook), code=5)
    lodge.run("rollback", run, "--resume", "-y", code=5)

    shown = lodge.run("runs", "show", run).stdout
    assert shown.index("hook failed on lodge.room.suite") < shown.index("undo failed on lodge.room.suite")
    found = outcomes(lodge, run)
    assert (found["suite"]["error"]["code"], found["lobby"]["status"]) == ("hook_exit_nonzero", 1)
    assert lodge.document("runs", "show", run)["outcome"]["cause"]["phase"] == "hook"
    assert there(lodge) == ["lobby", "suite"], "nothing else was deleted"


def test_once_it_is_settled_the_rest_goes(lodge: Shell) -> None:
    run = applied(lodge)
    (lodge.folder / "broken").touch()
    lodge.run("rollback", run, "-y", code=5)
    (lodge.folder / "suite.room").unlink()
    (lodge.folder / "broken").unlink()
    lodge.run("settle", run, "suite", "--as", "absent")
    lodge.run("rollback", run, "-y")

    assert there(lodge) == held(lodge) == []
    sound(lodge)


def test_killed_in_the_middle_it_goes_on_and_undoes_nothing_twice(lodge: Shell) -> None:
    run = applied(lodge, rooms("lobby", "suite=red>lobby", "bath=warm>suite"))
    os.mkfifo(lodge.folder / "gate")
    rolling = lodge.start("rollback", run, "-y")
    rolling.until("lodge.room.bath: Undoing (delete)...")
    rolling.signal(signal.SIGKILL)
    rolling.end()
    (lodge.folder / "gate").unlink()

    assert lodge.document("runs", "list")["runs"][0]["result"] == "interrupted"
    assert "not over" in lodge.run("apply", "-y", code=6).stderr
    lodge.write("infra.yaml", rooms("lobby=other"))  # a rollback does not depend on what is wanted now
    assert "Rollback complete! 3 undone." in lodge.run("resume").stdout
    assert there(lodge) == held(lodge) == []
    assert [line for line in journal(lodge) if line.startswith("gone")] == [
        "gone bath.room",
        "gone suite.room",
        "gone lobby.room",
    ]
    sound(lodge)


def test_stopped_it_lets_the_undo_land_and_begins_no_other(lodge: Shell) -> None:
    run = applied(lodge)
    gate = lodge.folder / "gate"
    os.mkfifo(gate)
    rolling = lodge.start("rollback", run, "-y")
    rolling.until("lodge.room.suite: Undoing (delete)...")
    rolling.signal(signal.SIGINT)
    rolling.until("Stopping (SIGINT)")
    gate.write_text("go")
    assert rolling.end() == 130
    gate.unlink()
    assert there(lodge) == ["lobby"]

    assert "Rollback complete! 2 undone." in lodge.run("resume", run).stdout
    assert there(lodge) == held(lodge) == []
    assert statuses(lodge, run) == [4, 4]
    sound(lodge)


def test_given_up_for_good_it_can_be_begun_again(lodge: Shell) -> None:
    run = applied(lodge)
    os.mkfifo(lodge.folder / "gate")
    rolling = lodge.start("rollback", run, "-y")
    rolling.until("lodge.room.suite: Undoing (delete)...")
    rolling.signal(signal.SIGKILL)
    rolling.end()
    (lodge.folder / "gate").unlink()
    lodge.run("runs", "cancel", run, "--final", code=5)
    assert outcomes(lodge, run)["suite"]["status"] == 5

    lodge.run("rollback", run, "--resume", "-y")
    assert there(lodge) == held(lodge) == []
    sound(lodge)


def test_a_rewritten_secret_is_not_put_back_from_thin_air(shell: Shell) -> None:
    key = "  - {{name: key, type: local.key_pair, config: {{path: id, rotation: {0}}}}}\n"
    head = SITE.splitlines(keepends=True)[0] + SITE.splitlines(keepends=True)[1]
    applied(shell, head + key.format("one"))
    run = applied(shell, head + key.format("two"))
    mine = shell.read("build/id")
    shell.run("rollback", run, "-y", code=5)

    assert shell.read("build/id") == mine
    assert outcomes(shell, run)["key"]["undo_error"]["code"] == "before_image_incomplete"
    sound(shell)
